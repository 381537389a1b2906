"""What tests need of node: the packages of the VS Code extension, fetched once into build/editors."""

import functools
import re
import shutil
import subprocess

from report import ROOT
from skip import Skip

EXTENSION = ROOT / "editors" / "vscode"
WORK = ROOT / "build" / "editors" / "vscode"
SECONDS = 300  # fetching packages on a slow line; all else takes seconds
OLDEST = 18  # of Debian 12, and what the extension is bundled for

# What npm says when it cannot reach the registry: no fault of ours.
UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network")


def run(*words, cwd=WORK, seconds: int = SECONDS) -> subprocess.CompletedProcess:
    return subprocess.run([str(w) for w in words], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="backslashreplace", timeout=seconds)


def told(done: subprocess.CompletedProcess) -> list:
    """The problems of a run: none when it ended well."""
    if done.returncode == 0:
        return []
    return [f"{' '.join(map(str, done.args))}: exit {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}"]


@functools.cache
def _installed() -> tuple:
    """Why there are no packages, and what went wrong with them; both empty when they are there."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            return f"{program} is not installed, so the VS Code extension was neither built nor tested", ""
    version = run("node", "--version", cwd=ROOT).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST:
        return f"node is {version} and {OLDEST} is needed, so the VS Code extension was neither built nor tested", ""
    done = run(EXTENSION / "build", "--install", cwd=ROOT)
    if done.returncode == 0:
        return "", ""
    if UNREACHABLE.search(done.stderr + done.stdout):
        return "the registry of npm cannot be reached, so the VS Code extension was neither built nor tested", ""
    return "", "\n".join(told(done))


def packages() -> None:
    """Makes sure that node's packages are there, or says what was not tested."""
    reason, problem = _installed()
    if reason:
        raise Skip(reason)
    if problem:
        raise AssertionError(problem)


@functools.cache
def _built() -> list:
    return told(run(EXTENSION / "build", cwd=ROOT))


def built() -> list:
    """Builds the extension once for all cases; the problems of that."""
    packages()
    return _built()
