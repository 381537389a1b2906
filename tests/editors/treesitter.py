"""The tree-sitter grammar without its program: a small reader in C (tree/) is compiled with the parser, and asked."""

import hashlib
import os
import re
import shutil
import subprocess

from report import ROOT
from skip import Skip

PACKAGE = ROOT / "editors" / "tree-sitter-chasi"
READER = ROOT / "tests" / "editors" / "tree"
FLAGS = {
    "plain": ["-O2"],
    "checked": ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
}


def sources() -> list:
    return [*sorted(READER.glob("*.c")), PACKAGE / "src" / "parser.c", PACKAGE / "src" / "scanner.c"]


def _compiler() -> str:
    compiler = shutil.which("cc")
    if not compiler:
        raise Skip("no C compiler `cc`: nothing was read with the tree-sitter grammar")
    if subprocess.run([compiler, "-E", "-xc", "-", "-include", "tree_sitter/api.h"], input=b"", capture_output=True).returncode != 0:
        raise Skip("no libtree-sitter-dev: nothing was read with the tree-sitter grammar")
    return compiler


def reader(kind: str = "plain"):
    """The compiled reader; made once for what it consists of."""
    compiler = _compiler()
    parts = sorted([*READER.glob("*"), *(PACKAGE / "src").rglob("*.[ch]"), *(PACKAGE / "bindings").rglob("*.h")])
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in parts) + " ".join(FLAGS[kind]).encode()).hexdigest()[:16]
    program = ROOT / "build" / "editors" / "tree-sitter" / f"{kind}-{digest}"
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    for old in program.parent.glob(f"{kind}-*"):
        old.unlink()
    fresh = program.with_suffix(f".{os.getpid()}")
    command = [compiler, "-std=c11", "-D_POSIX_C_SOURCE=200809L", *FLAGS[kind], "-I", PACKAGE / "src", "-I", PACKAGE / "bindings" / "c",
               "-o", fresh, *sources(), "-ltree-sitter"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"the reader does not compile:\n{done.stderr}")
    fresh.rename(program)
    return program


def shared_library(target) -> None:
    """The parser as README.md says it is compiled for editors."""
    compiler = _compiler()
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-shared", "-fPIC", "-O1", "-I", PACKAGE / "src", PACKAGE / "src" / "parser.c", PACKAGE / "src" / "scanner.c", "-o", target]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"the parser does not compile:\n{done.stderr}")


def ask(*words, kind: str = "plain", timeout: float = 120) -> list:
    """What the reader answers, by lines."""
    done = subprocess.run([str(w) for w in (reader(kind), *words)], capture_output=True, timeout=timeout)
    if done.returncode != 0:
        told = (done.stderr + done.stdout[-2000:]).decode(errors="replace")
        raise AssertionError(f"the reader ended with {done.returncode}:\n{told}")
    return done.stdout.decode(errors="replace").splitlines()


def mistakes(files: list) -> dict:
    """File → where its first mistake is, or nothing when it has none."""
    answers = ask("check", *files)
    if len(answers) != len(files):
        raise AssertionError(f"{len(answers)} answers for {len(files)} files")
    return {f: "" if a == "ok" else a for f, a in zip(files, answers)}


def trees(texts: list, folder) -> list:
    """The tree of each text, as an S-expression on one line."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.chasi")
        paths[-1].write_bytes(text.encode() if isinstance(text, str) else text)
    return ask("print", *paths)


def captures(query, files: list) -> list:
    """(file, pattern, row, column, row, column, name) of each capture, in the order of the text; rows and columns count from 0."""
    found = []
    for line in ask("query", query, *files):
        *numbers, name = line.split(" ")
        found.append((*map(int, numbers), name))
    return found


def items(tree: str) -> list:
    """The whole items of a file: what stands directly in its tree, comments and mistakes left out."""
    found, depth, begin = [], 0, 0
    tree = re.sub(r"\((MISSING|UNEXPECTED) (\"[^ ]{1,3}\"|'[^ ]{1,3}'|[^ ()]+)\)", r"(\1)", tree)  # what is named there may be a bracket
    for match in re.finditer(r"[()]", tree):
        if match[0] == "(":
            depth += 1
            begin = match.start() if depth == 2 else begin
            continue
        if depth == 2 and not re.match(r"\((ERROR|MISSING|UNEXPECTED|\w+_comment)", tree[begin:]):
            found.append(tree[begin:match.end()])
        depth -= 1
    return found


# --- the files of the package ----------------------------------------------------------------------------------------------


def corpus() -> list:
    """(where, title, text, tree) of each case in test/corpus."""
    cases = []
    for path in sorted((PACKAGE / "test" / "corpus").glob("*.txt")):
        for match in re.finditer(r"^={3,}\n([^\n]+)\n={3,}\n\n(.*?)\n-{3,}\n\n(.*?)(?=^={3,}\n|\Z)", path.read_text(), re.M | re.S):
            cases.append((path.name, match[1], match[2], " ".join(match[3].split()).replace(" )", ")")))
    return cases


def expectations(path) -> list:
    """(row, column, capture, wanted?) of the comments of a highlighting test: `^` under a place, or `<-` for the column of the comment."""
    found, row = [], -1
    for number, line in enumerate(path.read_text().splitlines()):
        match = re.match(r"( *)// *(?:(<-)|(\^+)) *(!?)([\w.]+)$", line)
        if not match:
            row = number
            continue
        first = len(match[1]) if match[2] else line.index("^")
        for column in range(first, first + len(match[3] or "x")):
            found.append((row, column, match[5], not match[4]))
    return found
