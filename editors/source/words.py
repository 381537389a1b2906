"""What the description adds to the grammar: which word belongs where, and the names that the compiler knows without a declaration."""

import re

import grammar

TAIL = r"[A-Za-z0-9_]*"
NAME = rf"[A-Za-z_]{TAIL}"
DOTTED = rf"{NAME}(?:\.{NAME})*"

# Where a word of the grammar stands decides its colour. Every word is in exactly one list; `check` holds them to the grammar.
CONTROL = ["if", "else", "for", "in", "match"]
DECLARING = ["param", "let", "fn", "type", "schema", "kind", "policy", "test", "override", "set", "edition"]
OF_FILES = ["import", "extends"]
OF_FIELDS = ["deprecated", "sensitive", "where", "nested", "lower", "unset", "as"]
OF_RULES = ["check", "with", "assert", "expect", "snapshot", "deny", "warn", "except", "reason", "until"]

# Names of the checker (compiler/sema/check_names.cpp, check_type.cpp, check_operator.cpp), which no grammar has.
SPECIAL = ["self", "it"]
ABSENT = ["null"]


def check() -> None:
    """A word that the grammar gained or lost must not pass unseen."""
    listed = CONTROL + DECLARING + OF_FILES + OF_FIELDS + OF_RULES + grammar.constants()
    known = grammar.keywords()
    wrong = sorted(set(listed) ^ set(known)) + sorted({w for w in listed if listed.count(w) > 1})
    if wrong:
        raise SystemExit(f"editors/source/words.py and the grammar differ: {', '.join(wrong)}")


def either(words: list) -> str:
    """A regular expression for one of them; the longest first, so that none hides another."""
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))
