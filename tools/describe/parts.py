# SPDX-License-Identifier: GPL-2.0-only
"""Parts of files that are written by hand."""

import json
import re

import text
from description import Incomplete


def between(name, make):
    """Replaces what stands between the lines with "described: NAME" and "described end"."""
    part = re.compile(rf"(^[^\n]*described: {name}(?: [^\n]*)?\n).*?(^[^\n]*described end)",
                      re.M | re.S)

    def replace(old, description):
        new, count = part.subn(lambda m: m[1] + "\n".join(make(description)) + "\n" + m[2], old)
        if count != 1:
            raise Incomplete(f"'described: {name}' is there {count} times, not once")
        return new
    return replace


def line(beginning, make):
    """Replaces the rest of the line with that beginning."""
    def replace(old, description):
        return re.sub(rf"^{beginning}.*$", lambda _: beginning + make(description), old, flags=re.M)
    return replace


def rest(kept, make):
    """Keeps the first lines."""
    def replace(old, description):
        return "\n".join(old.split("\n")[:kept] + make(description) + [""])
    return replace


def words_of(description, name):
    if name == "mode":
        return list(dict.fromkeys(w for c in description.classes.values() for w in c.words))
    return description.enums[name].names


def fill(node, description):
    """In each object with "$comment": "described: ENUM" its "enum" becomes the names of that one."""
    comment = node.get("$comment", "") if isinstance(node, dict) else ""
    if comment.startswith("described: "):
        node["enum"] = words_of(description, comment.removeprefix("described: "))
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        fill(child, description)


def schema(old, description):
    tree = json.loads(old)
    fill(tree, description)
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


PARTS = {
    "README.md": [between("policies", text.readme_table)],
    "docs/architecture.md": [between("mechanisms", text.mechanisms)],
    "man/sbctl.8": [between("policies", text.mdoc_abouts), between("whys", text.mdoc_whys)],
    "man/shadow-box-policy.conf.5": [
        between("protections", text.mdoc_protects("protection", "always")),
        between("patches", text.mdoc_protects("patch")),
        between("detections", text.mdoc_protects("detection"))],
    "systemd/policy.conf": [between("protections", text.policy_file("protection")),
                            between("patches", text.policy_file("patch")),
                            between("detections", text.policy_file("detection"))],
    "sbctl/completions/sbctl.bash": [between("policies", text.bash)],
    "sbctl/completions/sbctl.zsh": [between("policies", text.zsh)],
    "sbctl/schemas/policy-1.json": [schema],
    "sbctl/schemas/event-1.json": [schema],
    "sbctl/schemas/status-1.json": [schema],
    "sbctl/schemas/counters-1.json": [schema],
    "tests/description/kernel.guest": [between("requests", text.requests)],
    "tests/sbctl/live.guest": [between("modes", text.expected_modes)],
    "tests/sbctl/golden/policies.txt": [rest(1, text.golden_rows)],
    "tests/sbctl/golden/policy-file.txt": [rest(2, text.golden_file)],
    "tests/sbctl/golden/status.txt": [line("Policies: ", text.golden_list)],
    "tests/sbctl/golden/check.txt": [line("ok policies ", text.golden_list)],
}
