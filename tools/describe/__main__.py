#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes from the description of the interface all that names policies, reasons, events, states, features
and attributes. Files that are made as a whole say so in their first lines; in others it is what stands
between two lines with "described: NAME" and "described end", in JSON schemas what follows such a comment.

usage: describe [--check | --list]
--check changes nothing and says what is not current, --list names the files.
"""

import difflib
import sys

import tables
import text
import uapi
from description import Description, Incomplete, ROOT
from parts import PARTS

WHOLE = {
    "kmod/uapi/shadow_box.h": uapi.header,
    "kmod/uapi/shadow_box_names.h": tables.names,
    "kmod/linux/channel/netlink/requests.c": tables.netlink_source,
    "kmod/linux/channel/netlink/requests.h": tables.netlink_header,
    "kmod/linux/channel/netlink/operation_table.h": tables.operation_table,
    "sbctl/link/decode_tables.h": tables.decoder,
    "sbctl/model/messages.h": tables.messages,
    "sbctl/model/words.h": tables.words,
    "systemd/shadow-box.catalog": text.catalog,
}


def made(description):
    """{path: text} of all that is made."""
    files = {path: make(description) for path, make in WHOLE.items()}
    for path, replacements in PARTS.items():
        files[path] = (ROOT / path).read_text()
        for replace in replacements:
            files[path] = replace(files[path], description)
    return files


def differences(files):
    found = []
    for path, text in files.items():
        file = ROOT / path
        old = file.read_text() if file.exists() else ""
        found += difflib.unified_diff(old.splitlines(), text.splitlines(), path, path, "as it is",
                                      "as described", lineterm="")
    return found


def main(arguments):
    try:
        files = made(Description())
    except Incomplete as error:
        sys.exit(f"describe: {error}")
    found = differences(files)
    if arguments == ["--list"]:
        print("\n".join(files))
        return 0
    if arguments == ["--check"]:
        print("\n".join(found))
        return bool(found)
    for path, text in files.items():
        (ROOT / path).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
