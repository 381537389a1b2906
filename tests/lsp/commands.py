"""The commands of a session, each as the messages that an editor would send.

A place is `‸x` (a mark) or LINE:COLUMN as people count, a range `⟦x`. Each function gives the id of a request with its method
and document, or nothing.
"""

import json
import time

from lsp.texts import Text, position

PLACE = {
    "hover": "textDocument/hover", "definition": "textDocument/definition", "typeDefinition": "textDocument/typeDefinition", "implementation": "textDocument/implementation",
    "highlight": "textDocument/documentHighlight", "prepareRename": "textDocument/prepareRename", "signature": "textDocument/signatureHelp", "complete": "textDocument/completion",
    "prepareCalls": "textDocument/prepareCallHierarchy",
}
# Of a document, and of a range in it when there is one.
DOCUMENT = {
    "symbols": "textDocument/documentSymbol", "folds": "textDocument/foldingRange", "links": "textDocument/documentLink", "lenses": "textDocument/codeLens", "inlays": "textDocument/inlayHint",
    "tokens": "textDocument/semanticTokens/full", "tokensIn": "textDocument/semanticTokens/range", "render": "chasi/render", "environments": "chasi/environments", "diagnostic": "textDocument/diagnostic",
}


def document(played, name: str) -> dict:
    return {"textDocument": {"uri": played.client.uri(name)}}


def spot(played, name: str, word: str) -> tuple:
    """Where in a text, from and to."""
    text = played.client.texts.get(name) or Text("")
    if word[0] in "‸⟦":
        return text.marks[word[1]]
    line, at = map(int, word.split(":"))
    begin = sum(len(l) for l in text.plain.splitlines(keepends=True)[:line - 1]) + at - 1
    return begin, begin


def at(played, name: str, offset: int) -> dict:
    text = played.client.texts.get(name) or Text("")
    return position(text.plain, offset, played.client.encoding)


def range_of(played, name: str, word: str = "") -> dict:
    begin, end = spot(played, name, word) if word else (0, len(played.client.texts[name].plain))
    return {"start": at(played, name, begin), "end": at(played, name, end)}


def ask(played, method: str, name: str, **more) -> tuple:
    params = {**document(played, name), **more}
    return played.client.call(method, params), method, played.client.uri(name)


def send(played, parts: list):
    verb, *rest = parts
    if verb in PLACE:
        played.client.cursor = spot(played, rest[0], rest[1])[0]
        return ask(played, PLACE[verb], rest[0], position=at(played, rest[0], played.client.cursor))
    if verb in DOCUMENT:
        more = {"range": range_of(played, rest[0], rest[1] if len(rest) > 1 else "")} if verb in ("inlays", "tokensIn") else {}
        if verb == "render" and len(rest) > 1:
            more = {"position": at(played, rest[0], spot(played, rest[0], rest[1])[0])}
        return ask(played, DOCUMENT[verb], rest[0], **more)
    return VERBS[verb](played, *rest)


# Documents and files.

def open_(played, name: str) -> None:
    client = played.client
    client.versions[name] = 1
    client.queue({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": client.uri(name), "languageId": "chasi", "version": 1, "text": client.texts[name].plain}}})


def close(played, name: str) -> None:
    """What was not saved is gone."""
    client = played.client
    del client.versions[name]
    if (client.root / name).exists():
        client.texts[name] = Text((client.root / name).read_bytes().decode())
    client.queue({"method": "textDocument/didClose", "params": document(played, name)})


def save(played, name: str) -> None:
    played.client.write(name)
    played.client.queue({"method": "textDocument/didSave", "params": document(played, name)})


def change(played, name: str, where: str, new: str) -> None:
    """`where` is a mark or a text, of which the first is meant; `new` may have marks."""
    if where[0] == '"':
        old = json.loads(where)
        begin = played.client.texts[name].plain.index(old)
        end = begin + len(old)
    else:
        begin, end = spot(played, name, where)
    played.client.change(name, begin, end, json.loads(new))


def type_(played, name: str, where: str, new: str) -> None:
    """One change for each character."""
    begin = spot(played, name, where)[0]
    for number, character in enumerate(json.loads(new)):
        played.client.change(name, begin + number, begin + number, character)


def rewrite(played, name: str, new: str) -> None:
    played.client.rewrite(name, json.loads(new))


def disk(played, name: str, new: str) -> None:
    """Another program writes a file, and the editor has seen it."""
    kind = 2 if (played.client.root / name).exists() else 1
    played.client.texts[name] = Text(json.loads(new))
    played.client.write(name)
    played.client.watched(name, kind)


def delete(played, name: str) -> None:
    (played.client.root / name).unlink()
    played.client.watched(name, 3)


def chosen(played, title: str) -> dict:
    """An item of the last answer."""
    for one in played.items:
        if json.loads(title) in (one.get("title"), one.get("label")):
            return one
    raise ValueError(f"nothing is called {title}")


def apply(played, title: str = "") -> None:
    """The last edits, the code action of this title, or the completion of this label."""
    edits = played.edits
    if title:
        one = chosen(played, title)
        edits = one["edit"]["changes"] if "edit" in one else {one["uri"]: [one["textEdit"], *one.get("additionalTextEdits", [])]}
    played.client.apply({played.client.short(uri): list_ for uri, list_ in edits.items()})


def text(played, name: str) -> None:
    """Shows a text as it is now."""
    played.waiting[-1] += [f"| {line}".rstrip() for line in played.client.texts[name].plain.rstrip("\n").split("\n")]


# Requests that take more than a place.

def references(played, name: str, where: str, without: str = "") -> tuple:
    return ask(played, "textDocument/references", name, position=at(played, name, spot(played, name, where)[0]), context={"includeDeclaration": without != "others"})


def rename(played, name: str, where: str, new: str) -> tuple:
    return ask(played, "textDocument/rename", name, position=at(played, name, spot(played, name, where)[0]), newName=new.strip('"'))


def actions(played, name: str, where: str, only: str = "") -> tuple:
    context = {"diagnostics": [], **({"only": [only]} if only else {})}
    return ask(played, "textDocument/codeAction", name, range=range_of(played, name, where), context=context)


def resolve(played, label: str) -> tuple:
    """A completion of the last list."""
    one = chosen(played, label)
    return played.client.call("completionItem/resolve", {k: v for k, v in one.items() if k != "uri"}), "completionItem/resolve", one["uri"]


def carry(played, title: str) -> tuple:
    """What an action of the last list does."""
    one = chosen(played, title)
    return played.client.call("codeAction/resolve", {k: v for k, v in one.items() if k != "uri"}), "codeAction/resolve", ""


def formatting(played, name: str, where: str = "", typed: str = "") -> tuple:
    options = {"tabSize": 2, "insertSpaces": True}
    if typed:
        return ask(played, "textDocument/onTypeFormatting", name, position=at(played, name, spot(played, name, where)[0]), ch=json.loads(typed), options=options)
    if where:
        return ask(played, "textDocument/rangeFormatting", name, range=range_of(played, name, where), options=options)
    return ask(played, "textDocument/formatting", name, options=options)


def selection(played, name: str, *places) -> tuple:
    return ask(played, "textDocument/selectionRange", name, positions=[at(played, name, spot(played, name, p)[0]) for p in places])


def delta(played, name: str) -> tuple:
    return ask(played, "textDocument/semanticTokens/full/delta", name, previousResultId=played.legend.told[played.client.uri(name)][0])


def calls(played, way: str) -> tuple:
    """Of what `prepareCalls` has given."""
    method = f"callHierarchy/{way}Calls"
    return played.client.call(method, {"item": played.items[0]}), method, played.items[0]["uri"]


def symbol(played, query: str) -> tuple:
    return played.client.call("workspace/symbol", {"query": json.loads(query)}), "workspace/symbol", ""


def all_diagnostics(played) -> tuple:
    return played.client.call("workspace/diagnostic", {"previousResultIds": []}), "workspace/diagnostic", ""


# The session itself.

def start(played, given: str = "{}") -> None:
    played.start(json.loads(given))


def config(played, given: str) -> None:
    played.client.queue({"method": "workspace/didChangeConfiguration", "params": {"settings": played.client.named({"chasi": json.loads(given)})}})


def folders(played, *changes) -> None:
    """`+NAME` and `-NAME`."""
    def named(sign: str) -> list:
        return [{"uri": played.client.uri(c[1:]), "name": c[1:]} for c in changes if c[0] == sign]

    played.client.queue({"method": "workspace/didChangeWorkspaceFolders", "params": {"event": {"added": named("+"), "removed": named("-")}}})


def cancel(played) -> None:
    """Takes the request before back."""
    played.client.queue({"method": "$/cancelRequest", "params": {"id": next(number for _, number, _, _ in reversed(played.group) if number is not None)}})


def request(played, method: str, given: str = "{}") -> tuple:
    params = played.client.named(json.loads(given))
    uri = params.get("textDocument", {}).get("uri", "") if isinstance(params, dict) and isinstance(params.get("textDocument", {}), dict) else ""
    return played.client.call(method, params), method, uri


def notify(played, method: str, given: str = "{}") -> None:
    played.client.queue({"method": method, "params": played.client.named(json.loads(given))})


def raw(played, *parts) -> None:
    """What is no message; the answer has no id."""
    played.client.raw(" ".join(parts).encode())


def exit_(played) -> None:
    played.client.queue({"method": "exit"})
    played.client.flush()
    played.code = played.client.end()
    played.waiting[-1].append(f"ends with {played.code}")


def follow(played, method: str) -> None:
    played.follows.add(method)


def idle(played, *names) -> None:
    played.waiting[-1] += played.idle(list(names))


def pause(played) -> None:
    """Twice as long as the server waits before it does what nobody asked for."""
    time.sleep(0.6)


VERBS = {
    "open": open_, "close": close, "save": save, "change": change, "type": type_, "rewrite": rewrite, "disk": disk, "delete": delete, "apply": apply, "text": text,
    "references": references, "rename": rename, "actions": actions, "resolve": resolve, "carry": carry, "format": formatting, "selection": selection, "delta": delta, "calls": calls, "symbol": symbol,
    "allDiagnostics": all_diagnostics, "start": start, "config": config, "folders": folders, "cancel": cancel, "request": request, "notify": notify, "raw": raw, "exit": exit_,
    "follow": follow, "idle": idle, "pause": pause,
}
