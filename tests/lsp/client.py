"""The editor of a session: files with marks, open documents, messages there and back."""

import json
import pathlib
import re
import threading

from bench.editor import Editor
from lsp.texts import Text, offsets, position

SECONDS = 60 # of a sanitized build on a busy machine; a session takes a second or two


class Client(Editor):
    def __init__(self, words: list, environment: dict, root: pathlib.Path, files: dict):
        self.root = root
        self.texts = {}    # by name: the text, with its marks
        self.versions = {} # of what is open
        self.encoding = "utf-16"
        self.came = []     # what the server has said since it was shown
        self.sent = set()  # methods
        self.cursor = 0    # of the place that was asked about last
        self.number = 0
        self.batch = b""
        for name, text in files.items():
            self.texts[name] = Text(text)
            if ":" not in name:
                self.write(name)
        self.process = self.started(words, environment)
        self.clock = threading.Timer(SECONDS, self.process.kill)
        self.clock.start()

    def write(self, name: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.texts[name].plain.encode("utf-8"))

    def uri(self, name: str) -> str:
        """`untitled:1` is of none on the disk."""
        return name if ":" in name else (self.root / name).as_uri()

    def named(self, value):
        """`uri:NAME` in what a session writes out, in full."""
        if isinstance(value, dict):
            return {k: self.named(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.named(v) for v in value]
        return self.uri(value[4:]) if isinstance(value, str) and value.startswith("uri:") else value

    def short(self, uri: str) -> str:
        """The name of a file of the session, or of one of the library, which lies in a cache."""
        base = self.root.as_uri()
        if library := re.search(r"/cache/chasi/[^/]+/(.*)", uri):
            return "library:" + library.group(1)
        return uri[len(base) + 1:] if uri.startswith(base + "/") else "." if uri == base else uri

    def text_of(self, uri: str) -> str:
        name = self.short(uri)
        if name in self.texts:
            return self.texts[name].plain
        return pathlib.Path(uri.removeprefix("file://")).read_text(encoding="utf-8")

    def queue(self, message: dict) -> None:
        """With the next flush all of them are there at once."""
        if "method" in message:
            self.sent.add(message["method"])
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def raw(self, body: bytes) -> None:
        self.batch += b"Content-Length: %d\r\n\r\n" % len(body) + body

    def flush(self) -> None:
        batch, self.batch = self.batch, b""
        self.process.stdin.write(batch)
        self.process.stdin.flush()

    def call(self, method: str, params) -> int:
        self.number += 1
        self.queue({"id": self.number, "method": method, "params": params})
        return self.number

    def answers(self, wanted: set) -> dict:
        """Waits for the answers to these; what else comes is kept, and what the server asks is answered."""
        found = {}
        while wanted - set(found):
            message = self.receive()
            if "method" not in message:
                found[message["id"]] = message
                if not isinstance(message["id"], int):  # of none that were numbered here
                    self.came.append({"method": f"answer to {message['id']}", "params": message["error"]})
                continue
            self.came.append(message)
            if "id" in message:
                self.raw(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": None}).encode())
                self.flush()
        return found

    def settle(self, wanted: set) -> dict:
        """The same, and everything that the server has to say about what it was told before. A request makes it compile; what it says behind its
        answer has come when a second one is answered."""
        barriers = {self.number + 1, self.number + 2}
        self.number += 2
        for barrier in sorted(barriers):
            self.raw(json.dumps({"jsonrpc": "2.0", "id": barrier, "method": "chasi/environments", "params": {}}).encode())
        self.flush()
        return self.answers(wanted | barriers)

    def change(self, name: str, begin: int, end: int, marked: str) -> None:
        text = self.texts[name]
        range_ = {"start": position(text.plain, begin, self.encoding), "end": position(text.plain, end, self.encoding)}
        self.changed(name, {"range": range_, "text": text.replace(begin, end, marked)})

    def rewrite(self, name: str, marked: str) -> None:
        self.texts[name] = Text(marked)
        self.changed(name, {"text": self.texts[name].plain})

    def changed(self, name: str, change: dict) -> None:
        self.versions[name] += 1
        self.queue({"method": "textDocument/didChange", "params": {"textDocument": {"uri": self.uri(name), "version": self.versions[name]}, "contentChanges": [change]}})

    def apply(self, edits: dict) -> None:
        """Edits by name of the file; what is not open changes on the disk."""
        for name, list_ in edits.items():
            places = sorted(((*offsets(self.texts[name].plain, e["range"], self.encoding), e["newText"]) for e in list_), reverse=True)
            for begin, end, new in places:
                if name in self.versions:
                    self.change(name, begin, end, new)
                else:
                    self.texts[name].replace(begin, end, new)
            if name not in self.versions:
                self.write(name)
                self.watched(name, 2)

    def watched(self, name: str, kind: int) -> None:
        self.queue({"method": "workspace/didChangeWatchedFiles", "params": {"changes": [{"uri": self.uri(name), "type": kind}]}})

    def end(self) -> int:
        self.process.stdin.close()
        code = self.process.wait()
        self.clock.cancel()
        self.process.stdout.close()
        return code
