"""An editor with files of a workspace open, what it is shown, and what features answer it."""

import json
import pathlib
import random

from bench.editor import Editor
from edits.typed import notes, position
from program import Program


class Client(Editor):
    """Knows what the server has shown last for each file. With a root it has that folder open, and not some files alone; `chosen`
    is what its user has chosen: an environment, parameters."""

    def __init__(self, chasic: Program, root: pathlib.Path = None, chosen: dict = None):
        self.root, self.chosen = root, chosen
        self.shown = {}
        self.texts = {}  # of the files that are open
        self.version = 0
        super().__init__([chasic.path, "lsp"], chasic.environment(), chosen)
        self.send({"method": "initialized", "params": {}})

    def request(self, method: str, parameters: dict) -> dict:
        if method == "initialize" and self.root:
            parameters = {**parameters, "rootUri": self.root.as_uri()}
        return super().request(method, parameters)

    def receive(self) -> dict:
        message = super().receive()
        if message.get("method") == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def told(self, everything: bool = False) -> dict:
        """What is shown now, by file; a request that comes back last makes sure that what is wrong in open files has come, or in all."""
        self.request("workspace/diagnostic" if everything else "textDocument/diagnostic", {})
        return {uri: list_ for uri, list_ in self.shown.items() if list_}

    def note(self, method: str, path: pathlib.Path, **more) -> None:
        self.version += 1
        self.send({"method": f"textDocument/{method}", "params": {"textDocument": {"uri": path.as_uri(), "languageId": "chasi", "version": self.version, **more}}})

    def watched(self, path: pathlib.Path, kind: int) -> None:
        """A file that is not open was made (1), changed (2) or removed (3)."""
        self.send({"method": "workspace/didChangeWatchedFiles", "params": {"changes": [{"uri": path.as_uri(), "type": kind}]}})

    def opened(self, path: pathlib.Path, text: str) -> None:
        self.texts[path] = text
        self.note("didOpen", path, text=text)

    def edited(self, path: pathlib.Path, text: str, pick: random.Random) -> None:
        for changes in notes(pick, self.texts[path], text):
            self.version += 1
            self.send({"method": "textDocument/didChange", "params": {"textDocument": {"uri": path.as_uri(), "version": self.version}, "contentChanges": changes}})
        self.texts[path] = text


AT_PLACES = ("hover", "definition", "typeDefinition", "references", "documentHighlight", "prepareRename", "completion", "signatureHelp")
OF_FILES = ("semanticTokens/range", "inlayHint", "documentSymbol", "foldingRange", "codeLens", "codeAction")


def sorted_answer(answer: dict) -> str:
    """What a client does not depend on is left out: the order of places."""
    found = answer.get("result", answer.get("error"))
    return json.dumps(sorted(found, key=json.dumps) if isinstance(found, list) else found)


def answers(client: Client, path: pathlib.Path, text: str, places: list) -> dict:
    """What every feature says at some places of a file."""
    document = {"textDocument": {"uri": path.as_uri()}}
    lines = text.split("\n")
    whole = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}}
    found = {method: sorted_answer(client.request(f"textDocument/{method}", {**document, **whole})) for method in OF_FILES}
    for offset in places:
        at = position(text, offset)
        for method in AT_PLACES:
            found[f"{method} {at['line'] + 1}:{at['character'] + 1}"] = sorted_answer(client.request(f"textDocument/{method}", {**document, "position": at}))
    return found


def apart(stays: str, afresh: str) -> str:
    """Two answers from where they differ."""
    at = max(0, next((i for i, (a, b) in enumerate(zip(stays, afresh)) if a != b), min(len(stays), len(afresh))) - 80)
    return f"  the one that stays: …{stays[at:at + 300]}\n  a fresh one:        …{afresh[at:at + 300]}"


def fresh(stays: Client, chasic: Program, opened: set, path: pathlib.Path, text: str, places: list) -> tuple:
    """What another one says that has the same files open, all of which are on the disk as they are in the editor."""
    client = Client(chasic, stays.root, stays.chosen)
    try:
        for other in sorted(opened):
            client.opened(other, other.read_text(encoding="utf-8"))
        return client.told(stays.root is not None), answers(client, path, text, places)
    finally:
        client.close()
