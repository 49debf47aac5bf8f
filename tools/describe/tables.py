# SPDX-License-Identifier: GPL-2.0-only
"""Tables for C: names for both worlds, netlink policies, decoder, classes of messages."""

from description import c_name, constant, listed, wrap

LICENCE = "/* SPDX-License-Identifier: GPL-2.0-only */"
MADE = "Made from kmod/uapi/shadow_box.yaml and shadow_box_meaning.yaml by `make describe`: what is " \
       "changed here is lost."
NLA = {"u32": "NLA_U32", "u64": "NLA_U64", "flag": "NLA_FLAG", "nest": "NLA_NESTED"}
GETTER = {"u32": "TAKE_NUMBER(%s, a, %s, %s, nla_get_u32);",
          "u64": "TAKE_NUMBER(%s, a, %s, %s, nla_get_u64);",
          "flag": "TAKE_FLAG(%s, a, %s, %s);", "string": "TAKE_TEXT(%s, a, %s, %s);",
          "binary": "TAKE_BYTES(%s, a, %s, %s);"}
# Attributes that are not taken as others of their type are.
GETTERS = {"SHADOW_BOX_EVENT_RECORD": "TAKE_RECORD(%s, a, %s, %s);"}


def begin(about, guard):
    return [LICENCE, "/*"] + wrap(about + " " + MADE, 100, " * ", " * ") + \
        [" */", f"#ifndef {guard}", f"#define {guard}", ""]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(name, pairs, kind="const char *const", size=""):
    """pairs: (index, initialiser)."""
    return [f"static {kind} {name}[{size}] = {{"] + \
        [f"\t[{index}] = {value}," for index, value in pairs] + ["};", ""]


def names_of(enum):
    """Flags are indexed by their bits."""
    return [(e.value if enum.is_flags else e.constant, quoted(e.name)) for e in enum.entries]


def phrases_of(enum):
    return [(e.constant, quoted(e.doc)) for e in enum.entries]


def class_tables(description):
    """The class of each policy, and what each class calls the modes."""
    lines = table("policy_classes", [(p.constant, p.of_class.constant)
                                     for p in description.policies], "const unsigned char")
    modes = {e.name: e.constant for e in description.enums["mode"].entries}
    rows = ["static const char *const mode_names[][SHADOW_BOX_MODE_MAX + 1] = {"]
    for of_class in description.classes.values():
        words = [f"[{modes[m]}] = {quoted(w)}" for m, w in of_class.modes.items()]
        rows += [f"\t[{of_class.constant}] = {{"] + [f"\t\t{w}," for w in words] + ["\t},"]
    return lines + rows + ["};", ""]


def names(description):
    """For kernel and tool alike; it is for the one file of each that looks names up."""
    lines = begin("Names of the numbers of the interface, by number: for those who look them up in "
                  "bounds, names.c of Linux's world and of sbctl.", "SHADOW_BOX_NAMES_H")
    lines += ['#include "shadow_box.h"', ""]
    for enum in description.enums.values():
        if enum.name != "mode":
            lines += table(c_name(enum.name) + "_names", names_of(enum))
    lines += table("policy_abouts", phrases_of(description.enums["policy"]))
    lines += table("why_texts", phrases_of(description.enums["why"]))
    lines += table("policy_needs", [(p.constant, quoted(p.needs)) for p in description.policies
                                    if p.needs], size="SHADOW_BOX_POLICIES")
    lines += class_tables(description)
    detections = [f"1u << {p.constant}" for p in description.of_class("detection")]
    lines += ["/* A bit for each policy that finds what has happened. */",
              f"#define DETECTION_POLICIES ({' | '.join(detections) or '0u'})", ""]
    optional = [f"1u << {p.constant}" for p in description.policies if p.optional]
    lines += ["/* A bit for each policy that is set by its own name only. */",
              f"#define OPTIONAL_POLICIES ({' | '.join(optional) or '0u'})", ""]
    return "\n".join(lines + ["#endif", ""])


def words(description):
    """Lists for help texts; the long one is wrapped there."""
    patches = [p.name for p in description.of_class("patch")]
    protections = wrap(", ".join(p.name for p in description.of_class("protection") if not p.optional), 79)
    lines = begin("Policies by class, for sentences.", "SBCTL_WORDS_H")
    lines += [f"#define PATCH_POLICIES {quoted(listed(patches))}", "#define PROTECTION_LINES \\"]
    lines += ["\t" + quoted(line)[:-1] + "\\n\" \\" for line in protections[:-1]]
    return "\n".join(lines + ["\t" + quoted(protections[-1]), "", "#endif", ""])


def request_name(operation):
    return f"sb_{operation.c_name}_request"


def nla(attribute):
    if attribute.exact_length:
        return f"NLA_POLICY_EXACT_LEN({attribute.exact_length})"
    return f"NLA_POLICY_NESTED(sb_{attribute.nested}_request)" if attribute.nested else \
        f"{{ .type = {NLA[attribute.type]} }}"


def requests(description):
    """(name, attributes) of each netlink policy, those that others nest first."""
    found = []
    for operation in description.operations:
        attributes = [operation.attributes[n] for n in operation.request]
        for attribute in attributes:
            if attribute.nested:
                subset = description.subsets[attribute.nested]
                parent = description.sets[subset["subset-of"]]
                found.append((f"sb_{attribute.nested}_request",
                              [parent[a["name"]] for a in subset["attributes"]]))
        if attributes:
            found.append((request_name(operation), attributes))
    return found


def netlink_header(description):
    lines = begin("What requests may carry, and who answers them.", "SB_LINUX_NETLINK_REQUESTS_H")
    lines += ["#include <net/genetlink.h>", "", '#include "../../../uapi/shadow_box.h"', ""]
    lines += [f"extern const struct nla_policy {name}[{attributes[-1].constant} + 1];"
              for name, attributes in requests(description)] + [""]
    for operation in description.operations:
        lines += prototypes(operation)
    return "\n".join(lines + ["", "#endif", ""])


def prototypes(operation):
    name = "sb_" + operation.c_name
    if operation.part == "event":
        return []
    if operation.part == "do":
        return [f"int {name}_doit(struct sk_buff *skb, struct genl_info *info);"]
    start = [f"int {name}_start(struct netlink_callback *cb);"] if operation.request else []
    return start + [f"int {name}_dumpit(struct sk_buff *skb, struct netlink_callback *cb);"]


def netlink_source(description):
    lines = ["// SPDX-License-Identifier: GPL-2.0-only", "/*"] + \
        wrap("What requests may carry. " + MADE, 100, " * ", " * ") + \
        [" */", '#include "requests.h"']
    for name, attributes in requests(description):
        lines += ["", f"const struct nla_policy {name}[{attributes[-1].constant} + 1] = {{"]
        lines += [f"\t[{a.constant}] = {nla(a)}," for a in attributes] + ["};"]
    return "\n".join(lines + [""])


def callbacks(operation):
    """Designated initialisers of an operation's functions."""
    start = [f".start = sb_{operation.c_name}_start"] if operation.request else []
    return [f".doit = sb_{operation.c_name}_doit"] if operation.part == "do" else \
        start + [f".dumpit = sb_{operation.c_name}_dumpit"]


def operation_table(description):
    lines = begin("The operations of the family, for netlink.c alone.",
                  "SB_LINUX_NETLINK_OPERATION_TABLE_H")
    lines += ['#include "requests.h"', "", "static const struct genl_ops operations[] = {"]
    for operation in description.operations:
        if operation.part == "event":
            continue
        members = [f".cmd = {operation.constant}", ".flags = GENL_ADMIN_PERM"]
        if operation.request:
            members += [f".policy = {request_name(operation)}",
                        f".maxattr = ARRAY_SIZE({request_name(operation)}) - 1"]
        lines += ["\t{"] + [f"\t\t{m}," for m in members + callbacks(operation)] + ["\t},"]
    lines += ["};", "", "static const struct genl_multicast_group groups[] = {"]
    lines += [f"\t{{ .name = {constant(g['c-define-name'])}, .flags = GENL_MCAST_CAP_NET_ADMIN }},"
              for g in description.groups]
    return "\n".join(lines + ["};", "", "#endif", ""])


def decoder_policy(item):
    """What is checked of an attribute; strings and bytes are taken as they come."""
    return table(c_name(item.name) + "_policy",
                 [(a.constant, f"{{ .type = {NLA[a.type]} }}") for a in item.attributes
                  if a.type in NLA], "struct nla_policy", f"{item.max} + 1")


def decoder(description):
    lines = begin("Attributes of netlink messages to the members of the model, for decode.c.",
                  "SBCTL_DECODE_TABLES_H")
    fields = description.meaning["fields"]
    for item in description.sets.values():
        if any(a.type in NLA for a in item.attributes):
            lines += decoder_policy(item)
        struct = description.meaning["decoded"].get(item.name)
        if not struct:
            continue
        lines += [f"static void take_{struct}(struct {struct} *{struct}, struct nlattr **a)", "{"]
        lines += ["\t" + GETTERS.get(a.constant, GETTER[a.type]) % (struct, a.constant,
                                           fields.get(a.constant, c_name(a.name)))
                  for a in item.attributes if a.type in GETTER]
        lines += ["}", ""]
    return "\n".join(lines + ["#endif", ""])


MESSAGES = """\
#include <syslog.h>

#include "uapi/shadow_box.h"

/**
 * struct message_class - a class of messages
 * @id: MESSAGE_ID
 * @priority: of syslog
 */
struct message_class {
	const char *id;
	int priority;
};
"""


def message(identity, priority):
    return f"{{\n\t\t{quoted(identity)}, LOG_{priority.upper()} }}"


def messages(description):
    lines = begin("Classes of messages in the journal: the table of MESSAGE_IDs and priorities. An id "
                  "never changes its meaning; systemd/shadow-box.catalog explains each.",
                  "SBCTL_MESSAGES_H") + [MESSAGES]
    lines += ["/* Violations by policy: an attack on the kernel, or a patch that the policy does not want. */"]
    lines += table("violation_classes",
                   [(p.constant, message(p.message.id, p.of_class.priority))
                    for p in description.policies], "const struct message_class",
                   "SHADOW_BOX_POLICIES")
    lines += ["/* All other events by type. */"]
    lines += table("event_classes", [(m.where, message(m.id, m.priority)) for m in description.events],
                   "const struct message_class")
    for item in description.messages:
        lines += [f"/* {item.about} */", f"static const struct message_class {item.where}_class = {{",
                  f"\t{quoted(item.id)}, LOG_{item.priority.upper()} }};", ""]
    return "\n".join(lines + ["#endif", ""])
