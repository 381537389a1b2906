"""The Vim package, read by Vim without a window."""

import difflib
import os
import shutil
import subprocess

from program import Program
from report import ROOT
from skip import Skip

PACKAGE = ROOT / "editors" / "vim"
HERE = ROOT / "tests" / "editors" / "vim"
SECONDS = 100


def _vim(script: str, folder, out, **variables) -> list:
    if not shutil.which("vim"):
        raise Skip("vim is not installed, so the Vim package was not tested")
    told = subprocess.run(["vim", "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    if "+syntax" not in told:
        raise Skip("this vim has no syntax (Debian's vim-tiny), so the Vim package was not tested")
    start = ["-c", "set encoding=utf-8", "-c", f"set runtimepath^={PACKAGE}", "-c", "filetype plugin indent on", "-c", "syntax on"]
    command = ["vim", "-es", "-N", "-u", "NONE", "-i", "NONE", "-n", *start, "-S", HERE / script]
    environment = dict(Program(folder / "state").environment(), OUT=str(out), HOME=str(folder), **variables)
    try:
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [f"{script}: no end after {SECONDS} s"]
    return [] if out.exists() else [f"{script} did not come to its end (exit {done.returncode}):\n{done.stdout}{done.stderr}"]


def _differences(was: str, now: str, name: str) -> list:
    lines = difflib.unified_diff(was.splitlines(), now.splitlines(), f"{name} as wanted", f"{name} as it is", lineterm="", n=1)
    return ["\n".join(list(lines)[:40])] if was != now else []


def case_syntax_groups_are_those_of_the_golden_file(folder):
    """`CHASI_ACCEPT=1 tests/editors/run vim` writes it anew; the diff is the review."""
    problems = _vim("groups.vim", folder, folder / "out", SAMPLE=str(HERE / "sample.chasi"))
    if problems:
        return problems
    golden, now = HERE / "sample.groups", (folder / "out").read_text()
    if os.environ.get("CHASI_ACCEPT"):
        golden.write_text(now)
    return _differences(golden.read_text(), now, golden.name)


def case_indentation_made_anew_is_that_of_the_formatter(folder):
    sources = sorted((ROOT / "examples").glob("*/*.chasi")) + sorted((ROOT / "examples" / "bank").glob("*/*.chasi"))
    copies = {}
    for source in sources:
        copy = folder / f"{source.parent.name}-{source.name}"
        shutil.copy(source, copy)
        copies[copy] = source
    problems = _vim("indentation.vim", folder, folder / "out", FILES="\n".join(map(str, copies)))
    if problems or len(copies) < 10:
        return problems or ["there are no examples any more"]
    # The examples are as `chasic fmt` writes them (tests/examples/run).
    return [d for copy, source in copies.items() for d in _differences(source.read_text(), copy.read_text(), source.name)]


def case_quickfix_and_formatting_go_through_the_program(folder):
    (folder / "a.chasi").write_text('tenant retail {\n  foo = b\n}\nlet c: Int = "x"\n')
    (folder / "untidy").mkdir()
    (folder / "untidy" / "b.chasi").write_text("let   a=1\nlet b = 2\n")
    (folder / "bin").mkdir()
    (folder / "bin" / "chasic").symlink_to(Program(folder / "state").path)
    out = folder / "out"
    problems = _vim("quickfix.vim", folder, out, SAMPLE="a.chasi", UNTIDY="untidy/b.chasi", PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
    if problems:
        return problems
    said = out.read_text().splitlines()
    told = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in said if " " in line}
    wanted = {"a.chasi:1:8": "e ", "a.chasi:2:3": "e ", "a.chasi:4:14": "e ", "commentstring": "// %s", "shiftwidth": "2", "formatted": "let a = 1|let b = 2", "kept": "tenant = = {",
              "comment": "  // x"}
    problems = [f"{key}: wanted {value!r}, found {told.get(key)!r}" for key, value in wanted.items() if not told.get(key, "").startswith(value)]
    buffer = told.get("said", "0 1 0").split()
    if buffer[0] != buffer[1] or buffer[2] != "1":
        problems.append(f"a mistake in an unnamed text is not at its line in the buffer: {buffer}")
    return problems + (["\n".join(said)] if problems else [])


def case_help_is_found(folder):
    text = (PACKAGE / "doc" / "chasi.txt").read_text()
    commands = [c for c in ("ChasiFormat", "ChasiExplain") if f"*:{c}*" not in text]
    options = [o for o in ("g:chasi_program", "g:chasi_format_on_save") if f"*{o}*" not in text]
    return [f"doc/chasi.txt does not tell of {n}" for n in commands + options]
