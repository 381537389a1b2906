"""Images that stand on images of registries and archives, or carry them: pinned, fetched once, the same everywhere."""

import json
import shutil

from foreign import DOCKER, blob_of, carried, digest, index_of, put
from registry import Registry
from specs import write


def spec(chasic, registry, more: str = "", platforms: str = '"linux/amd64"', base: str = "base:1"):
    return write(chasic.state / "app", f"""image edge {{
  base      = "{registry.host}/team/{base}"
  platforms = [{platforms}]
  files     {{ "/etc/edge" = "hello" }}
  tag       = "1"
  carry     = [{more}]
}}
""")


def lock(here) -> dict:
    return {i["name"]: i["digest"] for i in json.loads((here / "chasi.lock").read_text()).get("images", [])} if (here / "chasi.lock").exists() else {}


def case_an_image_of_a_registry_is_pinned_and_fetched_once(chasic):
    problems = []
    with Registry() as registry:
        base, web = put(registry, "team/base", "1"), put(registry, "team/web", "2", word="web")
        here = spec(chasic, registry, f'"{registry.host}/team/web:2", "{registry.host}/team/base:1@{base}"')
        for words in (["check"], ["image", "build"], ["plan", "--offline"], ["image", "pin", "--check"]):
            problems += chasic.expect(1, *words, here, says=f"{registry.host}/team/base:1 is not pinned to a digest")
        problems += chasic.expect(1, "check", here, says="run `chasic image pin")
        if registry.requests:
            problems.append(f"something was asked: {registry.requests}")
        problems += chasic.expect(0, "image", "pin", here, says=f"{web}  pinned")
        if lock(here) != {f"{registry.host}/team/base:1": base, f"{registry.host}/team/web:2": web}:
            problems.append(f"the lock: {lock(here)}")
        registry.requests.clear()
        problems += chasic.expect(0, "image", "pin", here, says="nothing changed") + chasic.expect(0, "image", "pin", "--check", here) + chasic.expect(0, "check", here)
        if registry.requests:
            problems.append(f"what is pinned was asked about: {registry.requests}")
        layout = chasic.state / "layout"
        problems += chasic.expect(4, "image", "build", here, "--offline", says="CH7105")
        problems += chasic.expect(0, "image", "build", here, "--layout", layout, says="built") + chasic.expect(0, "image", "verify", layout, says="0 problems")
        registry.requests.clear()
        problems += chasic.expect(0, "image", "build", here, "--layout", layout, says="unchanged")
        problems += chasic.expect(0, "image", "build", here, "--layout", chasic.state / "other", "--offline", says="built")
        if registry.requests:
            problems.append(f"asked again: {registry.requests}")
        if (layout / "index.json").read_bytes() != (chasic.state / "other" / "index.json").read_bytes():
            problems.append("another layout, another image")
        found = carried(layout, "edge:1")
        if set(found) != {f"{registry.host}/team/web:2", f"{registry.host}/team/base:1@{base}"} or found[f"{registry.host}/team/base:1@{base}"]["digest"] != base:
            problems.append(f"carried: {found}")
        travels = blob_of(layout, found[f"{registry.host}/team/web:2"]["digest"])
        if [m["platform"]["architecture"] for m in travels["manifests"]] != ["amd64"] or travels["annotations"]["dev.chasi.origin"] != web:
            problems.append(f"what travels of an index: {travels}")
        # The layout has all that counts: without the cache, nothing but manifests is asked for.
        shutil.rmtree(chasic.state / "cache" / "images-fetched")
        problems += chasic.expect(0, "image", "build", here, "--layout", layout, says="unchanged")
        if [r for r in registry.requests if "/blobs/" in r and "GET" in r and r.split("/")[-1] not in {m["config"]["digest"] for m in (json.loads(t) for _, t in registry.manifests.values()) if "config" in m}]:
            problems.append(f"layers were fetched that are there: {registry.requests}")
    shutil.rmtree(chasic.state / "cache" / "images-fetched")
    return problems + chasic.expect(4, "image", "build", here, "--layout", chasic.state / "third", says="CH7101")


def case_pins_follow_what_addresses_lead_to_when_that_is_wanted(chasic):
    problems = []
    with Registry() as registry:
        first = put(registry, "team/base", "1")
        here = spec(chasic, registry)
        (here / "env").mkdir(exist_ok=True)
        (here / "env" / "prod.chasi").write_text(f'override edge {{ base = "{registry.host}/team/base:2" }}\n')
        problems += chasic.expect(1, "image", "pin", here, says=f"there is no image {registry.host}/team/base:2")
        if lock(here) != {f"{registry.host}/team/base:1": first}:
            problems.append(f"one that is missing keeps others from being pinned: {lock(here)}")
        put(registry, "team/base", "2", word="two")
        problems += chasic.expect(0, "image", "pin", here, says="base:2") + chasic.expect(0, "check", here, "--env", "prod")
        second = put(registry, "team/base", "1", word="new")
        problems += chasic.expect(0, "image", "pin", here, says="nothing changed") + chasic.expect(0, "image", "pin", "--update", here, says=f"{first} -> {second}")
        # The other environment's pin stays with --env, and goes when nothing uses it.
        problems += chasic.expect(0, "image", "pin", here, "--env", "prod", says="nothing changed")
        (here / "env" / "prod.chasi").unlink()
        problems += chasic.expect(0, "image", "pin", here, says="removed: nothing uses it")
        if lock(here) != {f"{registry.host}/team/base:1": second}:
            problems.append(f"the lock: {lock(here)}")
        # A module that cannot be read may need any of them.
        (here / "other").mkdir()
        (here / "other" / "x.chasi").write_text("let a = \n")
        spec(chasic, registry, base=f"base:1@{second}")
        problems += chasic.expect(0, "image", "pin", here, says="1 pin that may be unused is kept")
        (here / "chasi.lock").write_text("<<<<<<< ours\n")
        problems += chasic.expect(1, "image", "pin", here, says="it holds a merge conflict")
    return problems


def case_only_what_is_pinned_is_believed(chasic):
    problems = []
    with Registry() as registry:
        put(registry, "team/base", "1")
        here = spec(chasic, registry)
        problems += chasic.expect(0, "image", "pin", here)
        registry.spoil = lambda b: b[:-1] + bytes([b[-1] ^ 1])
        problems += chasic.expect(4, "image", "build", here, says="CH7104")
        registry.spoil = None
        pinned = lock(here)[f"{registry.host}/team/base:1"]
        # The tag moves on: what was pinned is fetched.
        put(registry, "team/base", "1", word="other")
        layout = chasic.state / "layout"
        problems += chasic.expect(0, "image", "build", here, "--layout", layout)
        shutil.rmtree(chasic.state / "cache")
        del registry.manifests[("team/base", pinned)]
        problems += chasic.expect(1, "image", "build", here, says="`chasic image pin --update` pins what the address leads to today")
        text = (here / "chasi.lock").read_text()
        (here / "chasi.lock").write_text(text.replace(pinned, "sha256:12"))
        problems += chasic.expect(1, "check", here, says="CH8021")
    return problems


def case_platforms_that_an_image_lacks_are_told(chasic):
    problems = []
    both = '"linux/amd64", "linux/arm64"'
    with Registry() as registry:
        put(registry, "team/base", "1", types=DOCKER)
        put(registry, "team/web", "1", types=DOCKER, word="web")
        put(registry, "team/small", "1", platforms=("linux/amd64", "linux/s390x"), word="small")
        one = put(registry, "team/one", "1", platforms=("linux/amd64",), single=True, word="one")
        here = spec(chasic, registry, f'"{registry.host}/team/web:1", "{registry.host}/team/one:1@{one}"', both)
        layout = chasic.state / "layout"
        problems += chasic.expect(0, "image", "pin", here) + chasic.expect(0, "image", "build", here, "--layout", layout) + chasic.expect(0, "image", "verify", layout, says="0 problems")
        # Docker's types stay where an image is carried; where one stands on it, it is one of OCI with the same blobs.
        found = carried(layout, "edge:1")
        if found[f"{registry.host}/team/web:1"]["mediaType"] != DOCKER["index"]:
            problems.append(f"carried: {found}")
        amd = next(m for m in index_of(layout, "edge:1")["manifests"] if m.get("platform", {}).get("architecture") == "amd64")
        layers = blob_of(layout, amd["digest"])["layers"]
        if len(layers) != 2 or {l["mediaType"] for l in layers} != {"application/vnd.oci.image.layer.v1.tar+gzip"} or layers[0]["digest"] not in registry.blobs:
            problems.append(f"layers: {layers}")
        for which in ("small", "one"):
            here = spec(chasic, registry, f'"{registry.host}/team/{which}:1"', both)
            problems += chasic.expect(0, "image", "pin", here) + chasic.expect(1, "image", "build", here, "--layout", layout, says=f"{registry.host}/team/{which}:1 is for no linux/arm64")
        here = spec(chasic, registry, "", both, base="small:1")
        problems += chasic.expect(0, "image", "pin", here) + chasic.expect(1, "image", "build", here, says="it has: linux/amd64, linux/s390x")
    return problems


def case_an_archive_is_as_good_as_a_layout(chasic):
    problems = []
    with Registry() as registry:
        put(registry, "team/base", "1")
        put(registry, "team/web", "1", word="web")
        for name in ("base", "web"):
            problems += chasic.expect(0, "image", "pull", f"{registry.host}/team/{name}:1", chasic.state / "from", f"{name}:1")
    app = chasic.state / "app"
    app.mkdir()
    problems += chasic.expect(0, "image", "save", chasic.state / "from", app / "base.tar", "base:1") + chasic.expect(0, "image", "save", chasic.state / "from", app / "both.tar")
    text = """image edge {
  base  = ArchiveImage { archive = "base.tar" }
  files { "/etc/edge" = "hello" }
  tag   = "1"
  carry = [ArchiveImage { archive = "both.tar", ref = "web:1" }]
}
"""
    write(app, text)
    layout = chasic.state / "layout"
    problems += chasic.expect(0, "image", "build", app, "--layout", layout, says="built") + chasic.expect(0, "image", "build", app, "--layout", layout, "--offline", says="unchanged")
    problems += chasic.expect(0, "image", "verify", layout, says="0 problems")
    if set(carried(layout, "edge:1")) != {"web:1"}:
        problems.append(f"carried: {carried(layout, 'edge:1')}")
    write(app, text.replace(', ref = "web:1"', ""))
    problems += chasic.expect(1, "image", "build", app, says="both.tar holds 2 images")
    write(app, text.replace("web:1", "nginx:1"))
    problems += chasic.expect(1, "image", "build", app, says="it has: base:1, web:1")
    write(app, text.replace("both.tar", "none.tar"))
    return problems + chasic.expect(1, "image", "build", app, says="none.tar cannot be read")
