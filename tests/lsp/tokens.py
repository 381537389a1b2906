"""Semantic tokens: five numbers each, lines and characters counted from the one before (LSP 3.17, "Semantic Tokens")."""

from lsp.texts import offsets


class Legend:
    """What the numbers of a server mean, and what it has told of each document."""

    def __init__(self, provider: dict):
        self.types, self.modifiers = provider["legend"]["tokenTypes"], provider["legend"]["tokenModifiers"]
        self.told = {}  # by uri: the result id, and the numbers

    def lines(self, client, uri: str, data: list) -> dict:
        """By line: each token with its type."""
        text, out = client.text_of(uri), {}
        line = character = last = 0
        for at in range(0, len(data), 5):
            down, right, length, kind, modifiers = data[at:at + 5]
            line, character = line + down, right + (0 if down else character)
            begin, end = offsets(text, {"start": {"line": line, "character": character}, "end": {"line": line, "character": character + length}}, client.encoding)
            if begin < last:
                raise ValueError(f"a token at {line + 1} that overlaps the one before")
            last = end
            names = [self.types[kind], *(m for bit, m in enumerate(self.modifiers) if modifiers >> bit & 1)]
            out.setdefault(line + 1, []).append(f"{text[begin:end]}={'.'.join(names)}")
        return out

    def shown(self, client, uri: str, answer: dict) -> list:
        """A whole list line by line; of a difference, those lines that have changed."""
        if "edits" not in answer:
            if "resultId" in answer:
                self.told[uri] = (answer["resultId"], answer["data"])
            return written(self.lines(client, uri, answer["data"])) or ["no tokens"]
        _, before = self.told[uri]
        data = list(before)
        for e in sorted(answer["edits"], key=lambda e: -e["start"]):
            data[e["start"]:e["start"] + e["deleteCount"]] = e.get("data", [])
        self.told[uri] = (answer["resultId"], data)
        edits = ", ".join(f"-{e['deleteCount']} +{len(e.get('data', []))} at {e['start']} of {len(before)}" for e in answer["edits"])
        return [f"numbers: {edits or 'the same'}", *written(self.lines(client, uri, data))]


def written(lines: dict) -> list:
    return [f"{number:>4} | {' '.join(tokens)}" for number, tokens in sorted(lines.items())]
