"""An editor that speaks to `chasic lsp`: as much of the protocol as measuring takes."""

import json
import pathlib
import subprocess
import time


class Editor:
    """`chosen` is what its user has set: `initializationOptions`."""

    def __init__(self, words: list, environment: dict, chosen: dict = None):
        self.process = self.started(words, environment)
        self.number = 0
        self.request("initialize", {"capabilities": {}, "initializationOptions": chosen or {}})

    @staticmethod
    def started(words: list, environment: dict) -> subprocess.Popen:
        return subprocess.Popen([str(w) for w in words], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self) -> dict:
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            if not line and self.process.poll() is not None:
                raise SystemExit("chasic lsp has ended")
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def request(self, method: str, parameters: dict) -> dict:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        while (answer := self.receive()).get("id") != self.number:
            pass
        return answer

    def diagnostics(self, uri: str) -> list:
        while True:
            message = self.receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                return message["params"]["diagnostics"]

    def open(self, path: pathlib.Path) -> list:
        document = {"uri": path.as_uri(), "languageId": "chasi", "version": 1, "text": path.read_text()}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return self.diagnostics(path.as_uri())

    def change(self, path: pathlib.Path, text: str) -> tuple:
        """The diagnostics, and the seconds until they came."""
        begin = time.monotonic()
        self.send({"method": "textDocument/didChange", "params": {"textDocument": {"uri": path.as_uri()}, "contentChanges": [{"text": text}]}})
        found = self.diagnostics(path.as_uri())
        return found, time.monotonic() - begin

    def close(self) -> None:
        self.request("shutdown", {})
        self.send({"method": "exit"})
        self.process.wait(10)
