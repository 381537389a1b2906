"""How an editor tells of a change: by ranges or as a whole, at once or piece by piece."""

import random


def position(text: str, offset: int) -> dict:
    """As the protocol counts where nothing else was agreed on: UTF-16 units."""
    return {"line": text.count("\n", 0, offset), "character": len(text[text.rfind("\n", 0, offset) + 1 : offset].encode("utf-16-le")) // 2}


def ranged(before: str, after: str, pieces: int) -> list:
    """One text made the other: what differs is replaced by the first piece of what is new, and the others are typed behind it."""
    most = min(len(before), len(after))
    head = next((i for i in range(most) if before[i] != after[i]), most)
    tail = next((i for i in range(most - head) if before[-1 - i] != after[-1 - i]), most - head)
    new, now = after[head : len(after) - tail], before
    gone = len(before) - tail - head
    changes = []
    for piece in range(pieces):
        begin, end = len(new) * piece // pieces, len(new) * (piece + 1) // pieces
        at, until = head + begin, head + begin + (0 if piece else gone)
        changes.append({"range": {"start": position(now, at), "end": position(now, until)}, "text": new[begin:end]})
        now = now[:at] + new[begin:end] + now[until:]
    if now != after:
        raise ValueError("the ranges do not make the new text")
    return changes


def notes(pick: random.Random, before: str, after: str) -> list:
    """The `contentChanges` of each notification, chosen by a source of random numbers."""
    if pick.random() < 0.3:
        return [[{"text": after}]]
    changes = ranged(before, after, pick.choice([1, 1, 1, 3, 8]))
    return [changes] if pick.random() < 0.5 else [[c] for c in changes]


class History:
    """Texts that files had, for taking edits back."""

    MOST = 20

    def __init__(self):
        self.texts = {}

    def keep(self, path, text: str) -> None:
        self.texts[path] = (self.texts.get(path, []) + [text])[-self.MOST :]

    def forget(self, path) -> None:
        self.texts.pop(path, None)

    def undo(self, pick: random.Random) -> tuple:
        """A file and what it was one to four edits ago; nothing when no file was edited."""
        if not self.texts:
            return None
        path = pick.choice(sorted(self.texts))
        kept = self.texts[path]
        for _ in range(pick.randint(1, min(4, len(kept)))):
            text = kept.pop()
        if not kept:
            self.forget(path)
        return path, text
