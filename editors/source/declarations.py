"""Rules of the TextMate grammar for items and members: what is declared, under which name, of which type.

Words that mean something at their place only are told by what stands around them, as the parser does (compiler/syntax/words.h).
"""

import grammar
from source.tokens import match, region, use
from source.words import DOTTED, NAME, CONTROL, DECLARING, TAIL, either

HERE = r"(?:^|(?<=[{,(\[]))\s*"  # where a member or an element begins
TYPE_ENDS = r"(?=\s*(?:=(?!>)|[,)}\]{]|//|/\*|$|\b(?:where|sensitive|deprecated)\b))"


def types() -> dict:
    return {"types": {"patterns": [
        *use("comments", "texts", "numbers", "constants"),
        region(r"<", r">", use("types"), "meta.type.arguments", b0="punctuation.definition.arguments.begin", e0="punctuation.definition.arguments.end"),
        region(r"\(", r"\)", use("types"), "meta.type.group", b0="punctuation.section.parens.begin", e0="punctuation.section.parens.end"),
        match(rf"\b(?:{either(grammar.builtin_types())})\b", "support.type.builtin"),
        match(rf"\b{NAME}\b", "entity.name.type"),
        match(r"->", "storage.type.function.arrow"),
        match(r"\|", "keyword.operator.union"), match(r"\?", "keyword.operator.optional"),
        match(r"\.", "punctuation.accessor"), match(r",", "punctuation.separator.comma"), match(r"-", "keyword.operator.arithmetic")]}}


def typed(name_scope: str, before: str = HERE) -> dict:
    """`name?: Type`, up to what may follow a type."""
    return region(rf"{before}({NAME})(\?)?\s*(:)", TYPE_ENDS, use("types"), "meta.type.annotation",
                  b1=name_scope, b2="keyword.operator.optional", b3="punctuation.separator.colon")


def _generics() -> dict:
    """`<T, U>` behind a name that is declared."""
    return region(r"<", r">", [match(rf"\b{NAME}\b", "entity.name.type.parameter"), match(",", "punctuation.separator.comma")], "meta.type.parameters")


def functions() -> dict:
    parameters = region(r"\(", r"\)", [*use("comments"), typed("variable.parameter"), *use("expression")], "meta.function.parameters",
                        b0="punctuation.section.parameters.begin", e0="punctuation.section.parameters.end")
    result = region(r"->", r"(?=\s*(?:=(?!>)|\{|,|\)|//|/\*|$))", use("types"), "meta.function.result", b0="storage.type.function.arrow")
    return {"functions": {"patterns": [
        region(rf"\b(fn)\s+({NAME})", r"(?==)|(?=\{)|$(?<=[^,(])", [*use("comments"), _generics(), parameters, result], "meta.function",
               b1="storage.type.function", b2="entity.name.function")]}}


def variables() -> dict:
    at = r"^\s*|(?<=[{,]\s)|(?<=[{,])"
    return {"variables": {"patterns": [
        region(rf"\b(param|let)\s+({NAME})\s*(:)", TYPE_ENDS, use("types"), "meta.type.annotation",
               b1="storage.type", b2="variable.other.definition", b3="punctuation.separator.colon"),
        match(rf"\b(param|let)\s+({NAME})", "", _1="storage.type", _2="variable.other.definition"),
        match(rf"(?:{at})(set)\s+({NAME})(?=\s*=(?![=>]))", "", _1="keyword.other.set", _2="variable.other.definition"),
        match(rf"\b(for)\s+({NAME})\s*(?:(,)\s*({NAME})\s+)?(in)\b", "", _1="keyword.control.loop", _2="variable.parameter.loop",
              _3="punctuation.separator.comma", _4="variable.parameter.loop", _5="keyword.control.loop"),
        # The variables of a policy: `for s in systems, c in s.components`.
        match(rf"(?<=,)\s*({NAME})\s+(in)\b", "", _1="variable.parameter.loop", _2="keyword.control.loop")]}}


def schemas() -> dict:
    """`schema`, `kind` and `nested`, with fields in their braces and nowhere else: `a : b` means something else in an expression."""
    body = region(r"\{", r"\}", use("schema-member"), "meta.schema.body", b0="punctuation.section.braces.begin", e0="punctuation.section.braces.end")
    extends = region(r"\b(extends)\b", r"(?=\{)|$", use("types"), "meta.schema.base", b1="storage.modifier.extends")
    based = region(r":", r"(?=\{)|$", use("types"), "meta.type.annotation", b0="punctuation.separator.colon")
    return {
        "schemas": {"patterns": [
            region(rf"^\s*(schema|kind)\s+({NAME})", r"(?<=\})", [*use("comments"), _generics(), extends, body], "meta.schema",
                   b1="storage.type.schema", b2="entity.name.type.schema")]},
        "schema-member": {"patterns": [
            *use("comments"),
            region(rf"^\s*(nested)\s+({NAME})\s+(as)\s+({NAME})", r"(?<=\})", [*use("comments"), based, body], "meta.schema.nested",
                   b1="storage.type.schema", b2="variable.other.property", b3="keyword.other.as", b4="entity.name.type.schema"),
            # A condition runs to the end of its line; the `:` in it begins a message.
            region(rf"{HERE}(check)\b(?!\s*\??\s*[:=])", r"$", use("expression"), "meta.check", b1="keyword.control.check"),
            match(rf"{HERE}(lower)(?=\s*=)", "", _1="keyword.other.lower"),
            typed("variable.other.property.field"),
            match(r"\bsensitive\b(?!\s*[:=])", "storage.modifier.sensitive"),
            *use("expression")]},
    }


def items() -> dict:
    """What begins at the left of a line and is none of the above."""
    path = match(NAME, "entity.name.namespace")
    union = region(rf"^\s*(type)\s+({NAME})\s*(?:(<)([^>]*)(>))?\s*(=)", r"(?=\bwhere\b)|(?=//)|$", use("types"), "meta.type.declaration",
                   b1="storage.type.type", b2="entity.name.type", b4="entity.name.type.parameter", b6="keyword.operator.assignment")
    return {"items": {"patterns": [
        region(r"^\s*(import)\b(?!\s*[=.:])", r"$|(?=//|/\*)", [*use("texts"), match(r"\bas\b", "keyword.other.as"), match(r"\.", "punctuation.accessor"), path],
               "meta.import", b1="keyword.control.import"),
        match(r"^\s*(edition)\s+(?=[0-9])", "", _1="keyword.other.edition"),
        match(rf"^\s*(extends)\s+({NAME})\s*$", "", _1="keyword.control.extends", _2="entity.name.namespace"),
        match(r'^\s*(extends)\s+(?=")', "", _1="keyword.control.extends"),
        union,
        match(rf"^\s*(override)\s+({DOTTED})(?=\s*\{{)", "", _1="keyword.other.override", _2="entity.name.declaration"),
        region(r'^\s*(policy|test)\s+(")', r'"|$', use("escapes", "interpolation"), b1="storage.type.rule", b2="string.quoted.double",
               content="string.quoted.double.chasi entity.name.section", e0="string.quoted.double"),
        match(r"^\s*(with)(?=\s*\{)", "", _1="keyword.control.with"),
        match(rf"^\s*(expect)\s+({NAME})", "", _1="keyword.control.expect", _2="constant.other.code"),
        match(r"^\s*(assert|snapshot)\b(?!\s*(?:[=.:]|\+=))", "", _1="keyword.control.assertion"),
        match(r"\b(deny|warn)\s+(if)\b", "", _1="keyword.control.rule", _2="keyword.control.conditional"),
        match(r"^\s*(except)\b(?!\s*(?:[=.:({]|\+=))", "", _1="keyword.control.rule"),
        match(r'\b(reason|until|deprecated)(?=\s+r?")', "keyword.other.clause")]}}


def declarations() -> dict:
    """`kind name {`: of an item and, alike, of a member such as `component db {`."""
    plain = rf"(?!(?:{either(CONTROL + DECLARING)})\b)"
    return {"declarations": {"patterns": [
        match(rf"{HERE}{plain}({DOTTED})\s+({NAME})(?=\s*\{{)", "meta.declaration", _1="storage.type.kind", _2="entity.name.declaration"),
        match(rf'{HERE}{plain}({DOTTED})(?=\s+"[^\n]*\{{)', "meta.declaration", _1="storage.type.kind"),
        match(rf"{HERE}(unset)\s+({NAME})?", "", _1="keyword.other.unset", _2="variable.other.property"),
        match(rf"{HERE}(?!(?:{either(CONTROL)})\b)([a-z_]{TAIL})(?=\s*\{{)", "", _1="variable.other.property.block"),
        match(rf"\b({NAME})(?=\s*(?:\+=|=(?![=>])))", "variable.other.property"),
        region(rf'{HERE}(?="[^"\n]*"\s*=(?![=>]))', r"(?==)", use("texts"), "meta.key")]}}
