# SPDX-License-Identifier: GPL-2.0-only
"""Manual, README, journal catalog, policy file, completions, and what tests expect of them."""

import re

from description import sentence, wrap
from tables import MADE


def sentences(text):
    """mdoc wants each on a line of its own."""
    return re.split(r"(?<=[.?!]) (?=[A-Z])", text)


def mdoc_text(text):
    return [line for part in sentences(text) for line in wrap(part, 80)]


def mdoc_items(pairs):
    return [line for name, text in pairs for line in [f".It Li {name}"] + mdoc_text(text)]


def mdoc_abouts(description):
    return mdoc_items((p.name, sentence(p.about)) for p in description.policies)


def mdoc_whys(description):
    return mdoc_items((e.name, sentence(e.doc)) for e in description.enums["why"].entries)


def mdoc_protects(*classes):
    return lambda description: mdoc_items((p.name, p.protects) for p in description.policies
                                          if p.of_class.name in classes)


def readme_table(description):
    rows = [f"| {p.name} | {', '.join(p.of_class.words)} | {p.protects.rstrip('.')} |"
            for p in description.policies]
    return ["| policy | modes | protects |", "|---|---|---|"] + rows


def mechanisms(description):
    """Policies with the same mechanism and cost share a row."""
    rows = {}
    for policy in description.policies:
        if policy.mechanism:
            rows.setdefault((policy.mechanism, policy.cost), []).append(policy.name)
    return ["| policy | mechanism | cost while nothing happens |", "|---|---|---|"] + \
        [f"| {', '.join(names)} | {mechanism} | {cost} |"
         for (mechanism, cost), names in rows.items()]


def policy_file(name):
    def lines(description):
        return [line for p in description.of_class(name)
                for line in wrap(p.comment, 124, "# ", "# ") + [f"{p.name:<16} {'off' if p.optional else p.of_class.default}"]]
    return lines


CATALOG = """\
# SPDX-License-Identifier: GPL-2.0-only
#
# What 'journalctl -x' tells about the messages of shadow-box-monitor.service.
"""


def catalog_entry(message, paragraphs):
    lines = ["", f"-- {message.id}", f"Subject: {message.subject}", "Defined-By: Shadow-box",
             "Documentation: man:shadow-box(7) man:sbctl(8)"]
    for paragraph in paragraphs:
        lines += [""] + wrap(paragraph, 120)
    return lines


def catalog(description):
    lines = [CATALOG.rstrip()] + wrap(MADE, 120, "# ", "# ")
    for policy in description.policies:
        happened = f"{policy.message.happened} {description.meaning['violation']}"
        lines += catalog_entry(policy.message, [happened, policy.of_class.advice])
    for message in description.events + description.messages:
        lines += catalog_entry(message, [message.happened])
    return "\n".join(lines + [""])


def mode_cases(description, command):
    """Branches of a shell's case: all that is no protection."""
    lines = []
    for of_class in description.classes.values():
        names = [p.name for p in description.of_class(of_class.name)]
        if names and of_class.name != "protection":
            lines.append(f"\t{' | '.join(names)}) {command} {' '.join(of_class.words)} ;;")
    words = description.classes["protection"].words
    return ["\tcase $1 in"] + lines + [f"\t*) {command} {' '.join(words)} ;;", "\tesac"]


def all_names(description):
    return " ".join(policy.name for policy in description.policies)


def bash(description):
    return [f'_sbctl_policies="{all_names(description)}"', "_sbctl_modes() {"] + \
        mode_cases(description, "echo") + ["}"]


def zsh(description):
    return ["_sbctl_policies() {", f'\tcompadd "$@" {all_names(description)}', "}",
            "_sbctl_modes() {"] + mode_cases(description, "compadd") + ["}"]


def word(policy, *modes):
    """The word of the policy for the first of the modes that its class has."""
    return next(policy.of_class.modes[m] for m in modes if m in policy.of_class.modes)


def is_set_by_all(policy):
    return policy.of_class.name == "protection" and not policy.optional


def is_enforced(policy):
    """After 'sbctl policy all enforce'."""
    return is_set_by_all(policy) or policy.of_class.name == "always"


def expected_modes(description):
    """Without any setting, and after 'sbctl policy all enforce'."""
    weakest = [word(p, "off", "log", "enforce") for p in description.policies]
    enforced = [word(p, "enforce") if is_enforced(p) else mode
                for p, mode in zip(description.policies, weakest)]
    return [f'policies="{all_names(description)}"', f'off="{" ".join(weakest)} "',
            f'enforced="{" ".join(enforced)} "',
            f'protections={len([p for p in description.policies if is_set_by_all(p)])}']


def golden_mode(policy):
    """As tests/sbctl/formats.sh sets them: all protections enforced, kprobes denied."""
    is_strong = is_enforced(policy) or policy.name == "kprobes"
    return word(policy, "enforce") if is_strong else word(policy, "off")


def masked(line):
    return re.sub("[0-9]+", "N", line)


def golden_rows(description):
    return [masked(f"{p.name} {golden_mode(p)} N N N {p.about}") for p in description.policies]


def golden_file(description):
    return [f"{p.name} = {golden_mode(p)}" for p in description.policies]


def golden_list(description):
    """Policies by the words of their modes, in the order of sbctl."""
    groups = []
    for mode in "enforce", "log", "off", "deny", "allow":
        names = [p.name for p in description.policies if golden_mode(p) == mode]
        groups += [f"{mode} {', '.join(names)}"] if names else []
    return "; ".join(groups)


def request_lines(operation, attribute, number, description):
    """As tests/guest/netlink_policy prints what the kernel tells."""
    values = {"u32": f" 0 {2**32 - 1}", "u64": f" 0 {2**64 - 1}",
              "binary": f" {attribute.exact_length} {attribute.exact_length}"}
    lines = [f"{operation.number} {operation.part} {number} {attribute.type}{values.get(attribute.type, '')}"]
    if attribute.nested:
        subset = description.subsets[attribute.nested]
        parent = description.sets[subset["subset-of"]]
        for inner in (parent[a["name"]] for a in subset["attributes"]):
            lines += request_lines(operation, inner, f"{number}.{inner.number}", description)
    return lines


def requests(description):
    return [line for operation in description.operations for name in operation.request
            for attribute in [operation.attributes[name]]
            for line in request_lines(operation, attribute, attribute.number, description)]
