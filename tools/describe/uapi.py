# SPDX-License-Identifier: GPL-2.0-only
"""The header of the interface."""

from description import c_name, constant, wrap

HEAD = """\
/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The generic-netlink family "shadow_box": what sbctl and the kernel module say to each other. Made
 * from shadow_box.yaml by `make describe`: what is changed here is lost.
 */
#ifndef SHADOW_BOX_UAPI_H
#define SHADOW_BOX_UAPI_H
"""


def tabs(column, text):
    """As many tabs as lead from the end of text to that column."""
    return "\t" * max(1, -(-(column - len(text)) // 8))


def defines(pairs):
    column = 8 * (max(len("#define " + name) for name, _ in pairs) // 8 + 1)
    return [f"#define {name}{tabs(column, '#define ' + name)}{value}" for name, value in pairs]


def kernel_doc(name, doc, members):
    """members: (name, text); those without a text are left out."""
    lines = ["", "/**"] + wrap(f"enum {name} - {doc}", 100, " * ", " *\t")
    for member, text in members:
        lines += wrap(f"@{member}: {text}", 94, " * ", " *\t") if text else []
    return lines + [" */"]


def enum(item):
    lines = kernel_doc(item.c_name, item.doc, [(e.constant, e.doc) for e in item.entries])
    lines.append(f"enum {item.c_name} {{")
    for entry in item.entries:
        value = f" = 1 << {entry.value}" if item.is_flags else \
            f" = {entry.value}" if entry.value and entry is item.entries[0] else ""
        lines.append(f"\t{entry.constant}{value},")
    return lines + (last("__" + item.max, item.max) if item.has_max else []) + ["};"]


def last(count, maximum):
    return ["", "\t/* private: */", f"\t{count},", f"\t{maximum} = {count} - 1"]


def attribute_text(attribute, is_flags):
    """Type, what the numbers mean, and the rest."""
    if attribute.type == "pad":
        return "padding of 64-bit attributes"
    bits = "bits of " if is_flags else ""
    text = attribute.type + (", repeated" if attribute.is_repeated else "")
    text += f": {bits}&enum shadow_box_{c_name(attribute.enum)}" if attribute.enum else ""
    separator = ", " if attribute.enum else ": "
    return text + (separator + attribute.doc if attribute.doc else "")


def attribute_set(description, item):
    flags = [e.name for e in description.enums.values() if e.is_flags]
    members = [(a.constant, attribute_text(a, a.enum in flags)) for a in item.attributes]
    lines = kernel_doc(item.c_name, item.doc, members) + [f"enum {item.c_name} {{"]
    for attribute in item.attributes:
        lines.append(f"\t{attribute.constant}{' = 1' if attribute is item.attributes[0] else ''},")
    return lines + last(item.count, item.max) + ["};"]


def operations(description):
    names = description.spec["operations"]
    requests = [o for o in description.operations if o.part != "event"]
    lines = kernel_doc(names["enum-name"], "requests of the family",
                       [(o.constant, f"{o.part}: {o.doc}") for o in requests])
    lines.append(f"enum {names['enum-name']} {{")
    lines += [f"\t{o.constant}{' = 1' if o is requests[0] else ''}," for o in requests]
    maximum = constant(names["name-prefix"] + "max")
    return lines + last("__" + maximum, maximum) + ["};"]


def notifications(description):
    names = description.spec["operations"]
    events = [o for o in description.operations if o.part == "event"]
    lines = kernel_doc(names["async-enum"], "commands of its notifications",
                       [(o.constant, o.doc) for o in events])
    return lines + [f"enum {names['async-enum']} {{"] + \
        [f"\t{o.constant} = {o.number}," for o in events] + ["};"]


def header(description):
    spec = description.spec
    pairs = [(constant(spec["c-family-name"]), f'"{spec["name"]}"'),
             (constant(spec["c-version-name"]), "1")]
    pairs += [(constant(g["c-define-name"]), f'"{g["name"]}"') for g in description.groups]
    lines = [HEAD] + defines(pairs) + operations(description) + notifications(description)
    for item in description.enums.values():
        lines += enum(item)
        if item.name == "policy":
            lines += ["", "#define SHADOW_BOX_POLICIES\t(SHADOW_BOX_POLICY_MAX + 1)"]
    for item in description.sets.values():
        lines += attribute_set(description, item)
    return "\n".join(lines + ["", "#endif", ""])
