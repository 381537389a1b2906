"""The same layouts, byte for byte, whoever builds them, where and when."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import layouts
from specs import SHOP, write

SPEC = SHOP + """
image tools { copy { "/srv" = "tree" }, platforms = ["linux/amd64", "linux/arm64"], attest = ["sbom", "provenance"] }
image packed { base = { layout = "other", ref = "base" }, compression = "zstd", copy { "/srv" = "tree" } }
image site { base = tools, render = [shop], carry = [packed], images { manifests = false }, files { "/etc/motd" = "hello" }, attest = ["sbom", "provenance"], tag = "1.0" }
"""
NAMES = ["a", "z/exec", "ünï/ç", "n" * 120, "d" * 90 + "/" + "e" * 90, "empty", "big"]


def fill(folder: pathlib.Path, backwards: bool, age: int) -> pathlib.Path:
    """The same workspace, made in another order, at another time, and with other rights of those that no image keeps."""
    write(folder, SPEC)
    (folder / "workspace.chasi").write_text('edition 2026\nset name = "bank"\n')
    layouts.layout(folder / "other", "base", layouts.layer(("usr/base", b"base" * 100)))
    for name in sorted(NAMES, reverse=backwards):
        file = folder / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"" if name == "empty" else name.encode() * (200_000 if name == "big" else 10))
        file.chmod((0o700 if backwards else 0o755) if name == "z/exec" else 0o600 if backwards else 0o644)
    (folder / "tree" / "link").symlink_to("z/exec")
    for path in sorted(folder.rglob("*")):
        os.utime(path, (10**9 + age, 10**9 + age), follow_symlinks=False)
    return folder


def contents(layout: pathlib.Path) -> dict:
    return {str(p.relative_to(layout)): p.read_bytes() for p in sorted(layout.rglob("*")) if p.is_file() and p.suffix != ".lock"}


def build(chasic, spec: pathlib.Path, before: list, mask: int, **variables) -> dict:
    done = subprocess.run([*before, str(chasic.path), "image", "build", "-q", str(spec), "--layout", str(spec / "out")], capture_output=True, text=True, timeout=180,
                          umask=mask, cwd=spec, env={**chasic.environment(spec / "state"), "HOME": str(spec), **variables})
    return contents(spec / "out") if done.returncode == 0 else {"failed": f"{before} {done.stderr}".encode()}


def elsewhere() -> str:
    """A file system of another type, if there is one that can be written to."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else tempfile.gettempdir()


def case_other_users_places_and_times_build_the_same_bytes(chasic):
    first = build(chasic, fill(chasic.state / "here", False, 0), [], 0o022, TZ="UTC")
    others = {"one processor": build(chasic, fill(chasic.state / "one", False, 5), ["taskset", "-c", str(min(os.sched_getaffinity(0)))], 0o022)}
    away = pathlib.Path(tempfile.mkdtemp(prefix="chasi-e2e-", dir=elsewhere()))
    try:
        others["place and time"] = build(chasic, fill(away / "b", True, 10**8), [], 0o077, TZ="Asia/Kathmandu", LC_ALL="C")
        if os.geteuid() == 0:
            spec = fill(away / "c", True, 7)
            for path in (away, *away.rglob("*")):
                os.chown(path, 65534, 65534, follow_symlinks=False)
            others["user"] = build(chasic, spec, ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"], 0o027, TZ="America/St_Johns")
    finally:
        shutil.rmtree(away, ignore_errors=True)
    problems = [f"the first build: {first}"] if len(first) < 15 else []
    for what, other in others.items():
        differ = sorted(name for name in {*first, *other} if first.get(name) != other.get(name))
        problems += [f"another {what} gives other bytes: {differ[:5]} {other.get('failed', b'').decode()}"] if differ else []
    return problems
