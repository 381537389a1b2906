"""Changes that people make to specifications while they edit them, chosen by a source of random numbers."""

import random
import re

ITEM = re.compile(r"^(?=[A-Za-z/])", re.MULTILINE)
WORD = re.compile(r"[A-Za-z_]\w*")
NUMBER = re.compile(r"\b\d+")
TEXT = re.compile(r'"[^"\n$]*"')

PIECES = [
    "let spare = 3\n", "let spare: Int = 3\n", "let spare = \"x\"\n", "let count = all(tenant).len()\n", "let names = [for t in all(tenant) : t.name]\n",
    "tenant \"guest\" { on = core }\n", "tenant \"visitor\" { on = home }\n", "cluster side { context = \"side\" }\n", "space \"extra\" { on = home, tenant = \"t-extra\" }\n",
    "for n in 1..3 { tenant \"team-${n}\" { on = core, quota { cpu = n } } }\n", "if true { tenant \"some\" { on = core } }\n",
    "system \"tool\" { tenant = retail, component a { image = \"nginx:1.27\" } }\n", "policy \"few\" {\n  deny if all(tenant).len() > 3 : \"too many\"\n}\n",
    "policy \"kept small\" {\n  for o in operations() if o.kind == \"Deployment\"\n    warn if o.name == \"web\" : \"${o.name} is called web\"\n}\n",
    "schema Extra { a: Int = 1 }\n", "type Small = Int where it < 10 : \"small\"\n", "fn twice(n: Int) -> Int = n * 2\n", "param size: Int = 3\n", "import std.sizes\n",
    "kind thing {\n  size: Int = 1\n  check size < 5 : \"small\"\n  check all(thing).len() < 4 : \"few\"\n}\n", "thing one { size = 2 }\n", "thing \"two\" { size = one.size }\n",
    "test \"holds\" {\n  assert 1 == 1\n}\n", "group red { members = \"three\" }\n", "part \"late\" { of = blue, weight = 2 }\n", "let unused = blue.total\n",
]
BREAKS = ["{", "}", "(", ")", "[", "]", "\"", "=", ",", "..", "let", "if", "/*", "€", "🦊", "${"]


def items(text: str) -> list:
    """The pieces of a file, each an item or several that stand together; what begins in the first column begins one."""
    return [p for p in ITEM.split(text) if p]


def one_of(pick: random.Random, matches: list):
    return pick.choice(matches) if matches else None


def put(text: str, match, new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def number(pick: random.Random, text: str) -> str:
    found = one_of(pick, list(NUMBER.finditer(text)))
    return put(text, found, str(pick.choice([0, 1, 2, 3, 5, 7, 12, 60, 400]))) if found else text


def string(pick: random.Random, text: str) -> str:
    found = one_of(pick, list(TEXT.finditer(text)))
    others = TEXT.findall(text) + ['"other"', '"t-7"', '""', '"a b"']
    return put(text, found, pick.choice(others)) if found else text


def word(pick: random.Random, text: str) -> str:
    found = one_of(pick, list(WORD.finditer(text)))
    return put(text, found, pick.choice(WORD.findall(text) + ["other", "spare"])) if found else text


def rename(pick: random.Random, text: str) -> str:
    found = one_of(pick, WORD.findall(text))
    return re.sub(rf"\b{found}\b", found + pick.choice(["x", "y", ""]), text) if found else text


def remove(pick: random.Random, text: str) -> str:
    parts = items(text)
    if parts:
        parts.pop(pick.randrange(len(parts)))
    return "".join(parts)


def double(pick: random.Random, text: str) -> str:
    parts = items(text)
    if parts:
        again = pick.choice(parts)
        if pick.random() < 0.6:
            again = again.replace('"', '"x', 1) if '"' in again else re.sub(r"^(\w+ \w+)", r"\1x", again)
        parts.insert(pick.randrange(len(parts) + 1), again if again.endswith("\n") else again + "\n")
    return "".join(parts)


def swap(pick: random.Random, text: str) -> str:
    parts = items(text)
    pick.shuffle(parts)
    return "".join(p if p.endswith("\n") else p + "\n" for p in parts)


def insert(pick: random.Random, text: str) -> str:
    parts = items(text)
    parts.insert(pick.randrange(len(parts) + 1), pick.choice(PIECES))
    return "".join(p if p.endswith("\n") else p + "\n" for p in parts)


def line(pick: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        at = pick.randrange(len(lines))
        lines[at : at + 1] = [] if pick.random() < 0.5 else [lines[at], lines[at]]
    return "".join(lines)


def spread(pick: random.Random, text: str) -> str:
    """An empty line or a comment: everything behind it moves."""
    lines = text.splitlines(keepends=True)
    lines.insert(pick.randrange(len(lines) + 1), pick.choice(["\n", "// moved\n", "   \n"]))
    return "".join(lines)


def broken(pick: random.Random, text: str) -> str:
    at = pick.randrange(len(text) + 1)
    kind = pick.random()
    if kind < 0.4:
        return text[:at] + pick.choice(BREAKS) + text[at:]
    if kind < 0.8:
        marks = [i for i, c in enumerate(text) if c in "{}()[]\"=,:"]
        at = one_of(pick, marks)
        return text if at is None else text[:at] + text[at + 1 :]
    return text[:at]  # as far as somebody has typed


def paste(pick: random.Random, text: str, other: str) -> str:
    """A piece of another file, between two items or wherever the cursor happens to be."""
    lines = other.splitlines(keepends=True)
    first = pick.randrange(len(lines) + 1)
    kind = pick.random()
    if kind < 0.4:  # whole items, which may be there already
        parts, pieces = items(text), items(other)
        at = pick.randrange(len(pieces) + 1)
        parts[(where := pick.randrange(len(parts) + 1)) : where] = pieces[at : at + pick.randint(1, 4)]
        return "".join(p if p.endswith("\n") else p + "\n" for p in parts)
    piece = "".join(lines[first : first + pick.randint(1, 12)]) if kind < 0.8 else other
    at = pick.randrange(len(text) + 1)
    until = at if pick.random() < 0.7 else min(len(text), at + pick.randint(1, 60))  # over what was selected
    return text[:at] + piece + text[until:]


MILD = [number, number, number, string, string, word, spread, line]
STRONG = [rename, remove, double, swap, insert, insert, word]


def change(pick: random.Random, text: str) -> str:
    chance = pick.random()
    how = pick.choice(MILD) if chance < 0.65 else pick.choice(STRONG) if chance < 0.9 else broken
    return how(pick, text)
