"""Images between layouts and registries: ours in memory, and Debian's `docker-registry` where it is installed."""

import contextlib
import hashlib
import json
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.request

from layouts import layer
from registry import Registry
from skip import Skip
from specs import write

TOOLS = """image tools {
  copy      { "/data" = "files" }
  files     { "/etc/motd" = "hello" }
  tag       = "1.0"
  platforms = ["linux/amd64", "linux/arm64"]
}
"""


def built(chasic):
    """A layout with an image of two platforms and some 300 KB."""
    spec = write(chasic.state / "tools", TOOLS)
    (spec / "files").mkdir(exist_ok=True)
    (spec / "files" / "noise").write_bytes(b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(9000)))
    layout = chasic.state / "images"
    return layout, chasic.expect(0, "image", "build", spec, "--layout", layout)


def login(chasic, host: str, password: str):
    (chasic.state / "config.json").write_text(json.dumps({"auths": {host: {"username": "ann", "password": password}}}))
    chasic.variables["DOCKER_CONFIG"] = str(chasic.state)


def figures(outcome) -> dict:
    return json.loads(outcome.out) if outcome.code == 0 else {}


def case_an_image_goes_into_a_registry_and_comes_back_and_nothing_moves_twice(chasic):
    layout, problems = built(chasic)
    for how in (None, "basic", "bearer"):
        with Registry(login=how) as registry:
            login(chasic, registry.host, "s3cret")
            address = f"{registry.host}/team/tools"
            first = chasic.run("image", "push", layout, "tools:1.0", address, "--format", "json")
            again = chasic.run("image", "push", layout, "tools:1.0", address, "--format", "json")
            if figures(first).get("moved") != 4 or figures(again).get("moved") != 0 or figures(again).get("changed"):
                problems.append(f"{how}: {first.told()} {again.told()}")
            there = chasic.state / f"there-{how}"
            came = chasic.run("image", "pull", f"{address}:1.0", there, "--format", "json")
            if figures(came).get("digest") != figures(first).get("digest") or figures(came).get("moved") != 4:
                problems.append(f"{how}: {came.told()}")
            problems += chasic.expect(0, "image", "verify", there, says="0 problems")
            problems += chasic.expect(0, "image", "pull", f"{address}:1.0", there, says="unchanged")
            one = chasic.run("image", "pull", f"{address}:1.0", there, "arm", "--platform", "linux/arm64", "--format", "json")
            if one.code != 0 or figures(one).get("moved") != 0:
                problems.append(one.told())
            registry.requests.clear()
            copied = chasic.run("image", "copy", f"{address}:1.0", f"{registry.host}/mirror/tools:2", "--format", "json")
            if figures(copied).get("digest") != figures(first).get("digest") or any(r.startswith("GET") and "/blobs/sha256" in r for r in registry.requests):
                problems.append(f"{how}: {copied.told()} {registry.requests}")
            if how:
                login(chasic, registry.host, "wrong")
                problems += chasic.expect(4, "image", "pull", f"{address}:1.0", chasic.state / "nothing", says="CH7102")
                if (chasic.state / "nothing" / "index.json").exists() and "tools" in (chasic.state / "nothing" / "index.json").read_text():
                    problems.append("something is visible that never came")
    return problems


def case_a_transfer_that_breaks_off_goes_on_where_it_was(chasic):
    layout, problems = built(chasic)
    for ranges in (True, False):
        with Registry(breaks=3, ranges=ranges) as registry:
            address = f"{registry.host}/team/tools:1.0"
            problems += chasic.expect(0, "image", "push", layout, "tools:1.0", address)
            if registry.breaks >= 0:
                problems.append(f"nothing broke off: {registry.requests}")
            registry.breaks = 3
            there = chasic.state / f"there-{ranges}"
            problems += chasic.expect(0, "image", "pull", address, there)
            problems += chasic.expect(0, "image", "verify", there, says="0 problems")
            # One that breaks off for good leaves nothing visible, and what came stays for the next try.
            registry.breaks = registry.stuck = 1000
            last = chasic.state / f"last-{ranges}"
            problems += chasic.expect(4, "image", "pull", address, last, says="CH7101")
            if "tools" in (last / "index.json").read_text():
                problems.append("the name is there before the image")
            had = sum(p.stat().st_size for p in (last / ".chasi").glob("part-*"))
            registry.breaks = registry.stuck = 0
            done = chasic.run("image", "pull", address, last, "--format", "json")
            if done.code != 0 or not 0 < had < 200_000 or figures(done)["moved"] != 1 or figures(done)["bytes"] + had != max(p.stat().st_size for p in (last / "blobs/sha256").iterdir()):
                problems.append(f"{had} bytes were there: {done.told()}")
            problems += chasic.expect(0, "image", "verify", last, says="0 problems")
    return problems


def case_a_registry_that_lies_is_believed_nothing(chasic):
    layout, problems = built(chasic)
    with Registry() as registry:
        address = f"{registry.host}/team/tools:1.0"
        problems += chasic.expect(0, "image", "push", layout, "tools:1.0", address)
        for number, spoil in enumerate((lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b + b"x", lambda b: b[:-1])):
            registry.spoil = spoil
            there = chasic.state / f"there-{number}"
            refused = chasic.run("image", "pull", address, there)
            if refused.code != 4 or not ("CH7104" in refused.err or "CH7101" in refused.err) or "tools" in (there / "index.json").read_text():
                problems.append(refused.told())
            registry.spoil = None
            problems += chasic.expect(0, "image", "pull", address, there) + chasic.expect(0, "image", "verify", there, says="0 problems")
        problems += chasic.expect(1, "image", "pull", f"{registry.host}/team/other:1", chasic.state / "none", says="CH7103")
        problems += chasic.expect(1, "image", "pull", address, chasic.state / "none", "--platform", "linux/s390x", says="it is for linux/amd64, linux/arm64")
    return problems


@contextlib.contextmanager
def debian(folder):
    """A real registry of its own."""
    if not shutil.which("docker-registry"):
        raise Skip("docker-registry is not installed")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    config = folder / "registry.yml"
    config.write_text(f"version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {folder / 'registry'}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n")
    server = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=1)
                break
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def case_a_real_registry_and_skopeo_take_what_we_send(chasic):
    layout, problems = built(chasic)
    with debian(chasic.state) as host:
        address = f"{host}/team/tools"
        problems += chasic.expect(0, "image", "push", layout, "tools:1.0", address)
        copied = chasic.run("image", "copy", f"{address}:1.0", f"{host}/mirror/tools:1.0", "--format", "json")
        if figures(copied).get("mounted") != 4:
            problems.append(copied.told())
        problems += chasic.expect(0, "image", "pull", f"{host}/mirror/tools:1.0", chasic.state / "back") + chasic.expect(0, "image", "verify", chasic.state / "back", says="0 problems")
        if shutil.which("skopeo"):
            for words in (["inspect", "--tls-verify=false", f"docker://{address}:1.0"],
                          ["--insecure-policy", "copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false", f"docker://{address}:1.0", f"docker://{host}/skopeo/tools:1.0"]):
                done = subprocess.run(["skopeo", *words], capture_output=True, text=True, timeout=120)
                if done.returncode != 0:
                    problems.append(f"skopeo {words}: {done.stderr}")
            problems += chasic.expect(0, "image", "pull", f"{host}/skopeo/tools:1.0", chasic.state / "back")
    return problems


def archive(path, *entries):
    path.write_bytes(layer(*entries))
    return path


def case_images_travel_in_a_file_and_only_what_is_new_needs_to(chasic):
    layout, problems = built(chasic)
    one, two = chasic.state / "one.tar", chasic.state / "two.tar"
    problems += chasic.expect(0, "image", "save", layout, one) + chasic.expect(0, "image", "save", layout, two, "tools:1.0")
    if one.read_bytes() != two.read_bytes():
        problems.append("the same image in other bytes")
    there = chasic.state / "there"
    problems += chasic.expect(0, "image", "load", one, there, says="7 new blobs") + chasic.expect(0, "image", "load", one, there, says="0 new blobs, 0 bytes; 7 were there")
    problems += chasic.expect(0, "image", "verify", there, says="0 problems")
    # A new version whose large file is the same: the bundle is small, and fits only where the rest is.
    spec = write(chasic.state / "tools", TOOLS.replace("hello", "good bye").replace('"1.0"', '"1.1"'))
    problems += chasic.expect(0, "image", "build", spec, "--layout", layout)
    bundle = chasic.state / "bundle.tar"
    problems += chasic.expect(0, "image", "save", layout, bundle, "tools:1.1", "--without", one, says="1 left out")
    if bundle.stat().st_size > 60_000 or one.stat().st_size < 280_000:
        problems.append(f"the bundle has {bundle.stat().st_size} bytes, the whole {one.stat().st_size}")
    empty = chasic.state / "empty"
    problems += chasic.expect(4, "image", "load", bundle, empty, says="lacks 1 blobs of tools:1.1")
    if "tools" in (empty / "index.json").read_text():
        problems.append("the name is there without the image")
    problems += chasic.expect(0, "image", "load", bundle, there) + chasic.expect(0, "image", "verify", there, says="0 problems")
    if shutil.which("skopeo"):
        for words in (["inspect", f"oci-archive:{one}:tools:1.0"], ["--insecure-policy", "copy", "--all", f"oci-archive:{one}:tools:1.0", f"oci-archive:{chasic.state / 'skopeo.tar'}"]):
            done = subprocess.run(["skopeo", *words], capture_output=True, text=True, timeout=120)
            problems += [] if done.returncode == 0 else [f"skopeo {words}: {done.stderr}"]
        problems += chasic.expect(1, "image", "load", chasic.state / "skopeo.tar", chasic.state / "third", says="has no name")
        problems += chasic.expect(0, "image", "load", chasic.state / "skopeo.tar", chasic.state / "third", "tools:9")
    return problems


def case_an_archive_that_means_harm_changes_nothing(chasic):
    layout, problems = built(chasic)
    whole = chasic.state / "whole.tar"
    problems += chasic.expect(0, "image", "save", layout, whole)
    with tarfile.open(whole) as tar:
        good = [(m.name, tar.extractfile(m).read()) for m in tar.getmembers() if m.isfile()]
    blob = next(i for i, (name, _) in enumerate(good) if name.startswith("blobs/"))
    spoilt = good[:blob] + [(good[blob][0], good[blob][1] + b" ")] + good[blob + 1:]
    cut = chasic.state / "cut.tar"
    cut.write_bytes(whole.read_bytes()[:100_000])
    bad = {
        "up": archive(chasic.state / "up.tar", ("../evil", b"x"), *good), "root": archive(chasic.state / "root.tar", ("/etc/evil", b"x"), *good),
        "link": archive(chasic.state / "link.tar", ("blobs/sha256/" + "a" * 64, tarfile.SYMTYPE, "/etc/passwd"), *good),
        "hard": archive(chasic.state / "hard.tar", *good, ("blobs/sha256/" + "b" * 64, tarfile.LNKTYPE, good[blob][0])),
        "device": archive(chasic.state / "device.tar", ("blobs/sha256/" + "c" * 64, tarfile.CHRTYPE, ""), *good),
        "digest": archive(chasic.state / "digest.tar", *spoilt), "name": archive(chasic.state / "name.tar", ("blobs/sha256/zz", b"x"), *good),
        "index": archive(chasic.state / "index.tar", *[(n, b"[" * 5000 if n == "index.json" else c) for n, c in good]),
        "large": archive(chasic.state / "large.tar", *[(n, b" " * 5_000_000 if n == "index.json" else c) for n, c in good]),
        "none": archive(chasic.state / "none.tar", ("oci-layout", b"{}")), "cut": cut,
    }
    for what, file in bad.items():
        there = chasic.state / f"there-{what}"
        done = chasic.run("image", "load", file, there)
        if done.code != 4 or "CH7004" not in done.err or "tools" in (there / "index.json").read_text():
            problems.append(f"{what}: {done.told()}")
        problems += chasic.expect(0, "image", "load", whole, there) + chasic.expect(0, "image", "verify", there, says="0 problems")
    return problems + chasic.expect(4, "image", "load", chasic.state / "nowhere.tar", chasic.state / "x", says="cannot be opened")
