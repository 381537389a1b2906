"""The conformance suite of the OCI distribution specification: against `chasic image serve`, and as the author of odd images for our client."""

import json
import os
import re
import shutil
import subprocess
import threading

import cluster
from scenarios.serving import ask, serving
from scenarios.transfers import debian
from skip import Skip
from specs import write

FOLDER = cluster.HERE / "registry"
NO_DELETIONS = {f"OCI_API_{what}_DELETE": "false" for what in ("BLOBS", "MANIFESTS", "TAGS")}
KINDS = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"


BUILDING = threading.Lock()


def program():
    """Built once, and for whoever asks first."""
    file = cluster.BUILT / "conformance"
    if not shutil.which("go"):
        raise Skip("Go is not installed, so the conformance suite of OCI could not be built")
    with BUILDING:
        if why := cluster.built(file, "github.com/opencontainers/distribution-spec/conformance", FOLDER):
            raise Skip(why)
    return file


def suite(folder, host: str, **variables) -> str:
    """Its report. What it ends with says nothing: of a registry that is read only it cannot write the last of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([program()], cwd=folder, capture_output=True, text=True, timeout=120,
                          env={"PATH": os.environ["PATH"], "OCI_REGISTRY": host, "OCI_TLS": "disabled", "OCI_RESULTS_DIR": str(folder / "results"), **NO_DELETIONS, **variables})
    return done.stdout + done.stderr


def case_what_we_serve_is_read_by_the_rules(chasic):
    spec = write(chasic.state / "tools", 'image tools { files { "/a" = "hello" }, tag = "1.0", platforms = ["linux/amd64", "linux/arm64"], attest = ["sbom"] }\n')
    layout = chasic.state / "images"
    problems = chasic.expect(0, "image", "build", spec, "--layout", layout)
    blobs = [f"sha256:{p.name}" for p in sorted((layout / "blobs" / "sha256").iterdir())]
    root = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    with serving(chasic, layout) as host:
        report = suite(chasic.state / "suite", host, OCI_REPO1="tools", OCI_API_PUSH="false", OCI_RO_DATA_TAGS="1.0", OCI_RO_DATA_MANIFESTS=root, OCI_RO_DATA_REFERRERS=root, OCI_RO_DATA_BLOBS=" ".join(blobs))
    passed, failed = (int(re.search(rf"^  {what}\.+: +(\d+)$", report, re.MULTILINE)[1]) for what in ("Pass", "FAIL"))
    return problems + ([] if "OCI Conformance Result: Pass" in report and failed == 0 and passed >= 2 * len(blobs) else [report])


def read(host: str, path: str) -> bytes:
    return ask(host, f"/v2/{path}", Accept=KINDS)[1]


def case_images_of_the_suite_come_and_go(chasic):
    """Indexes in indexes, artifacts, manifests of a megabyte, data in descriptors, unknown fields, nothing in layers."""
    problems, layout = [], chasic.state / "there"
    with debian(chasic.state) as host:
        suite(chasic.state / "suite", host)  # Debian's registry is older than the specification; what matters is what it was given
        tags = json.loads(read(host, "conformance/repo1/tags/list"))["tags"]
        if len(tags) < 10:
            problems.append(f"only {tags}")
        for tag in tags:
            problems += chasic.expect(0, "image", "pull", f"{host}/conformance/repo1:{tag}", layout)
            problems += chasic.expect(0, "image", "push", layout, f"repo1:{tag}", f"{host}/back/again:{tag}")
            if read(host, f"back/again/manifests/{tag}") != read(host, f"conformance/repo1/manifests/{tag}"):
                problems.append(f"{tag} came back as something else")
    return problems
