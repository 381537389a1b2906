"""Words for Vim's syntax file."""

import grammar
from source import words as known


def _list(name: str, values: list) -> list:
    """A Vim list in lines that are not too long."""
    lines, row = [f"let g:chasi#words#{name} = ["], ""
    for value in values:
        piece = "'" + value.replace("'", "''") + "', "
        if len(row) + len(piece) > 110:
            lines.append("  \\ " + row.rstrip())
            row = ""
        row += piece
    return lines + (["  \\ " + row.rstrip()] if row else []) + ["  \\ ]"]


def _words_of(name: str, values: list) -> str:
    return "\n".join(_list(name, values)) + "\n"


def words() -> str:
    known.check()
    parts = [
        ("control", known.CONTROL), ("contextual", grammar.contextual()),
        ("constants", grammar.constants() + known.ABSENT), ("special", known.SPECIAL),
        ("functions", grammar.builtin_functions()), ("types", grammar.builtin_types()), ("units", grammar.units()),
        ("operators", grammar.operators()), ("reserved", [w for w in grammar.reserved() if w not in grammar.constants()]),
    ]
    return "\" Made by editors/generate; what is written here by hand is lost.\n\n" + "\n".join(_words_of(*p) for p in parts)
