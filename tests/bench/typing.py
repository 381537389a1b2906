#!/usr/bin/env python3
"""Somebody types in a workspace of 300 files and 60,000 lines: how long the editor's server takes, beside what was promised.

`tests/bench/typing.py [--files N] [--lines N] [--keys N] [--chosen] [--check]`: with --chosen the editor's user has chosen an
environment and a parameter; with --check it exits 1 when a figure is above its target. Times are
seen from outside, over the wire, JSON included.
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True

from bench.editor import Editor  # noqa: E402
from program import Program, scratch  # noqa: E402

TARGETS = {  # milliseconds, 95 of 100
    "first diagnostics": 300, "mistake in the syntax": 50, "diagnostics after a key": 150, "completion": 50, "completion of fields": 50, "hover": 20, "definition": 20, "documentHighlight": 20, "references": 200, "rename": 200,
    "semanticTokens/full": 50, "documentSymbol": 50, "codeAction": 50, "inlayHint": 50,
}
MEGABYTES = 200
KINDS = '''cluster core { context = "local" }
kind space {
  on: cluster
  /// How large it is.
  size: "small" | "large" = "small"
  replicas: Int = 1
  labels: Map<String, String> = {}
  note?: String
  check replicas <= 50 : "not so many"
  lower = [Object { on = on, manifest = { apiVersion = "v1", kind = "Namespace", metadata { name = name, labels = labels } } }]
}
let common = 3
fn twice(of: Int) -> Int = of * 2
'''


def item(file: int, number: int) -> str:
    return f'space "s{file}-{number}" {{\n  on       = core\n  size     = "large"\n  replicas = twice(common)\n  labels   {{\n    team = "t{number}"\n    file = "f{file}"\n  }}\n}}\n\n'


def write(root: pathlib.Path, files: int, lines: int) -> pathlib.Path:
    """Gives the file that is edited, of 1,000 lines; the others share the rest."""
    each = item(0, 0).count("\n")
    (root / "workspace.chasi").write_text("edition 2026\n")
    (root / "kinds.chasi").write_text(KINDS)
    rest = max(1, (lines - 1000) // (files - 1) // each)
    for f in range(1, files):
        (root / f"f{f:03}.chasi").write_text("".join(item(f, n) for n in range(rest)))
    opened = root / "open.chasi"
    opened.write_text("let own = twice(common) + 1\n\n" + "".join(item(0, n) for n in range(1000 // each)))
    return opened


def choose(root: pathlib.Path) -> dict:
    """Writes an environment, and a file with the parameters that it and the editor set."""
    (root / "env").mkdir()
    (root / "parameters.chasi").write_text('param most: Int = 50\nparam teams: List<String> = []\n')
    (root / "env" / "prod.chasi").write_text('set most = 60\n' + "".join(f'override "s{n}-0" {{ replicas = common }}\n' for n in range(1, 9)))
    return {"environment": "prod", "parameters": {"teams": '["a", "b"]'}}


def position(text: str, offset: int) -> dict:
    return {"line": text.count("\n", 0, offset), "character": offset - (text.rfind("\n", 0, offset) + 1)}


STARTS = 12  # of the server, for the first diagnostics


class Client(Editor):
    """Knows which version of the text was checked last: its diagnostics come first, and then that it may be rendered otherwise."""

    published = settled = unread = None

    def receive(self) -> dict:
        message = super().receive()
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published = message["params"].get("version")
            if any(d["code"].startswith("CH1") for d in message["params"]["diagnostics"]):
                self.unread = self.published
        elif message.get("method") == "chasi/renderChanged":
            self.settled = self.published
        return message


class Typing:
    def __init__(self, chasic: Program, path: pathlib.Path, chosen: dict):
        self.path, self.text, self.version, self.took = path, path.read_text(), 1, {}
        for start in range(STARTS):
            if start:
                self.editor.close()
            begin = time.monotonic()
            self.editor = Client([chasic.path, "lsp"], chasic.environment(), chosen)
            self.editor.open(path)
            self.add("first diagnostics", begin)
        self.wait(None)

    def add(self, what: str, begin: float) -> None:
        self.took.setdefault(what, []).append((time.monotonic() - begin) * 1000)

    def ask(self, method: str, offset: int, what: str = "", **more) -> None:
        at = position(self.text, offset)
        begin = time.monotonic()
        answer = self.editor.request(f"textDocument/{method}", {"textDocument": {"uri": self.path.as_uri()}, "position": at, "range": {"start": at, "end": at}, **more})
        self.add(what or method, begin)
        if "error" in answer or answer.get("result") is None:
            raise SystemExit(f"{method} gives nothing: {answer}")

    def key(self, offset: int, put: str, gone: int = 0) -> None:
        begin = time.monotonic()
        self.version += 1
        change = {"range": {"start": position(self.text, offset), "end": position(self.text, offset + gone)}, "text": put}
        self.text = self.text[:offset] + put + self.text[offset + gone :]
        self.editor.send({"method": "textDocument/didChange", "params": {"textDocument": {"uri": self.path.as_uri(), "version": self.version}, "contentChanges": [change]}})
        self.pending = begin

    def wait(self, what: str = "diagnostics after a key") -> None:
        while self.editor.settled != self.version:
            self.editor.receive()
        if what:
            self.add(what, self.pending)

    def mistake(self, offset: int) -> None:
        """A bracket too many, until it is marked; then it goes again."""
        self.key(offset, ")")
        while self.editor.unread != self.version:
            self.editor.receive()
        self.add("mistake in the syntax", self.pending)
        self.key(offset, "", 1)
        self.wait()


def play(typing: Typing, keys: int) -> None:
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 10000, "character": 0}}
    for n in range(keys):
        place = typing.text.index("replicas = ", len(typing.text) * (n % 7 + 1) // 9) + len("replicas = ")
        for i, letter in enumerate("1 + "):
            typing.key(place + i, letter)
            typing.ask("completion", place + i + 1)
            typing.wait()
        typing.key(place, "", 4)
        typing.wait()
        typing.mistake(place)
        typing.ask("completion", place - len("replicas = "), "completion of fields")
        name = typing.text.index("twice", place)
        for method in ("hover", "definition", "documentHighlight"):
            typing.ask(method, name + 1)
        typing.ask("references", name + 1, context={"includeDeclaration": True})
        typing.ask("rename", name + 1, newName="doubled")
        for method in ("semanticTokens/full", "documentSymbol"):
            typing.ask(method, name)
        typing.ask("codeAction", name, context={"diagnostics": []})
        typing.ask("inlayHint", name, range=whole)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/bench/typing.py")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--lines", type=int, default=60000)
    parser.add_argument("--keys", type=int, default=10)
    parser.add_argument("--chosen", action="store_true", help="with an environment and a parameter chosen")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    missed = 0
    with scratch("typing") as folder:
        root = folder / "workspace"
        root.mkdir()
        opened = write(root, arguments.files, arguments.lines)
        typing = Typing(Program(folder / "state", "release"), opened, choose(root) if arguments.chosen else {})
        play(typing, arguments.keys)
        status = pathlib.Path(f"/proc/{typing.editor.process.pid}/status").read_text()
        memory = int(status.split("VmHWM:")[1].split()[0]) // 1024
        typing.editor.close()
    for what, times in typing.took.items():
        p95 = sorted(times)[(len(times) - 1) * 95 // 100]
        missed += p95 > TARGETS[what]
        print(f"{what:<26} {p95:8.1f} ms of {TARGETS[what]:4}{'  above' if p95 > TARGETS[what] else ''}")
    missed += memory > MEGABYTES
    print(f"{'memory at most':<26} {memory:8} MB of {MEGABYTES:4}{'  above' if memory > MEGABYTES else ''}")
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
