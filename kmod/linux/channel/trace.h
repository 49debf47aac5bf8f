/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint shadow_box:shadow_box_violation, hit for each violation that the drains
 * (events.c) pass on. Numbers are those of uapi/shadow_box.h. What a sweep found has the pid -1, no
 * comm and the rip 0, for nobody knows who did it. Names of addresses are those of the time.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM shadow_box

#if !defined(SB_LINUX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SB_LINUX_TRACE_H

#include <linux/tracepoint.h>

#include "../run/address_names.h"
#include "events.h"

TRACE_EVENT(shadow_box_violation,
	TP_PROTO(const struct sb_event *event, const struct sb_event_names *names),
	TP_ARGS(event, names),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, cpu)
		__field(u32, policy)
		__field(u32, action)
		__field(u32, why)
		__field(u64, rip)
		__field(u64, gla)
		__field(u64, gpa)
		__field(u64, object)
		__field(u64, code)
		__field(s32, pid)
		__array(char, comm, 16)
		__field(u32, length)
		__array(u8, old, 16)
		__array(u8, new, 16)
		__field(u32, observer)
		__field(u32, subject)
		__array(char, rip_symbol, SB_SYMBOL_SIZE)
		__array(char, object_symbol, SB_SYMBOL_SIZE)
	),
	TP_fast_assign(
		__entry->seq = event->seq;
		__entry->cpu = event->cpu;
		__entry->policy = event->policy;
		__entry->action = event->action;
		__entry->why = event->why;
		__entry->observer = event->observer;
		__entry->subject = event->subject;
		__entry->rip = sb_event_has_offender(event) ? event->rip : 0;
		__entry->gla = event->gla;
		__entry->gpa = event->gpa;
		__entry->object = event->object;
		__entry->code = event->code;
		__entry->pid = sb_event_has_offender(event) ? event->pid : -1;
		memset(__entry->comm, 0, sizeof(__entry->comm));
		if (sb_event_has_offender(event))
			memcpy(__entry->comm, event->comm, sizeof(__entry->comm));
		__entry->length = min_t(u32, event->length, sizeof(__entry->old));
		memcpy(__entry->old, event->old, sizeof(__entry->old));
		memcpy(__entry->new, event->new, sizeof(__entry->new));
		memcpy(__entry->rip_symbol, names->rip, sizeof(names->rip));
		memcpy(__entry->object_symbol, names->object, sizeof(names->object));
	),
	TP_printk("seq=%llu cpu=%u policy=%u action=%u why=%u rip=0x%llx (%s) object=0x%llx (%s) gla=0x%llx gpa=0x%llx code=0x%llx pid=%d comm=%.16s old=%s new=%s observer=%u subject=%u",
		  __entry->seq, __entry->cpu, __entry->policy, __entry->action, __entry->why,
		  __entry->rip, __entry->rip_symbol, __entry->object, __entry->object_symbol,
		  __entry->gla, __entry->gpa,
		  __entry->code, __entry->pid, __entry->comm,
		  __print_hex(__entry->old, __entry->length),
		  __print_hex(__entry->new, __entry->length), __entry->observer, __entry->subject)
);

#endif

/* Kbuild adds this directory to those in which the kernel's headers look for this file. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
