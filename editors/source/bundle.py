"""What a bundle has besides its grammar: comments, indentation, folding, the list of symbols."""

import uuid

from source.textmate import SCOPE, plist

SPACE = uuid.UUID("9b6f4e0e-5f86-4c1e-8f54-2f4f0e2b1f77")

# A line that ends with an opening bracket moves the next one in; one that begins with a closing bracket stands further out.
INCREASE = r"^(?!\s*//).*[{\[(]\s*(?://.*)?$"
DECREASE = r"^\s*[}\])]"
FOLD_BEGIN = r"[{\[(]\s*(?://.*)?$|^\s*/\*|\"\"\"\s*$"
FOLD_END = r"^\s*[}\])]|\*/\s*$|^\s*\"\"\""


def information() -> str:
    return plist({"name": "chasi", "description": "The chasi language: business systems, tenants, clusters and cluster images.",
                  "uuid": str(uuid.uuid5(SPACE, "bundle")).upper()})


def _preference(name: str, settings: dict, scope: str = SCOPE) -> str:
    return plist({"name": name, "scope": scope, "settings": settings, "uuid": str(uuid.uuid5(SPACE, name)).upper()})


def preferences() -> dict:
    shell = [{"name": "TM_COMMENT_START", "value": "// "}, {"name": "TM_COMMENT_START_2", "value": "/* "}, {"name": "TM_COMMENT_END_2", "value": " */"}]
    pairs = [["{", "}"], ["[", "]"], ["(", ")"], ['"', '"']]
    named = f"{SCOPE} entity.name.declaration, {SCOPE} entity.name.type.schema, {SCOPE} entity.name.function - {SCOPE} entity.name.function.call, {SCOPE} entity.name.section"
    return {
        "Comments.tmPreferences": _preference("Comments", {"shellVariables": shell}),
        "Indentation.tmPreferences": _preference("Indentation", {"increaseIndentPattern": INCREASE, "decreaseIndentPattern": DECREASE}),
        "Folding.tmPreferences": _preference("Folding", {"foldingStartMarker": FOLD_BEGIN, "foldingStopMarker": FOLD_END}),
        "Pairs.tmPreferences": _preference("Pairs", {"smartTypingPairs": pairs, "highlightPairs": pairs[:3]}),
        "Symbols.tmPreferences": _preference("Symbols", {"showInSymbolList": 1}, named),
    }
