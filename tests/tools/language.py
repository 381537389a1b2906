"""The examples of the language reference, as its chapters write them.

- ```chasi            a complete specification: it checks without warnings and is formatted
- ```chasi FILE       a file (```yaml FILE, …) that the next specification has beside it
- ```chasi wrong      a specification that gives exactly the diagnostics of the quotes below it: `> CH3001: the message`
- ```chasi values     lines `expression // = value`, evaluated with the right specification before; `values --env NAME` in that environment
"""

import json
import pathlib
import re

from program import Program

# What a specification does not use itself, the values below it do.
UNUSED = [word for code in ("CH9001", "CH9002", "CH9003", "CH9005") for word in ("--allow", code)]


def blocks(text: str) -> list:
    """(words behind the fence, code, quotes below) of each fenced block."""
    found = []
    for match in re.finditer(r"^```(\S+) ?([^\n]*)\n(.*?)^```\n(?:\n?((?:> [^\n]*\n)+))?", text, re.DOTALL | re.MULTILINE):
        quotes = [line[2:] for line in (match.group(4) or "").splitlines()]
        found.append((match.group(1), match.group(2).strip(), match.group(3), quotes))
    return found


def diagnostics_of(chasic: Program, folder: pathlib.Path) -> tuple:
    outcome = chasic.run("check", ".", "--format", "json", cwd=folder)
    try:
        return [f"{d['code']}: {d['message']}" for d in json.loads(outcome.out)["diagnostics"]], outcome
    except (ValueError, KeyError):
        return [], outcome


def write(folder: pathlib.Path, files: dict) -> None:
    for name, text in {"workspace.chasi": "edition 2026\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def right(chasic: Program, folder: pathlib.Path, files: dict, switches: list) -> list:
    problems = chasic.expect(0, "fmt", "--check", ".", cwd=folder)
    environments = [name[4:-6] for name in files if name.startswith("env/")]
    for variant in [[]] + [["--env", e] for e in environments]:
        problems += chasic.expect(0, "check", ".", "--deny-warnings", *switches, *variant, cwd=folder)
    return problems


def wrong(chasic: Program, folder: pathlib.Path, quotes: list) -> list:
    told, outcome = diagnostics_of(chasic, folder)
    problems = [] if told and told == quotes else [f"stated {quotes}, told {told}; {outcome.told()}"]
    if not any(q.startswith("CH1") for q in quotes):
        problems += chasic.expect(0, "fmt", "--check", ".", cwd=folder)
    return problems


def values(chasic: Program, folder: pathlib.Path, words: list, lines: str) -> list:
    problems, asked = [], 0
    for line in lines.splitlines():
        expression, mark, stated = line.partition("// = ")
        if not mark:
            problems.append(f"states no value: {line}")
            continue
        outcome = chasic.run("eval", f"[{expression.strip()}]", ".", *words, cwd=folder)
        try:
            wanted = json.loads(stated)
        except ValueError:
            wanted = stated.strip()  # a quantity, which JSON has as a text
        asked += 1
        if outcome.code != 0 or json.loads(outcome.out) != [wanted]:
            problems.append(f"{expression.strip()}: stated {stated}; {outcome.told()}")
    return problems or ([] if asked else ["a block of values without one"])


def check(chasic: Program, folder: pathlib.Path, text: str) -> tuple:
    """Problems, and how many blocks were looked at."""
    problems, beside, number = [], {}, 0
    place = folder / "nothing"
    write(place, {"main.chasi": ""})
    found = blocks(text)
    for index, (language, info, code, quotes) in enumerate(found):
        words = info.split()
        if language == "ebnf" or language in ("sh", "text"):
            continue
        number += 1
        if words and words[0] == "values":
            told = values(chasic, place, words[1:], code)
        elif language == "chasi" and (not words or words == ["wrong"]):
            files, beside = {**beside, "main.chasi": code}, {}
            here = folder / str(number)
            write(here, files)
            place = place if words else here
            follows = index + 1 < len(found) and found[index + 1][1].startswith("values")
            told = wrong(chasic, here, quotes) if words else right(chasic, here, files, UNUSED if follows else [])
        else:
            beside[info] = code
            told = []
        problems += [f"{p}\n{code}" for p in told]
    return problems, number
