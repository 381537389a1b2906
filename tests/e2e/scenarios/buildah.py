"""Images of ours in buildah, and of buildah with us: podman and buildah are one library."""

import os
import shutil
import subprocess

import layouts
from skip import Skip
from specs import write

SPEC = """image tools {
  copy        { "/data" = "files" }
  files       { "/etc/motd" = "hello" }
  entrypoint  = ["/data/run"]
  labels      { team = "shop" }
  compression = "%s"
}
"""


def buildah(folder, *words) -> str:
    """What it prints. Its stores are folders of the scenario; without a namespace of its own it needs root."""
    if not shutil.which("buildah"):
        raise Skip("buildah is not installed, so no image was given to it")
    if os.geteuid() != 0:
        raise Skip("buildah needs root here, so no image was given to it")
    place = ("--root", folder / "buildah", "--runroot", folder / "buildah-run", "--storage-driver", "vfs")
    done = subprocess.run([str(w) for w in ("buildah", *place, *words)], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"buildah {words}: {done.stderr}")
    return done.stdout.strip()


def case_buildah_takes_our_images_and_we_take_its(chasic):
    problems = []
    for compression in ("gzip", "zstd"):
        spec = write(chasic.state / compression, SPEC % compression)
        (spec / "files").mkdir()
        (spec / "files" / "run").write_text("#!/bin/sh\n")
        (spec / "files" / "run").chmod(0o755)
        ours, theirs = chasic.state / f"ours-{compression}", chasic.state / f"theirs-{compression}"
        problems += chasic.expect(0, "image", "build", spec, "--layout", ours)
        container = buildah(chasic.state, "from", "-q", "--pull-never", buildah(chasic.state, "pull", "-q", f"oci:{ours}:tools:latest"))
        tree = buildah(chasic.state, "mount", container)
        with open(f"{tree}/etc/motd", encoding="utf-8") as file:
            if file.read() != "hello" or not os.access(f"{tree}/data/run", os.X_OK):
                problems.append(f"{compression}: another tree")
        # A layer of its own on top, and back into a layout.
        with open(f"{tree}/etc/more", "w", encoding="utf-8") as file:
            file.write("of buildah")
        buildah(chasic.state, "commit", "-q", "--rm", container, f"oci:{theirs}:more")
        problems += chasic.expect(0, "image", "verify", theirs, says="0 problems") + chasic.expect(0, "image", "inspect", theirs, "more", says='entry   ["/data/run"]')
        problems += chasic.expect(0, "image", "unpack", theirs, "more", chasic.state / f"tree-{compression}")
        if (chasic.state / f"tree-{compression}" / "etc" / "more").read_text() != "of buildah":
            problems.append(f"{compression}: the layer of buildah did not come")
        # And as the base of one of ours.
        top = write(chasic.state / f"top-{compression}", 'image top { base = { layout = "base", ref = "more" }, files { "/top" = "x" } }\n')
        shutil.copytree(theirs, top / "base")
        problems += chasic.expect(0, "image", "build", top, "--layout", chasic.state / f"out-{compression}")
        if len(layouts.index(chasic.state / f"out-{compression}")) != 1:
            problems.append(f"{compression}: nothing was built on it")
    return problems
