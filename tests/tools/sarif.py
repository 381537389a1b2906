"""What SARIF 2.1.0 (OASIS) asks of the parts that chasic writes. Section numbers are of that document."""

import re
import urllib.parse

LEVELS = ("none", "note", "warning", "error")


def check(document: dict, folder) -> list:
    """Problems of a document; its files are looked up in `folder`."""
    problems = []
    if document.get("version") != "2.1.0":  # 3.13.2
        problems.append("version is not 2.1.0")
    if not str(document.get("$schema", "")).endswith("sarif-schema-2.1.0.json"):
        problems.append("$schema names another schema")
    if not isinstance(document.get("runs"), list) or len(document["runs"]) != 1:
        return problems + ["there is not exactly one run"]
    run = document["runs"][0]
    driver = run.get("tool", {}).get("driver", {})
    if not driver.get("name"):  # 3.19.8
        problems.append("the tool has no name")
    if run.get("columnKind") != "unicodeCodePoints":  # 3.14.17
        problems.append("columnKind is missing")
    rules = driver.get("rules", [])
    ids = [r.get("id") for r in rules]
    if len(set(ids)) != len(ids):  # 3.19.23
        problems.append("a rule comes twice")
    for rule in rules:
        if not re.fullmatch(r"CH\d{4}", rule.get("id", "")) or not rule.get("shortDescription", {}).get("text"):
            problems.append(f"rule {rule}")
        if rule.get("defaultConfiguration", {}).get("level") not in LEVELS:
            problems.append(f"rule {rule.get('id')} has no level")
    for result in run.get("results", []):
        problems += result_problems(result, ids, run, folder)
    return problems


def result_problems(result: dict, ids: list, run: dict, folder) -> list:
    problems = []
    if not result.get("message", {}).get("text"):  # 3.27.11
        problems.append("a result without a message")
    if result.get("level") not in LEVELS:
        problems.append(f"level {result.get('level')}")
    if "ruleIndex" in result and ids[result["ruleIndex"]] != result.get("ruleId"):  # 3.27.6
        problems.append("ruleIndex and ruleId differ")
    for location in result.get("locations", []) + result.get("relatedLocations", []):
        problems += place_problems(location.get("physicalLocation", {}), run, folder)
    related = [r.get("id") for r in result.get("relatedLocations", [])]
    if len(set(related)) != len(related):  # 3.28.2
        problems.append("ids of related locations come twice")
    problems += ["a related location without its message" for r in result.get("relatedLocations", []) if not r.get("message", {}).get("text")]
    for fix in result.get("fixes", []):
        if not fix.get("artifactChanges"):  # 3.55.3
            problems.append("a fix that changes nothing")
        for change in fix.get("artifactChanges", []):
            for replacement in change.get("replacements", []):
                problems += place_problems({"artifactLocation": change["artifactLocation"], "region": replacement["deletedRegion"]}, run, folder)
                if not isinstance(replacement.get("insertedContent", {}).get("text"), str):
                    problems.append("a replacement without its text")
    return problems


def place_problems(place: dict, run: dict, folder) -> list:
    artifact, region = place.get("artifactLocation", {}), place.get("region", {})
    uri = artifact.get("uri", "")
    if not uri or re.search(r"[^\w.~%/:-]", uri):  # RFC 3986
        return [f"uri {uri!r}"]
    if "uriBaseId" in artifact and artifact["uriBaseId"] not in run.get("originalUriBaseIds", {}):  # 3.14.14
        return [f"uriBaseId {artifact['uriBaseId']} is not explained"]
    start, end = (region.get("startLine", 0), region.get("startColumn", 0)), (region.get("endLine", 0), region.get("endColumn", 0))
    if min(start) < 1 or end < start:  # 3.30
        return [f"region {region}"]
    file = folder / urllib.parse.unquote(uri)
    if not file.exists():
        return []  # of the standard library, or a parameter
    text = file.read_text(encoding="utf-8")
    if start[0] > len(text.splitlines()) or start[1] > len(text.splitlines()[start[0] - 1]) + 1:
        return [f"region {region} lies outside of {uri}"]
    at = region["byteOffset"]
    by_bytes = text.encode()[at:at + region["byteLength"]].decode()
    if by_bytes != text_of(text, start, end):
        return [f"bytes and columns of {region} say different things: {by_bytes!r}"]
    return []


def text_of(text: str, start: tuple, end: tuple) -> str:
    lines = text.splitlines(keepends=True)
    offset = [0]
    for line in lines:
        offset.append(offset[-1] + len(line))
    return text[offset[start[0] - 1] + start[1] - 1:offset[end[0] - 1] + end[1] - 1]


def apply(fix: dict, folder) -> None:
    """Carries a fix out, the last replacement first, as an editor would."""
    for change in fix["artifactChanges"]:
        file = folder / urllib.parse.unquote(change["artifactLocation"]["uri"])
        data = file.read_bytes()
        for r in sorted(change["replacements"], key=lambda r: -r["deletedRegion"]["byteOffset"]):
            at, size = r["deletedRegion"]["byteOffset"], r["deletedRegion"]["byteLength"]
            data = data[:at] + r["insertedContent"]["text"].encode() + data[at + size:]
        file.write_bytes(data)
