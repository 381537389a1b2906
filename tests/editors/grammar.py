"""What the editor packages are held to, read out of the compiler's sources each time: words, operators and literals of `grammar/`,
built-in functions, types and units of `compiler/sema`. Nothing of it is written down here."""

import re

from report import ROOT

LEXER = ROOT / "grammar" / "ChasiLexer.g4"
PARSER = ROOT / "grammar" / "ChasiParser.g4"
BUILTINS = ROOT / "compiler" / "sema" / "builtins.def"
TYPES = ROOT / "compiler" / "sema" / "check_type.cpp"
UNITS = ROOT / "compiler" / "sema" / "quantity.cpp"


def some(found: list, what: str) -> list:
    """A source that has moved on and gives nothing must not make every comparison hold."""
    if not found:
        raise AssertionError(f"tests/editors/grammar.py finds no {what} any more")
    return found


def _section(text: str, begin: str, end: str) -> str:
    first = text.find(begin)
    last = text.find(end, first)
    if first < 0 or last < 0:
        raise AssertionError(f"tests/editors/grammar.py finds no part from {begin!r} to {end!r} any more")
    return text[first:last]


def _default_mode() -> str:
    return LEXER.read_text().split("\nmode ")[0]


def tokens() -> dict:
    """Name of a token → its one spelling, for all outside of texts and comments that have just one."""
    rules = re.findall(r"^(\w+) : '((?:[^'\\]|\\.)+)'(?: -> \w+(?:\(\w+\))?)? ;$", _default_mode(), re.M)
    return dict(some(rules, "tokens"))


def reserved() -> list:
    """Words that are names after a dot and before `=` only."""
    part = _section(LEXER.read_text(), "\nImport :", "\nEdition :")
    return some(re.findall(r"^\w+ : '(\w+)' ;$", part, re.M), "reserved words")


def contextual() -> list:
    """Words that mean something at their place and are names everywhere else."""
    part = _section(LEXER.read_text(), "\nEdition :", "\nIdentifier :")
    return some(re.findall(r"^\w+ : '(\w+)' ;$", part, re.M), "words of one place")


def constants() -> list:
    """Reserved words that are values."""
    literal = re.search(r"^literal : (.*) ;$", PARSER.read_text(), re.M)
    spelled = tokens()
    words = [spelled[name] for name in re.findall(r"\w+", literal.group(1) if literal else "") if name in spelled]
    return some(words, "constants")


def keywords() -> list:
    """All words that are no plain names, constants among them."""
    return reserved() + contextual()


def operators() -> list:
    """Signs that are no brackets and no separators; what is only reported (`;`, `&`) is not among them."""
    part = _section(LEXER.read_text(), "\nAssign :", "\nWhitespace :")
    found = re.findall(r"^\w+ : '([^'\w]+)' ;$", part, re.M)
    return some([sign for sign in found if sign != ","], "operators")


def units() -> list:
    """What may stand behind the digits of a quantity."""
    part = _section(UNITS.read_text(), "kUnits{{", "}};")
    return some(re.findall(r'\{"([^"]+)", Tag::', part), "units")


def builtin_functions() -> list:
    """Functions that need no import."""
    return some(re.findall(r'^CHASI_BUILTIN\(\w+, "(\w+)"', BUILTINS.read_text(), re.M), "built-in functions")


def builtin_types() -> list:
    """Types that need no import."""
    text = TYPES.read_text()
    simple = re.findall(r'\{"(\w+)", TypeKind::\w+\}', text)
    generic = re.search(r"bool isTypeOfLanguage\(.*", text)
    return some(simple, "types") + some(re.findall(r'name == "(\w+)"', generic.group(0) if generic else ""), "types with arguments")


def string_escapes() -> list:
    """What may stand behind a backslash in a text that is not raw, `uXXXX` as `u`."""
    text = (ROOT / "compiler" / "sema" / "decode_string.cpp").read_text()
    return some(sorted({spelled[-1] for spelled in re.findall(r"case '(\\?.)':", text)}), "escapes")


def compare(what: str, ours: set, theirs: set) -> list:
    """What a package lacks of the compiler's words, and has besides."""
    problems = [f"{what} lacks {sorted(theirs - ours)}"] if theirs - ours else []
    return problems + ([f"{what} has {sorted(ours - theirs)}, which the compiler does not know"] if ours - theirs else [])
