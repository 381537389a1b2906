"""`chasic fix` moves a workspace on and never makes it worse; `chasic repl` answers from a pipe and on a terminal."""

import os
import pathlib
import pty
import select
import subprocess
import termios
import time

OLD = """\
import "./lib" as lib
schema Part { size: Int = 1, weight?: Int, height?: Int deprecated "use `weight`" }
# somebody's habit
let p = Part { height = 3 };
let   q = lib.onee
"""


def workspace(chasic, text: str = OLD) -> pathlib.Path:
    folder = chasic.state / "ws"
    (folder / "lib").mkdir(parents=True)
    (folder / "env").mkdir()
    (folder / "a.chasi").write_text(text)
    (folder / "lib" / "lib.chasi").write_text("let one=1\n")
    (folder / "env" / "prod.chasi").write_text("let x=1\n")
    (folder / ".chasi").mkdir()
    return folder


def texts(folder: pathlib.Path) -> dict:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*.chasi")) if p.is_file()}


def case_fix_does_what_is_mechanical(chasic) -> list:
    folder = workspace(chasic)
    before = texts(folder)
    shown = chasic.run("fix", ".", "--dry-run", cwd=folder)
    problems = [] if shown.code == 1 and texts(folder) == before else [f"a dry run changes nothing: {shown.told()}"]
    for line in ("-# somebody's habit", "+// somebody's habit", "+let p = Part { weight = 3 }", "+edition 2026", "+let one = 1", "+let x = 1"):
        if line not in shown.out.splitlines():
            problems.append(f"the diff lacks \"{line}\": {shown.told()}")
    listed = chasic.run("fix", ".", "--check", cwd=folder)
    if listed.code != 1 or listed.out.split() != ["a.chasi", "env/prod.chasi", "lib/lib.chasi", "workspace.chasi"] or texts(folder) != before:
        problems.append(listed.told())
    problems += chasic.expect(1, "fix", ".", cwd=folder, says="1 error left")
    once = texts(folder)
    if "lib.onee" not in once["a.chasi"]:
        problems.append("a guess was applied without being asked for")
    problems += chasic.expect(1, "fix", ".", cwd=folder, says="nothing to change")
    problems += chasic.expect(0, "fix", ".", "--suggestions", cwd=folder)
    if "let q = lib.one\n" not in texts(folder)["a.chasi"]:
        problems.append(f"the suggestion was not applied: {texts(folder)['a.chasi']}")
    problems += chasic.expect(0, "fix", ".", "--suggestions", "--check", cwd=folder, says="nothing to change")
    problems += chasic.expect(0, "check", ".", cwd=folder)
    return problems


def case_fix_leaves_alone_what_it_cannot_read(chasic) -> list:
    broken = "let a = [1, 2\nlet   b = 3\n"
    folder = workspace(chasic, broken)
    (folder / "workspace.chasi").write_text("edition 2031\n")
    outcome = chasic.run("fix", ".", cwd=folder)
    problems = [] if outcome.code == 1 else [outcome.told()]
    if texts(folder)["a.chasi"] != broken or texts(folder)["workspace.chasi"] != "edition 2031\n":
        problems.append(f"a file with mistakes was changed: {texts(folder)}")
    return problems


def case_fix_does_not_set_a_field_twice(chasic) -> list:
    """The new name stands behind the old one: replacing would make an error of a warning."""
    folder = workspace(chasic, 'schema Part { a?: Int, b?: Int deprecated "use `a`" }\nlet p = Part { b = 1, a = 2 }\n')
    problems = chasic.expect(0, "fix", ".", cwd=folder)
    if "Part { b = 1, a = 2 }" not in texts(folder)["a.chasi"]:
        problems.append(f"the block was changed: {texts(folder)['a.chasi']}")
    return problems


def case_fix_removes_imports_that_nothing_uses(chasic) -> list:
    """Not one that an environment uses or whose module declares something, nor what else nothing uses."""
    text = 'import std.sizes\nimport "./lib" as lib\nimport "./more"\n/// Left over.\nimport std.vcluster\n\ncluster home {}\ntenant team { on = home }\nlet unused = 1\n'
    folder = workspace(chasic, text)
    (folder / "more").mkdir()
    (folder / "more" / "more.chasi").write_text("cluster other {}\n")
    (folder / "env" / "prod.chasi").write_text("override tenant.team { quota = sizes.tinyQuota }\n")
    problems = chasic.expect(0, "fix", ".", "--suggestions", cwd=folder)
    expected = text.replace('import "./lib" as lib\n', "").replace("/// Left over.\nimport std.vcluster\n", "")
    if texts(folder)["a.chasi"] != expected:
        problems.append(f"other imports were removed: {texts(folder)['a.chasi']}")
    (folder / "workspace.chasi").write_text('edition 2026\nset allow = ["CH9004"]\n')
    (folder / "a.chasi").write_text(text)
    problems += chasic.expect(0, "fix", ".", cwd=folder, says="nothing to change")
    return problems


def case_the_repl_answers_from_a_pipe(chasic) -> list:
    asked = "let x = 3\nx + 1\n:type core.context\n[1,\n 2]\nlet x = 4\nx\n:env prod\nproduction\n:set release=r9\nrelease\nfn double(n: Int) -> Int = n * 2\ndouble(21)\n"
    right = chasic.run("repl", "examples/bank", stdin=asked)
    problems = []
    if right.code != 0 or right.out != "4\nString\n[\n  1,\n  2\n]\n4\ntrue\nr9\n42\n" or right.err:
        problems.append(right.told())
    wrong = chasic.run("repl", "examples/bank", stdin="nope\n1 + 1\n:env nope\n:quti\n:set a\n[1,\n")
    if wrong.code != 1 or wrong.out != "2\n":
        problems.append(wrong.told())
    for words in ("`nope` is not known here", "there are dev, prod", "did you mean `:quit`?", "CH8006"):
        if words not in wrong.err:
            problems.append(f"expected \"{words}\": {wrong.told()}")
    problems += chasic.expect(0, "repl", stdin="6 * 7\n", cwd=chasic.state, says="42")
    return problems


class Typing:
    """The program on a terminal of its own."""

    def __init__(self, chasic, *words):
        self.control, terminal = pty.openpty()
        self.before = termios.tcgetattr(terminal)
        environment = chasic.environment(TERM="xterm", XDG_STATE_HOME=str(chasic.state / "user"), NO_COLOR="1")
        self.process = subprocess.Popen([str(chasic.path), *words], stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True)
        os.close(terminal)
        self.seen = ""

    def wait(self, words: str, seconds: float = 30) -> bool:
        """Reads until this was said after what was waited for before."""
        end = time.monotonic() + seconds
        while words not in self.seen and time.monotonic() < end:
            if select.select([self.control], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.control, 65536).decode(errors="replace")
                except OSError:
                    break
        found = words in self.seen
        self.seen = self.seen[self.seen.find(words) + len(words):] if found else self.seen
        return found

    def type(self, keys: str) -> None:
        os.write(self.control, keys.encode())


def case_the_repl_on_a_terminal(chasic) -> list:
    def session(steps: list, workspace: str = "examples/bank") -> list:
        typing = Typing(chasic, "repl", workspace)
        problems = [] if typing.wait("chasi> ") else [f"no prompt: {typing.seen!r}"]
        for keys, answer in steps:
            typing.type(keys)
            if not typing.wait(answer):
                problems.append(f"typed {keys!r}, expected {answer!r}, saw {typing.seen!r}")
        # Once, and while the answer may still be on its way: what is typed ahead counts.
        typing.type("\x04")
        try:
            if typing.process.wait(60) != 0:
                problems.append(f"ended with {typing.process.returncode}")
        except subprocess.TimeoutExpired:
            typing.process.kill()
            problems.append("Ctrl-D does not end it")
        if termios.tcgetattr(typing.control) != typing.before:
            problems.append("the terminal is not as it was")
        os.close(typing.control)
        return problems

    # Completion of a name and of a field; an unfinished bracket; the last line again.
    problems = session([("1 + 41\n", "42"), ("paymen\t", "ts"), (".api.repl\t", "icas"), ("\n", "1\r\n"), ("[7,\n", "...> "), ("8]\n", "8\r\n]"), ("6 * 7\n", "42")])
    history = chasic.state / "user" / "chasi" / "history"
    if not history.exists() or history.stat().st_mode & 0o077:
        return problems + ["the history is not kept, or others may read it"]
    problems += session([("\x1b[A", "6 * 7"), ("\n", "42")])
    # Modules inside of modules, and what is in one of them.
    return problems + session([("k8s.app\t", "s"), (".v1.StatefulS\t", "et"), (" { metadata { name = \"a\" } }.kind.len()\n", "\r\n11\r\n")], "examples/typed")
