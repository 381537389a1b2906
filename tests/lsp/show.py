"""Answers of the server as text for people: places with the text that they cover, edits as the lines that come of them."""

import difflib
import json

from lsp.texts import column, edited, offset, offsets

COMPLETION = ["", "text", "method", "function", "constructor", "field", "variable", "class", "interface", "module", "property", "unit", "value", "enum", "keyword", "snippet",
              "color", "file", "reference", "folder", "enum member", "constant", "struct", "event", "operator", "type parameter"]
SYMBOL = ["", "file", "module", "namespace", "package", "class", "method", "property", "field", "constructor", "enum", "interface", "function", "variable", "constant", "string",
          "number", "boolean", "array", "object", "key", "null", "enum member", "struct", "event", "operator", "type parameter"]
SEVERITY = ["", "error", "warning", "information", "hint"]
TAGS = {1: "unnecessary", 2: "deprecated"}
MOST = 16  # items of a completion that are shown


def block(text: str) -> list:
    return [f"| {line}".rstrip() for line in text.split("\n")]


def compact(value) -> str:
    return json.dumps(value, ensure_ascii=False)


def covered(client, uri: str, range_: dict) -> str:
    """Where it begins, and what stands there."""
    text = client.text_of(uri)
    begin, end = offsets(text, range_, client.encoding)
    lines = text[begin:end].split("\n")
    return f"{column(text, begin)} `{lines[0]}{' …' if len(lines) > 1 else ''}`" + (f" to {column(text, end)}" if len(lines) > 1 else "")


def place(client, location: dict) -> str:
    return f"{client.short(location['uri'])} {covered(client, location['uri'], location['range'])}"


def changes(client, edits: dict) -> list:
    """The lines that go and those that come, by file."""
    out = []
    for uri, list_ in sorted(edits.items()):
        before = client.text_of(uri)
        after = edited(before, list_, client.encoding)
        out.append(client.short(uri) + ("" if before != after else ": nothing"))
        number = 0
        for line in difflib.ndiff(before.splitlines(), after.splitlines()):
            number += line[0] in " -"
            if line[0] in "-+":
                out.append(f"  {number if line[0] == '-' else '':>3} {line}".rstrip())
        if before.splitlines() == after.splitlines() and before != after:
            out.append("      ends of lines")
    return out or ["nothing"]


def diagnostics(client, uri: str, list_: list) -> list:
    if not list_:
        return [f"{client.short(uri)}: no findings"]
    text = client.text_of(uri)
    lines = text.split("\n")
    out = [f"{client.short(uri)}:"]
    for d in list_:
        begin, end = offsets(text, d["range"], client.encoding)
        number = d["range"]["start"]["line"]
        line, first = lines[number], column(text, begin).split(":")[1]
        length = max(1, min(end - begin, len(line) - int(first) + 1))
        tags = "".join(f" {TAGS[t]}" for t in d.get("tags", []))
        message = d["message"].split("\n")
        out.append(f"{number + 1:>4} | {line}")
        out.append(f"     | {' ' * (int(first) - 1)}{'~' * length}{' to ' + column(text, end) if d['range']['end']['line'] != number else ''} {SEVERITY[d['severity']]} {d['code']}{tags}: {message[0]}")
        out += [f"     |   {m}" for m in message[1:]]
        out += [f"     |   {place(client, r['location'])}: {r['message']}" for r in d["relatedInformation"]]
    return out


def hover(client, uri, answer) -> list:
    return [covered(client, uri, answer["range"]), *block(answer["contents"]["value"])]


def locations(client, uri, answer) -> list:
    return [place(client, where) for where in (answer if isinstance(answer, list) else [answer])]


def highlights(client, uri, answer) -> list:
    return [f"{covered(client, uri, h['range'])} {['', 'text', 'read', 'write'][h['kind']]}" for h in answer]


def span(client, uri, answer) -> list:
    return [covered(client, uri, answer)]


def workspace_edit(client, uri, answer) -> list:
    return changes(client, answer["changes"])


def text_edits(client, uri, answer) -> list:
    return changes(client, {uri: answer}) if answer else ["nothing"]


def outline(client, uri, answer, depth: int = 0) -> list:
    out = []
    for s in answer:
        last = column(client.text_of(uri), offsets(client.text_of(uri), s["range"], client.encoding)[1])
        detail = f" ({s['detail']})" if "detail" in s else ""
        out.append(f"{'  ' * depth}{s['name']}: {SYMBOL[s['kind']]}{detail}, {covered(client, uri, s['selectionRange'])}, all of it from {covered(client, uri, s['range']).split(' ')[0]} to {last}")
        out += outline(client, uri, s.get("children", []), depth + 1)
    return out


def symbols(client, uri, answer) -> list:
    return [f"{s['name']}: {SYMBOL[s['kind']]} ({s['containerName']}), {place(client, s['location'])}" for s in answer]


def completion(client, uri, answer) -> list:
    """As an editor lists them: those that begin with what is written already, best first."""
    out, text = [], client.text_of(uri)

    def begins(item: dict) -> bool:
        begin = offset(text, item["textEdit"]["range"]["start"], client.encoding)
        return item["label"].strip('"').lower().startswith(text[begin:max(begin, client.cursor)].strip('"').lower())

    items = sorted(filter(begins, answer["items"]), key=lambda i: i["sortText"])
    for i in items[:MOST]:
        edit = i["textEdit"]
        more = f" {i['detail']}" if "detail" in i else ""
        if edit["newText"] != i["label"]:
            more += f", writes {compact(edit['newText'])}"
        for e in i.get("additionalTextEdits", []):
            more += f", and {compact(e['newText'])} at {column(text, offset(text, e['range']['start'], client.encoding))}"
        more += "".join(f", {TAGS[t + 1]}" for t in i.get("tags", []))
        out.append(f"{i['label']}: {COMPLETION[i['kind']]}{more}")
    replaced = {covered(client, uri, i["textEdit"]["range"]) for i in items}
    return [f"instead of {r}" for r in sorted(replaced)] + out + (["…"] if len(items) > MOST else []) or ["nothing"]


def resolved(client, uri, answer) -> list:
    return [answer["label"], *block(answer.get("documentation", {}).get("value", "no documentation"))]


def signature(client, uri, answer) -> list:
    one = answer["signatures"][answer["activeSignature"]]
    labels = [one["label"][p["label"][0]:p["label"][1]] for p in one["parameters"]]
    active = answer["activeParameter"]
    out = [one["label"], f"at `{labels[active]}`" if active < len(labels) else f"at none, {active} of {len(labels)}"]
    return out + (block(one["documentation"]["value"]) if "documentation" in one else [])


def actions(client, uri, answer) -> list:
    out = []
    for a in answer:
        fixes = "".join(f", for {d['code']}" for d in a.get("diagnostics", []))
        out.append(f"{a['title']}: {a['kind']}{fixes}{', preferred' if a.get('isPreferred') else ''}")
        out += ["  " + line for line in changes(client, a["edit"]["changes"])] if "edit" in a else ["  its edits are told when somebody asks"]
    return out


def action(client, uri, answer) -> list:
    return actions(client, uri, [answer])


def lenses(client, uri, answer) -> list:
    def argument(value) -> str:
        if isinstance(value, str):
            return client.short(value)
        if isinstance(value, list):
            return "[" + "; ".join(place(client, v) for v in value) + "]"
        return column(client.text_of(uri), offset(client.text_of(uri), value, client.encoding))

    return [f"{covered(client, uri, l['range'])}: {l['command']['title']} → {l['command']['command']} {' '.join(argument(a) for a in l['command']['arguments'])}" for l in answer]


def inlays(client, uri, answer) -> list:
    """The lines with their hints."""
    text = client.text_of(uri)
    lines = {}
    for h in answer:
        padding = (" " if h.get("paddingLeft") else "", " " if h.get("paddingRight") else "")
        at = column(text, offset(text, h["position"], client.encoding)).split(":")
        lines.setdefault(int(at[0]), []).append((int(at[1]) - 1, f"{padding[0]}⟨{h['label']}⟩{padding[1]}"))
    out = []
    for number, hints in sorted(lines.items()):
        line = text.split("\n")[number - 1]
        for at, label in sorted(hints, reverse=True):
            line = line[:at] + label + line[at:]
        out.append(f"{number:>4} | {line}")
    return out


def folds(client, uri, answer) -> list:
    lines = client.text_of(uri).split("\n")
    return [f"{f['startLine'] + 1} to {f['endLine'] + 1}: {f.get('kind', 'block')} `{lines[f['startLine']]}` … `{lines[f['endLine']]}`" for f in answer]


def selections(client, uri, answer) -> list:
    out = []
    for one in answer:
        while one:
            out.append(covered(client, uri, one["range"]))
            one = one.get("parent")
        out.append("")
    return out[:-1]


def links(client, uri, answer) -> list:
    return [f"{covered(client, uri, l['range'])} → {client.short(l['target'])}" for l in answer]


def call_items(client, uri, answer) -> list:
    return [f"{i['name']}: {SYMBOL[i['kind']]}, {place(client, {'uri': i['uri'], 'range': i['selectionRange']})}" for i in answer]


def call_list(client, uri, answer) -> list:
    out = []
    for c in answer:
        other = c.get("from") or c["to"]
        calls = other["uri"] if "from" in c else uri  # the places are of the caller
        out.append(f"{call_items(client, uri, [other])[0]}; " + ", ".join(covered(client, calls, r) for r in c["fromRanges"]))
    return out


def rendered(client, uri, answer) -> list:
    return [f"of version {answer['version']}", *block(answer["yaml"].rstrip("\n"))]


def reports(client, uri, answer) -> list:
    out = []
    for one in sorted(answer["items"], key=lambda r: r["uri"]):
        out += [f"version {one['version']}, {one['kind']}", *diagnostics(client, one["uri"], one["items"])]
    return out


def greeting(client, uri, answer) -> list:
    return [f"{key}: {compact(value)}" for key, value in answer["capabilities"].items()] + [answer["serverInfo"]["name"]]


def plain(client, uri, answer) -> list:
    """An object member by member."""
    if not isinstance(answer, dict) or len(compact(answer)) < 120:
        return [compact(answer)]
    return [f"{key}: {compact(value)}" for key, value in answer.items()]


BY_METHOD = {
    "initialize": greeting,
    "textDocument/hover": hover, "textDocument/definition": locations, "textDocument/typeDefinition": locations, "textDocument/implementation": locations, "textDocument/references": locations,
    "textDocument/documentHighlight": highlights, "textDocument/prepareRename": span, "textDocument/rename": workspace_edit, "textDocument/formatting": text_edits,
    "textDocument/rangeFormatting": text_edits, "textDocument/onTypeFormatting": text_edits, "textDocument/documentSymbol": outline, "workspace/symbol": symbols,
    "textDocument/completion": completion, "completionItem/resolve": resolved, "textDocument/signatureHelp": signature, "textDocument/codeAction": actions, "codeAction/resolve": action, "textDocument/codeLens": lenses,
    "textDocument/inlayHint": inlays, "textDocument/foldingRange": folds, "textDocument/selectionRange": selections, "textDocument/documentLink": links,
    "textDocument/prepareCallHierarchy": call_items, "callHierarchy/incomingCalls": call_list, "callHierarchy/outgoingCalls": call_list, "chasi/render": rendered,
    "workspace/diagnostic": reports, "textDocument/diagnostic": lambda client, uri, answer: diagnostics(client, uri, answer["items"]),
}


def shown(client, method: str, uri: str, message: dict) -> list:
    if "error" in message:
        return [f"error {message['error']['code']}: {message['error']['message']}"]
    answer = message["result"]
    if answer is None or answer == []:
        return ["nothing" if answer is None else "an empty list"]
    return BY_METHOD.get(method, plain)(client, uri, answer)
