"""Texts with marks in them, and places in the words of the protocol.

`‸x` marks a place and gives it the name `x`, `⟦x…⟧` a range; a name is one letter or digit. Marks stay where they are while the
text around them is edited.
"""

import re


class Text:
    def __init__(self, marked: str):
        self.plain, self.marks = unmarked(marked)

    def replace(self, begin: int, end: int, marked: str) -> str:
        """Gives what was put in, without its marks."""
        put, marks = unmarked(marked)
        grown = len(put) - (end - begin)

        def moved(at: int) -> int:
            return at if at <= begin else at + grown if at >= end else begin

        self.marks = {name: (moved(a), moved(b)) for name, (a, b) in self.marks.items()}
        self.marks.update({name: (a + begin, b + begin) for name, (a, b) in marks.items()})
        self.plain = self.plain[:begin] + put + self.plain[end:]
        return put


def unmarked(text: str) -> tuple:
    plain, marks, open_ = "", {}, []
    at = 0
    while at < len(text):
        if text[at] in "‸⟦":
            name = text[at + 1]
            if text[at] == "‸":
                marks[name] = (len(plain), len(plain))
            else:
                open_.append((name, len(plain)))
            at += 2
            continue
        if text[at] == "⟧":
            name, begin = open_.pop()
            marks[name] = (begin, len(plain))
        else:
            plain += text[at]
        at += 1
    return plain, marks


def width(text: str, encoding: str) -> int:
    return len(text.encode("utf-8")) if encoding == "utf-8" else len(text.encode("utf-16-le")) // 2


def position(text: str, offset: int, encoding: str) -> dict:
    line = text.count("\n", 0, offset)
    begin = text.rfind("\n", 0, offset) + 1
    return {"line": line, "character": width(text[begin:offset], encoding)}


def offset(text: str, at: dict, encoding: str) -> int:
    """Of a place that a server has told, which has to be one."""
    lines = text.splitlines(keepends=True) or [""]
    if text.endswith("\n"):
        lines.append("")
    if at["line"] >= len(lines):
        raise ValueError(f"line {at['line']} is behind the end of the text")
    line = lines[at["line"]]
    counted = 0
    for number, character in enumerate(line.rstrip("\r\n") + "\n"):
        if counted == at["character"]:
            return sum(map(len, lines[: at["line"]])) + number
        if counted > at["character"]:
            break
        counted += width(character, encoding)
    raise ValueError(f"there is no character {at['character']} in line {at['line']}")


def offsets(text: str, range_: dict, encoding: str) -> tuple:
    begin, end = offset(text, range_["start"], encoding), offset(text, range_["end"], encoding)
    if end < begin:
        raise ValueError(f"a range that ends before it begins: {range_}")
    return begin, end


def column(text: str, at: int) -> str:
    """Line and column as people count them."""
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def edited(text: str, edits: list, encoding: str) -> str:
    """All of them are of the text as it is (LSP 3.17, "TextEdit[]"); none may overlap."""
    places = sorted(((*offsets(text, e["range"], encoding), number, e["newText"]) for number, e in enumerate(edits)))
    out, last = "", 0
    for begin, end, _, new in places:
        if begin < last:
            raise ValueError("edits that overlap")
        out += text[last:begin] + new
        last = end
    return out + text[last:]


def words(line: str) -> list:
    """The words of a command: bare ones, texts in quotes with the escapes of JSON, and an object or a list up to the end."""
    return re.findall(r'"(?:[^"\\]|\\.)*"|[{\[].*$|\S+', line)
