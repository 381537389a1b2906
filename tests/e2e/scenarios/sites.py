"""What an image brings to a site: rendered declarations, applied from inside it; and its files on disk."""

import json
import shutil
import subprocess
import tarfile

from layouts import layer, layout
from specs import SHOP, write

SITE = SHOP + """
system extra {
  tenant = team
  component job { image = "docker.io/library/busybox:1.37.0" }
}
image site { render = [shop], tag = "1.0", env { SITE = "shop" } }
"""


def case_a_site_without_the_specification_applies_what_an_image_brings(chasic):
    spec = write(chasic.state / "bank", SITE)
    images, there = chasic.state / "out", chasic.state / "there"
    problems = chasic.expect(0, "image", "build", spec, "--layout", images) + chasic.expect(0, "image", "save", images, chasic.state / "site.tar")
    problems += chasic.expect(0, "image", "load", chasic.state / "site.tar", there) + chasic.expect(0, "image", "unpack", there, "site:1.0", chasic.state / "site")
    plan = chasic.state / "site" / "plan.json"
    arrived = json.loads(plan.read_text())
    if arrived["workspace"] != "bank-site" or not arrived["offline"] or any(op["owner"] == "system.extra" or "source" in op for op in arrived["operations"]):
        problems.append(f"what arrived: {arrived['workspace']} {[op['id'] for op in arrived['operations']]}")
    manifests = sorted(p.name for p in (chasic.state / "site" / "manifests").rglob("*.yaml"))
    if "deployment-shop-web.yaml" not in manifests or "namespace-team.yaml" not in manifests or len(manifests) != len(arrived["operations"]):
        problems.append(f"manifests: {manifests}")
    # It is compared where it arrives, applied, and finds nothing to do a second time.
    problems += chasic.expect(2, "plan", plan, "--detailed-exitcode", says="to create") + chasic.expect(0, "apply", plan, "--yes", says="created")
    problems += chasic.expect(0, "plan", plan, "--detailed-exitcode", says="0 to create") + chasic.expect(0, "plan", plan, "--offline", says="compared with nothing")
    # Another comment changes no image; another object does, and an apply of the new plan changes that object alone.
    problems += chasic.expect(0, "image", "build", write(spec, "// changed\n\n" + SITE), "--layout", images, says="unchanged")
    newer = SITE.replace("copies: Int = 2", "copies: Int = 3").replace('tag = "1.0"', 'tag = "1.1"')
    problems += chasic.expect(0, "image", "build", write(spec, newer), "--layout", images) + chasic.expect(0, "image", "unpack", images, "site:1.1", chasic.state / "newer")
    return problems + chasic.expect(0, "apply", chasic.state / "newer" / "plan.json", "--yes", says="1 to change")


def case_commands_of_an_image_run_among_its_files_with_its_parameters(chasic):
    first, second = "test ! -e stop && echo for $NAME: $(cat note) >> done", "echo $NAME > last; exit 0"
    text = f'image site {{ files {{ "/note" = "hello" }}, parameters {{ NAME = "shop" }}, launch = [{json.dumps(first)}, {json.dumps(second)}] }}\n'
    images, there = chasic.state / "out", chasic.state / "there"
    problems = chasic.expect(0, "image", "build", write(chasic.state / "bank", text), "--layout", images) + chasic.expect(0, "image", "inspect", images, says="parameter NAME = shop")
    words = ("image", "launch", images, "site:latest", there)
    problems += chasic.expect(64, *words, says="say --yes") + chasic.expect(1, *words, "--set", "NAM=x", "--yes", says="it has NAME")
    if there.exists():
        problems.append("unpacked without a word")
    problems += chasic.expect(0, *words, "--yes") + chasic.expect(0, *words, "--set", "NAME=till", "--yes", says="already")
    if (there / "done").read_text() != "for shop: hello\nfor till: hello\n" or (there / "last").read_text() != "till\n":
        problems.append(f"{(there / 'done').read_text()} {(there / 'last').read_text()}")
    (there / "stop").touch()
    problems += chasic.expect(3, *words, "--yes", says="CH7016")
    problems += chasic.expect(0, "image", "build", write(chasic.state / "bank", text.replace("hello", "other")), "--layout", images)
    return problems + chasic.expect(4, *words, "--yes", says="not empty") + ([] if (there / "last").read_text() == "till\n" else ["the second command ran"])


def case_what_an_image_must_not_carry_is_refused(chasic):
    clear = '{ apiVersion = "v1", kind = "Secret", metadata = { name = "db", namespace = "default" }, stringData = { password = "s3cret-word" } }'
    spec = write(chasic.state / "bank", 'cluster home { context = "local" }\nobjects logins { on = home, all = [' + clear + "] }\nimage site { render = [logins] }\n")
    built = chasic.run("image", "build", spec, "--layout", chasic.state / "out")
    problems = [] if built.code == 1 and "CH7015" in built.err and "s3cret-word" not in built.out + built.err else [built.told()]
    if (chasic.state / "out" / "index.json").exists() and "site" in (chasic.state / "out" / "index.json").read_text():
        problems.append("an image came of it")
    planned = chasic.run("plan", spec)
    return problems + ([] if planned.code == 1 and "CH7015" in planned.err + planned.out else [planned.told()])


def case_files_of_an_image_come_as_a_container_would_see_them(chasic):
    lower = layer(("bin", tarfile.SYMTYPE, "usr/bin"), ("usr", tarfile.DIRTYPE, ""), ("usr/bin", tarfile.DIRTYPE, ""), ("usr/bin/tool", b"one"), ("etc/old", b"old"), ("etc/kept", b"kept"), ("var/a/b", b"x"))
    upper = layer(("bin/more", b"two"), ("usr/bin/same", tarfile.LNKTYPE, "usr/bin/tool"), ("etc/.wh.old", b""), ("var/.wh..wh..opq", b""), ("var/c", b"y"), ("etc/kept", b"newer"))
    images = layout(chasic.state / "images", "it:1", lower, upper)
    problems = chasic.expect(0, "image", "unpack", images, "it:1", chasic.state / "it", says="5 files")
    seen = {str(p.relative_to(chasic.state / "it")): p.read_text() for p in (chasic.state / "it").rglob("*") if p.is_file() and not p.is_symlink()}
    wanted = {"usr/bin/tool": "one", "usr/bin/more": "two", "usr/bin/same": "one", "etc/kept": "newer", "var/c": "y"}
    if seen != wanted:
        problems.append(f"files: {seen}")
    if shutil.which("umoci"):
        done = subprocess.run(["umoci", "unpack", "--rootless", "--image", f"{images}:it:1", chasic.state / "umoci"], capture_output=True, text=True)
        same = subprocess.run(["diff", "-r", "--no-dereference", chasic.state / "umoci" / "rootfs", chasic.state / "it"], capture_output=True, text=True)
        if done.returncode != 0 or same.returncode != 0:
            problems.append(f"umoci: {done.stderr}{same.stdout}")
    return problems + chasic.expect(4, "image", "unpack", images, "it:1", chasic.state / "it", says="CH7006") + chasic.expect(1, "image", "unpack", images, "it:2", chasic.state / "no", says="CH7005")


def case_an_image_that_means_harm_writes_nothing_elsewhere(chasic):
    outside = chasic.state / "outside"
    outside.mkdir()
    (outside / "victim").write_text("whole")
    # The last one hides a link behind another name of its folder.
    bad = {
        "up": [layer(("../outside/evil", b"x"))], "link": [layer(("out", tarfile.SYMTYPE, str(outside)), ("out/evil", b"x"))],
        "deep": [layer(("a", tarfile.SYMTYPE, "../../.."), ("a/outside/evil", b"x"))], "hard": [layer(("evil", tarfile.LNKTYPE, "../outside/victim"))],
        "device": [layer(("dev/sda", tarfile.BLKTYPE, ""))], "loop": [layer(("a", tarfile.SYMTYPE, "b"), ("b", tarfile.SYMTYPE, "a"), ("a/x", b"x"))],
        "layers": [layer(("out", tarfile.SYMTYPE, str(outside))), layer(("out/victim", b"x"), ("out/.wh.victim", b""))],
        "alias": [layer(("y", tarfile.DIRTYPE, ""), ("x", tarfile.SYMTYPE, "y"), ("x/evil", tarfile.SYMTYPE, str(outside)), ("y/evil/victim", b"x"), ("y/evil/new", b"x"))],
    }
    problems = []
    for what, layers in bad.items():
        images = layout(chasic.state / f"images-{what}", "it:1", *layers)
        done = chasic.run("image", "unpack", images, "it:1", chasic.state / f"it-{what}")
        if done.code not in (0, 4) or (done.code == 4 and ("error[CH" not in done.err or (chasic.state / f"it-{what}").exists())):
            problems.append(f"{what}: {done.told()}")
        if what in ("up", "hard", "device", "loop") and done.code != 4:
            problems.append(f"{what} was taken: {done.told()}")
        if sorted(p.name for p in outside.iterdir()) != ["victim"] or (outside / "victim").read_text() != "whole":
            problems.append(f"{what}: written outside")
    spoilt = layout(chasic.state / "spoilt", "it:1", layer(("a", b"x" * 5000)))
    blob = max((spoilt / "blobs" / "sha256").iterdir(), key=lambda p: p.stat().st_size)
    blob.write_bytes(blob.read_bytes().replace(b"xxxx", b"yyyy", 1))
    problems += chasic.expect(4, "image", "unpack", spoilt, "it:1", chasic.state / "it", says="does not have the digest")
    left = [p.name for p in chasic.state.iterdir() if "partial" in p.name]
    return problems + ([f"left behind: {left}"] if left else [])
