/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cppcheck must know of headers that it is not shown: macros that look like no C where they are used, and what they do to their
 * arguments.
 */
#define list_for_each_entry(entry, list, member) \
	for (entry = list_start(list); entry; entry = list_next(entry->member))
#define list_for_each_entry_safe(entry, next, list, member) \
	for (entry = list_start(list), next = list_next(entry->member); entry; entry = next)
#define list_for_each_entry_rcu(entry, list, member)	list_for_each_entry(entry, list, member)
#define list_for_each_entry_reverse(entry, list, member)	list_for_each_entry(entry, list, member)
#define for_each_cpu(cpu, mask)	for (cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask))
#define nla_for_each_attr(attribute, first, length, rest) \
	for (rest = length, attribute = first; nla_ok(attribute, rest); attribute = nla_next(attribute, &rest))
#define nla_for_each_nested(attribute, nest, rest) \
	for (rest = nla_len(nest), attribute = nla_data(nest); nla_ok(attribute, rest); attribute = nla_next(attribute, &rest))
#define json_object_foreach(object, key, value) \
	for (key = json_first(object); key && (value = json_value(key)); key = json_next(object, key))

/* Which register a variable of the host's is in says nothing to it. */
#ifdef SB_HOST_IMAGE
#define asm(...)
#endif

#define TRACE_EVENT(...)

#define __aligned(n)
#define __packed
#define __percpu
#define __init
#define __exit
