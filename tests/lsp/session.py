"""One session: its files, its commands, and what came of each.

    # What it is about.                     lines with # are for people
    === a.chasi                             a file, with marks (texts.py)
    let ‸asize = 1
    ---
    > open a.chasi                          a command, and below it what the server says
      a.chasi: no findings
    > change a.chasi "1" "2" &              `&`: goes together with the next, nobody waits in between

Playing it gives the same lines with what is said now.
"""

import json

from lsp import commands
from lsp.client import Client
from lsp.show import compact, diagnostics, shown
from lsp.texts import words
from lsp.tokens import Legend

DEFAULTS = {"processId": None, "workspaceFolders": [{"uri": "uri:.", "name": "session"}], "capabilities": {}, "initializationOptions": {"workspaceDiagnostics": False}}


class Session:
    def __init__(self, text: str):
        head, self.files, self.lines = [], {}, []
        name, part = None, head
        for line in text.split("\n"):
            if part is self.lines:
                if not line.startswith("  "):
                    part.append(line)
            elif line == "---":
                part = self.lines
            elif line.startswith("=== "):
                name = line[4:]
                part = self.files[name] = []
            else:
                part.append(line)
        self.head = text.split("\n---\n", 1)[0].split("\n")

    def play(self, program, folder) -> tuple:
        """The text as it should be now, and the methods that were used."""
        root = folder / "files"
        root.mkdir(parents=True)
        state = folder / "state"
        client = Client([program.path, "lsp"], program.environment(state), root, {name: "".join(line + "\n" for line in lines) for name, lines in self.files.items()})
        try:
            played = Played(client, state)
            out = [*self.head, "---"]
            for line in self.lines:
                if line.startswith("> "):
                    played.command(line)
                else:
                    played.waiting.append([line])
                if not played.group:
                    out += played.take()
            out += played.take()
        finally:
            if played.code is None:
                client.process.kill()
                client.end()
        return "\n".join(out), client.sent, played.told


class Played:
    def __init__(self, client: Client, state):
        self.client, self.state = client, state
        self.legend = None
        self.started = False
        self.everything = False # modules that nobody has open are checked too, when there is time
        self.follows = set()  # notifications that are shown, besides those that always are
        self.shown = {}       # by uri: the findings that were shown last
        self.held = {}        # findings of files that nobody has open, until there is an `idle`
        self.told = set()     # what the server told or asked
        self.edits = {}       # what `apply` can do
        self.items = []       # of the last answer: call hierarchy, code actions, completion
        self.waiting = []     # lines of a group, each with what belongs below it
        self.group = []       # (entry, id, method, uri) of those whose answers are awaited
        self.code = None      # how the server has ended

    def take(self) -> list:
        out, root = [], str(self.client.root)
        for entry in self.waiting:
            out.append(entry[0])
            out += [f"  {line}".rstrip().replace(root, ".").replace("\n", "⏎") if line else "  |" for line in entry[1:]]
        self.waiting = []
        return out

    def command(self, line: str) -> None:
        parts = words(line[2:])
        together = parts[-1] == "&"
        if together:
            parts.pop()
        if not self.started and parts[0] not in ("start", "request", "notify", "raw"):
            self.start({})
        entry = [line]
        self.waiting.append(entry)
        try:
            sent = commands.send(self, parts)
            self.group.append((entry, *(sent or (None, "", ""))))
            if not together:
                self.settle(entry)
        except (ValueError, KeyError, IndexError) as wrong:
            entry.append(f"WRONG: {type(wrong).__name__}: {wrong}")
            self.group = []

    def start(self, given: dict) -> dict:
        """`initialize`, and that it is."""
        params = self.client.named({**DEFAULTS, **given})
        if "general" in params["capabilities"]:
            self.client.encoding = params["capabilities"]["general"]["positionEncodings"][0]
        number = self.client.call("initialize", params)
        self.client.flush()
        result = self.client.answers({number})[number]["result"]
        self.legend = Legend(result["capabilities"]["semanticTokensProvider"])
        self.everything = params["initializationOptions"].get("workspaceDiagnostics", True)
        self.client.queue({"method": "initialized", "params": {}})
        self.started = True
        return result["capabilities"]

    def settle(self, entry: list) -> None:
        group, self.group = self.group, []
        if self.code is not None:
            return
        answers = self.client.settle({number for _, number, _, _ in group if number is not None})
        for below, number, method, uri in group:
            if number is not None:
                below += self.answered(method, uri, answers[number])
        entry += self.news()

    def answered(self, method: str, uri: str, message: dict) -> list:
        result = message.get("result")
        if method == "initialize" and result:
            self.started, self.legend = True, Legend(result["capabilities"]["semanticTokensProvider"])
        if "semanticTokens" in method and isinstance(result, dict):
            return self.legend.shown(self.client, uri, result)
        self.remember(method, uri, result)
        return shown(self.client, method, uri, message)

    def remember(self, method: str, uri: str, result) -> None:
        """What the next command may go on with."""
        if method == "textDocument/rename" and result:
            self.edits = result["changes"]
        elif method.endswith("ormatting") and result:
            self.edits = {uri: result}
        elif isinstance(result, list):
            self.items = result
        elif method == "textDocument/completion" and result:
            self.items = [dict(i, uri=uri) for i in result["items"]]

    def news(self) -> list:
        """What the server has said unasked. Of several findings for a file the last ones hold."""
        out, found = [], {}
        for message in self.client.came:
            method, params = message["method"], message["params"]
            self.told.add(method)
            if method == "textDocument/publishDiagnostics":
                found[params["uri"]] = params
            elif method in ("window/showMessage", "window/logMessage"):
                out.append(f"{method}: {['', 'error', 'warning', 'info', 'log'][params['type']]}: {params['message']}")
            elif method == "chasi/renderChanged":
                line = f"{method} {self.client.short(params['uri'])}"
                out += [line] if method in self.follows and line not in out else []
            else:
                out.append(f"{method} {compact(self.relative(params))}")
        self.client.came = []
        for uri, params in sorted(found.items()):
            if self.everything and self.client.short(uri) not in self.client.versions:
                self.held[uri] = params
            else:
                out += self.findings(params)
        return out

    def findings(self, params: dict) -> list:
        uri, name = params["uri"], self.client.short(params["uri"])
        if name in self.client.versions and params.get("version") != self.client.versions[name]:
            return [f"WRONG: findings of version {params.get('version')} of {name}"]
        lines = diagnostics(self.client, uri, params["diagnostics"])
        if self.shown.get(uri) == lines:
            return []
        self.shown[uri] = lines
        return lines

    def idle(self, names: list) -> list:
        """Waits until something new has been told of each of these, without a word that would keep the server busy."""
        out = self.news()

        def new(uri: str) -> bool:
            return uri in self.held and diagnostics(self.client, uri, self.held[uri]["diagnostics"]) != self.shown.get(uri)

        while not all(new(self.client.uri(name)) for name in names):
            self.client.came.append(self.client.receive())
            out += self.news()
        for uri in sorted(self.held):
            out += self.findings(self.held[uri])
        self.held = {}
        return out

    def relative(self, value):
        return json.loads(json.dumps(value).replace(self.client.root.as_uri(), ""))
