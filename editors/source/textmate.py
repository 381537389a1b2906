"""The TextMate grammar, as JSON for VS Code and as a property list for bundles."""

import json
import plistlib

import grammar
from source import declarations, tokens, words
from source.tokens import match, region, use
from source.words import NAME, TAIL, either

SCOPE = "source.chasi"


def _expressions() -> dict:
    functions = either(grammar.builtin_functions())
    lambda_parameters = [match(rf"\b({NAME})\s*(?=[,)])", "variable.parameter"),
                         region(rf"\b({NAME})\s*(:)", r"(?=[,)])", use("types"), "meta.type.annotation", b1="variable.parameter", b2="punctuation.separator.colon")]
    braces = {"b0": "punctuation.section.braces.begin", "e0": "punctuation.section.braces.end"}
    return {"expression": {"patterns": [
        *use("comments", "texts", "numbers", "variables", "functions", "items", "declarations", "accessors", "constants"),
        match(r"\b(?:if|else|match)\b", "keyword.control.conditional"),
        match(r"\b(?:for|in)\b", "keyword.control.loop"),
        match(r"\bunset\b", "keyword.other.unset"),
        region(rf"\b(as)\s+(?={NAME})", r"(?=[^\w.<>,?\s])|(?<=[\w>?])(?=\s)|$", use("types"), "meta.type.cast", b1="keyword.other.as"),
        region(r"\bwhere\b(?!\s*[=.:])", r"$|(?=[},])", use("expression"), "meta.where", b0="keyword.other.where"),
        region(r"\((?=[^()]*\)\s*=>)", r"\)", lambda_parameters, "meta.lambda.parameters"),
        match(rf"\b([a-z_]{TAIL})\s*(=>)", "", _1="variable.parameter", _2="storage.type.function.arrow"),
        match(rf"\b(?:{functions})(?=\()", "support.function.builtin"),
        match(rf"\b{NAME}(?=\()", "entity.name.function.call"),
        match(rf"\b(?:{either(grammar.builtin_types())})\b", "support.type.builtin"),
        match(rf"\b[A-Z]{TAIL}[a-z]{TAIL}\b", "entity.name.type"),
        region(r"\{", r"\}", use("expression"), "meta.block", **braces),
        region(r"\[", r"\]", use("expression"), "meta.list", b0="punctuation.section.brackets.begin", e0="punctuation.section.brackets.end"),
        region(r"\(", r"\)", use("named-argument", "expression"), "meta.group", b0="punctuation.section.parens.begin", e0="punctuation.section.parens.end"),
        match(r"'[^'\r\n]*'|;", "invalid.illegal.foreign"),
        *use("operators"),
        match(rf"\b{NAME}\b", "variable.other")]},
        "named-argument": match(rf"(?:(?<=[(,])|^)\s*({NAME})(?=\s*=(?![=>]))", "", _1="variable.parameter.named")}


def grammar_of_textmate() -> dict:
    words.check()
    rules = {}
    for part in (tokens.comments, tokens.texts, tokens.numbers, tokens.operators, tokens.constants, tokens.accessors, declarations.types,
                 declarations.functions, declarations.variables, declarations.schemas, declarations.items, declarations.declarations, _expressions):
        rules.update(part())
    return {"name": "chasi", "scopeName": SCOPE, "fileTypes": ["chasi"], "uuid": "5f4c8c35-6f0e-4a4c-9d6f-0b9d0f6a7c11",
            "patterns": use("schemas", "expression"), "repository": rules}


def as_json() -> str:
    return json.dumps(grammar_of_textmate(), indent=1, ensure_ascii=False) + "\n"


def as_plist() -> str:
    return plist(grammar_of_textmate())


def plist(value: dict) -> str:
    return plistlib.dumps(value, sort_keys=True).decode()
