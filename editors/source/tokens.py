"""Rules of the TextMate grammar for what the lexer knows: comments, texts, numbers, operators."""

import re

import grammar
from source.words import ABSENT, NAME, SPECIAL, TAIL, either


def match(pattern: str, name: str = "", **captures) -> dict:
    """`_1="scope"` names the first group."""
    rule = {"match": pattern}
    if name:
        rule["name"] = name + ".chasi"
    return {**rule, **_captures("captures", captures)}


def region(begin: str, end: str, patterns: list, name: str = "", **captures) -> dict:
    """`b1="scope"` names the first group of the beginning, `e1` that of the end, `content` what stands between."""
    rule = {"begin": begin, "end": end}
    if name:
        rule["name"] = name + ".chasi"
    if "content" in captures:
        rule["contentName"] = captures["content"] + ".chasi"
    for key, letter in (("beginCaptures", "b"), ("endCaptures", "e")):
        rule.update(_captures(key, {"_" + k[1:]: v for k, v in captures.items() if re.fullmatch(letter + r"\d", k)}))
    return {**rule, "patterns": patterns}


def _captures(key: str, captures: dict) -> dict:
    named = {k[1:]: v if isinstance(v, dict) else {"name": v + ".chasi"} for k, v in captures.items()}
    return {key: named} if named else {}


def use(*names) -> list:
    return [{"include": f"#{n}"} for n in names]


def comments() -> dict:
    return {
        "comments": {"patterns": [
            match(r"(///)(?!/).*$", "comment.line.documentation", _1="punctuation.definition.comment"),
            match(r"(//).*$", "comment.line.double-slash", _1="punctuation.definition.comment"),
            *use("block-comment")]},
        # One inside another is skipped with it.
        "block-comment": region(r"/\*", r"\*/", use("block-comment"), "comment.block",
                                b0="punctuation.definition.comment.begin", e0="punctuation.definition.comment.end"),
    }


def texts() -> dict:
    simple = "".join(re.escape(e) for e in grammar.string_escapes() if e != "u")
    marks = {"b0": "punctuation.definition.string.begin", "e0": "punctuation.definition.string.end"}
    inside = use("escapes", "interpolation")
    return {
        "texts": {"patterns": [
            region(r'"""', r'"""', inside, "string.quoted.triple", **marks),
            # The closing mark repeats the hashes of the opening one, and nothing inside means anything.
            region(r'\br(#{1,2})"', r'"\1', [], "string.quoted.raw", **marks),
            match(r'\b(r")[^"\r\n]*("|$)', "string.quoted.raw", _1=marks["b0"], _2=marks["e0"]),
            # Ends with its line, finished or not, so that one forgotten mark does not colour the rest of the file.
            region(r'"', r'"|$', inside, "string.quoted.double", **marks)]},
        "escapes": {"patterns": [
            match(rf"\\(?:[{simple}]|u[0-9A-Fa-f]{{4}})", "constant.character.escape"),
            match(r"\\.", "invalid.illegal.unknown-escape")]},
        "interpolation": region(r"\$\{", r"\}", use("expression"), "meta.embedded.interpolation", content="source",
                                b0="punctuation.section.embedded.begin", e0="punctuation.section.embedded.end"),
    }


def numbers() -> dict:
    digits = r"[0-9]+(?:_[0-9]+)*"
    word = r"(?![A-Za-z0-9_])"
    letters = either([u for u in grammar.units() if u.isalpha()])
    signs = either([u for u in grammar.units() if not u.isalpha()])
    return {"numbers": {"patterns": [
        match(rf"\b0[xX][0-9A-Fa-f][0-9A-Fa-f_]*{word}", "constant.numeric.integer.hexadecimal"),
        match(rf"\b{digits}\.{digits}(?:\.{digits}[A-Za-z0-9_]*)+", "invalid.illegal.number"),
        match(rf"\b({digits}(?:\.{digits})?)((?:{letters}){word}|{signs})", "constant.numeric.quantity", _2="keyword.other.unit"),
        match(rf"\b{digits}(?:\.{digits})?[eE][+-]?[0-9]+{word}", "constant.numeric.float"),
        match(rf"\b{digits}\.{digits}{word}", "constant.numeric.float"),
        match(rf"\b{digits}{word}", "constant.numeric.integer"),
        match(rf"\b{digits}(?:\.{digits})?[A-Za-z_][A-Za-z0-9_]*", "invalid.illegal.unit")]}}


OPERATORS = [
    ("storage.type.function.arrow", ["=>", "->"]),
    ("keyword.operator.comparison", ["==", "!=", "<=", ">=", "<", ">"]),
    ("keyword.operator.logical", ["!", "&&", "||"]),
    ("keyword.operator.coalesce", ["??"]),
    ("keyword.operator.spread", ["..."]),
    ("keyword.operator.range", ["..<", ".."]),
    ("keyword.operator.assignment", ["+=", "="]),
    ("keyword.operator.arithmetic", ["+", "-", "*", "/", "%"]),
    ("keyword.operator.union", ["|"]),
    ("keyword.operator.optional", ["?"]),
    ("punctuation.separator.colon", [":"]),
    ("punctuation.accessor", ["?.", "."]),
]


def operators() -> dict:
    listed = [sign for _, signs in OPERATORS for sign in signs]
    wrong = sorted(set(listed) ^ set(grammar.operators()))
    if wrong:
        raise SystemExit(f"editors/source/tokens.py and the grammar differ in operators: {' '.join(wrong)}")
    # The longest first, across the groups: `=>` is no `=`.
    rules = [(sign, name) for name, signs in OPERATORS for sign in signs]
    rules.sort(key=lambda r: (-len(r[0]), r[0]))
    return {"operators": {"patterns": [match(re.escape(s), n) for s, n in rules] + [match(",", "punctuation.separator.comma")]}}


def constants() -> dict:
    return {"constants": {"patterns": [
        match(rf"\b(?:{either(grammar.constants())})\b", "constant.language.boolean"),
        match(rf"\b(?:{either(ABSENT)})\b", "constant.language.null"),
        match(rf"\b(?:{either(SPECIAL)})\b(?!\s*=(?![=>]))", "variable.language")]}}


def accessors() -> dict:
    """Behind a dot every word is a name."""
    functions = either(grammar.builtin_functions())
    return {"accessors": {"patterns": [
        match(rf"(\?\.|(?<!\.)\.(?!\.))\s*({functions})(?=\()", "", _1="punctuation.accessor", _2="support.function.builtin"),
        match(rf"(\?\.|(?<!\.)\.(?!\.))\s*({NAME})(?=\()", "", _1="punctuation.accessor", _2="entity.name.function.call"),
        match(rf"(\?\.|(?<!\.)\.(?!\.))\s*([A-Z]{TAIL})", "", _1="punctuation.accessor", _2="entity.name.type"),
        match(rf"(\?\.|(?<!\.)\.(?!\.))\s*({NAME})", "", _1="punctuation.accessor", _2="variable.other.property")]}}
