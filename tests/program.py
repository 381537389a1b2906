"""Runs chasic in tests: a state folder of its own, nothing of the caller's environment, a time limit, and the whole story
of a run that went wrong."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from report import ROOT, binary

SECONDS = 180  # of a sanitized build on a busy machine


class Outcome:
    def __init__(self, words: list, code: int, out: str, err: str):
        self.words, self.code, self.out, self.err = words, code, out, err

    def told(self) -> str:
        tail = "\n".join((self.err + self.out).splitlines()[-25:])
        return f"chasic {' '.join(str(w) for w in self.words)}: exit {self.code}\n{tail}"


class Program:
    def __init__(self, folder: pathlib.Path, preset: str = "dev"):
        self.path = binary(preset)
        self.state = folder
        self.state.mkdir(parents=True, exist_ok=True)
        self.variables = {}  # of the environment, for every run

    def environment(self, state: pathlib.Path = None, **more) -> dict:
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
        keep.update(CHASI_STATE=str(state or self.state), KUBECONFIG=str(self.state / "no-kubeconfig"), LC_ALL="C.UTF-8",
                    XDG_CACHE_HOME=str(self.state / "cache"),
                    ASAN_OPTIONS="detect_leaks=0", UBSAN_OPTIONS="print_stacktrace=1")
        keep.update(self.variables, **more)
        return keep

    def run(self, *words, state: pathlib.Path = None, cwd: pathlib.Path = ROOT, stdin: str = None, timeout: float = SECONDS, **more) -> Outcome:
        words = [str(w) for w in words]
        try:
            done = subprocess.run([str(self.path), *words], cwd=cwd, env=self.environment(state, **more), input=stdin, capture_output=True,
                                  text=True, errors="backslashreplace", timeout=timeout, stdin=None if stdin is not None else subprocess.DEVNULL)
        except subprocess.TimeoutExpired as late:
            return Outcome(words, -1, "", f"no end after {timeout} s\n{late.stderr or ''}")
        return Outcome(words, done.returncode, done.stdout, done.stderr)

    def start(self, *words, **more) -> subprocess.Popen:
        return subprocess.Popen([str(self.path), *[str(w) for w in words]], cwd=ROOT, env=self.environment(**more), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def expect(self, code: int, *words, says: str = "", **more) -> list:
        """No problem when the run ends with this code, and says this."""
        outcome = self.run(*words, **more)
        if outcome.code != code:
            return [f"expected exit {code}; {outcome.told()}"]
        if says and says not in outcome.out + outcome.err:
            return [f"expected it to say \"{says}\"; {outcome.told()}"]
        return []


@contextlib.contextmanager
def scratch(name: str):
    base = ROOT / "build" / "scratch"
    base.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
