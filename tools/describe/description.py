# SPDX-License-Identifier: GPL-2.0-only
"""The description: shadow_box.yaml and shadow_box_meaning.yaml as objects that know their C names."""

import pathlib
import textwrap

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = "kmod/uapi/shadow_box.yaml"
MEANING = "kmod/uapi/shadow_box_meaning.yaml"


class Incomplete(Exception):
    """The two files do not fit together; the text says how."""


def c_name(words):
    return words.replace("-", "_")


def constant(words):
    return c_name(words).upper()


class Entry:
    """An enumerator."""

    def __init__(self, enum, yaml_entry, value):
        self.name, self.doc = yaml_entry["name"], yaml_entry["doc"]
        self.constant, self.value = constant(enum.prefix + self.name), value


class Enum:
    def __init__(self, spec):
        self.name, self.doc, self.prefix = spec["name"], spec["doc"], spec["name-prefix"]
        self.c_name = "shadow_box_" + c_name(self.name)
        self.is_flags, self.has_max = spec["type"] == "flags", spec.get("render-max", False)
        self.start = spec.get("value-start", 0)
        self.entries = [Entry(self, e, i) for i, e in enumerate(spec["entries"], self.start)]
        self.max = constant(self.prefix + "max")

    @property
    def names(self):
        return [entry.name for entry in self.entries]


class Attribute:
    def __init__(self, attribute_set, spec, number):
        self.number = number
        self.name, self.type, self.enum = spec["name"], spec["type"], spec.get("enum")
        self.doc, self.is_repeated = spec.get("doc", ""), spec.get("multi-attr", False)
        self.nested = spec.get("nested-attributes")
        self.exact_length = spec.get("checks", {}).get("exact-len")
        self.constant = constant(attribute_set.prefix + self.name)


class AttributeSet:
    """Numbered from 1 on."""

    def __init__(self, spec):
        self.name, self.doc, self.prefix = spec["name"], spec["doc"], spec["name-prefix"]
        self.c_name = spec["enum-name"]
        self.attributes = [Attribute(self, a, i) for i, a in enumerate(spec["attributes"], 1)]
        self.max = constant(spec.get("attr-max-name", self.prefix + "max"))
        self.count = constant(spec.get("attr-cnt-name", "__" + self.prefix + "max"))

    def __getitem__(self, name):
        return next(a for a in self.attributes if a.name == name)


class Operation:
    def __init__(self, description, spec, number):
        self.number = spec.get("value", number)
        self.name, self.doc, self.c_name = spec["name"], spec["doc"], c_name(spec["name"])
        self.part = next(part for part in ("do", "dump", "event") if part in spec)
        self.attributes = description.sets[spec["attribute-set"]]
        self.request = (spec[self.part] or {}).get("request", {}).get("attributes", [])
        prefixes = description.spec["operations"]
        self.constant = constant(
            prefixes["async-prefix" if self.part == "event" else "name-prefix"] + self.name)


class Class:
    """What policies of one kind have in common; modes by the names that the interface has."""

    def __init__(self, name, meaning):
        self.name, self.modes, self.constant = name, meaning["modes"], constant("shadow-box-class-" + name)
        self.default, self.priority = meaning.get("default"), meaning["priority"]
        self.advice, self.words = meaning["advice"], list(meaning["modes"].values())


class Policy:
    def __init__(self, entry, meaning, classes):
        self.name, self.about, self.constant = entry.name, entry.doc, entry.constant
        self.of_class = classes[meaning["class"]]
        self.protects, self.comment = meaning["protects"], meaning.get("comment")
        self.mechanism, self.cost = meaning.get("mechanism"), meaning.get("cost")
        self.optional = meaning.get("optional", False)
        self.needs, self.message = meaning.get("needs"), Message(entry.constant, meaning)


class Message:
    """A class of messages in the journal."""

    def __init__(self, where, meaning):
        self.where, self.id, self.priority = where, meaning["message"], meaning.get("priority")
        self.subject, self.happened = meaning["subject"], meaning["happened"]
        self.about = meaning.get("about")


class Description:
    def __init__(self, root=ROOT):
        self.spec = yaml.safe_load((root / SPEC).read_text())
        self.meaning = yaml.safe_load((root / MEANING).read_text())
        self.enums = {d["name"]: Enum(d) for d in self.spec["definitions"]}
        self.sets = {s["name"]: AttributeSet(s) for s in self.spec["attribute-sets"]
                     if "subset-of" not in s}
        self.subsets = {s["name"]: s for s in self.spec["attribute-sets"] if "subset-of" in s}
        self.operations = [Operation(self, o, i)
                           for i, o in enumerate(self.spec["operations"]["list"], 1)]
        self.groups = self.spec["mcast-groups"]["list"]
        self.check("classes", self.enums["class"].names)
        self.check("policies", self.enums["policy"].names)
        self.check("events", [n for n in self.enums["event-type"].names if n != "violation"])
        self.classes = {n: Class(n, self.meaning["classes"][n]) for n in self.enums["class"].names}
        self.policies = [Policy(e, self.meaning["policies"][e.name], self.classes)
                         for e in self.enums["policy"].entries]
        self.events = [Message(e.constant, self.meaning["events"][e.name])
                       for e in self.enums["event-type"].entries if e.name != "violation"]
        self.messages = [Message(n, m) for n, m in self.meaning["messages"].items()]

    def check(self, section, names):
        """Each of names has its entry in that section of the meaning, and nothing else has."""
        wrong = set(names) ^ set(self.meaning[section])
        if wrong:
            raise Incomplete(f"{', '.join(sorted(wrong))}: in only one of {SPEC} and "
                             f"'{section}' of {MEANING}")

    def of_class(self, name):
        return [policy for policy in self.policies if policy.of_class.name == name]


def wrap(text, width, first="", rest=""):
    """Lines of text, which break at blanks only."""
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest,
                         break_on_hyphens=False, break_long_words=False)


def sentence(text):
    """A phrase as a sentence."""
    return text[0].upper() + text[1:] + "."


def listed(names, conjunction=" and "):
    """One, two and three."""
    return conjunction.join(filter(None, [", ".join(names[:-1]), names[-1]]))
