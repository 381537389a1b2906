"""What hangs on an image: signatures, lists of contents, provenance. It goes where the image goes, and what is wrong with it is told."""

import base64
import hashlib
import json
import shutil
import subprocess

from foreign import put
from layouts import blob, index
from registry import Registry
from scenarios.serving import ask, serving
from scenarios.transfers import TOOLS, built, debian
from specs import write

SIGNATURE = "application/vnd.dev.cosign.artifact.sig.v1+json"


def keys(chasic, name: str):
    return chasic.expect(0, "image", "keygen", chasic.state / name), chasic.state / f"{name}.key", chasic.state / f"{name}.pub"


def hanging(layout, kind: str) -> list:
    """(subject, manifest) of the entries without a name."""
    found = [json.loads(blob(layout, d["digest"])) for d in index(layout) if "annotations" not in d]
    return [m for m in found if kind in (m.get("artifactType"), m["config"]["mediaType"])]


def case_a_signature_goes_along_and_is_checked(chasic):
    layout, problems = built(chasic)
    made, key, pub = keys(chasic, "ann")
    problems += made + chasic.expect(1, "image", "keygen", chasic.state / "ann", says="CH7201")
    problems += chasic.expect(1, "image", "verify", layout, "tools:1.0", "--key", pub, says="CH7202")
    problems += chasic.expect(0, "image", "sign", layout, "tools:1.0", "--key", key, says="signed")
    before = {p: p.stat().st_mtime_ns for p in layout.rglob("*") if p.is_file()}
    problems += chasic.expect(0, "image", "sign", layout, "tools:1.0", "--key", key, says="unchanged")
    if before != {p: p.stat().st_mtime_ns for p in layout.rglob("*") if p.is_file()}:
        problems.append("signing twice wrote something")
    if key.stat().st_mode & 0o777 != 0o600:
        problems.append("the private key can be read by others")
    layer = hanging(layout, SIGNATURE)[0]["layers"][0]
    payload = json.loads(blob(layout, layer["digest"]))
    digest = index(layout)[0]["digest"]
    if payload["critical"] != {"identity": {"docker-reference": "tools"}, "image": {"docker-manifest-digest": digest}, "type": "cosign container image signature"}:
        problems.append(f"payload {payload}")
    if shutil.which("openssl"):
        (chasic.state / "p").write_bytes(blob(layout, layer["digest"]))
        (chasic.state / "s").write_bytes(base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", pub, "-signature", chasic.state / "s", chasic.state / "p"], capture_output=True, text=True)
        problems += [] if done.returncode == 0 else [f"openssl: {done.stdout}{done.stderr}"]
    signed = [("--key", pub)]
    for api in (True, False):
        with Registry(referrers=api) as registry:
            address = f"{registry.host}/team/tools:1.0"
            problems += chasic.expect(0, "image", "push", layout, "tools:1.0", address, says="with 1 that hang on it")
            problems += chasic.expect(0, "image", "push", layout, "tools:1.0", address, says="unchanged")
            problems += chasic.expect(0, "image", "verify", address, "--key", pub, says="is signed with")
            there, mirror = chasic.state / f"there-{api}", f"{registry.host}/mirror/tools:1.0"
            problems += chasic.expect(0, "image", "pull", address, there) + chasic.expect(0, "image", "verify", there, "--key", pub, says="is signed with")
            problems += chasic.expect(0, "image", "copy", address, mirror) + chasic.expect(0, "image", "verify", mirror, "--key", pub)
            tag = ("team/tools", digest.replace(":", "-") + ".sig")
            if tag not in registry.manifests or (("team/tools", digest.replace(":", "-")) in registry.manifests) == api:
                problems.append(f"tags of the registry: {sorted(registry.manifests)}")
            # Signed there by somebody else too, the way of old: under the tag alone.
            _, bob, bobs = keys(chasic, f"bob-{api}")
            problems += chasic.expect(1, "image", "verify", address, "--key", bobs, says="none that was made with")
            problems += chasic.expect(0, "image", "sign", address, "--key", bob) + chasic.expect(0, "image", "verify", address, "--key", pub, "--key", bobs)
            registry.forget_referrers("team/tools", digest)
            problems += chasic.expect(0, "image", "pull", address, there) + chasic.expect(0, "image", "verify", there, "--key", pub, "--key", bobs)
            # What is pushed over it leaves the other's signature where it is.
            problems += chasic.expect(0, "image", "push", layout, "tools:1.0", address) + chasic.expect(0, "image", "verify", address, "--key", pub, "--key", bobs)
    archive, loaded = chasic.state / "one.tar", chasic.state / "loaded"
    problems += chasic.expect(0, "image", "save", layout, archive) + chasic.expect(0, "image", "load", archive, loaded) + chasic.expect(0, "image", "verify", loaded, *signed[0])
    with serving(chasic, layout) as host:
        listed = json.loads(ask(host, f"/v2/tools/referrers/{digest}")[1])["manifests"]
        filtered, _, headers = ask(host, f"/v2/tools/referrers/{digest}?artifactType=none%2Fsuch")
        if [d["artifactType"] for d in listed] != [SIGNATURE] or filtered != 200 or headers.get("oci-filters-applied") != "artifactType":
            problems.append(f"listed {listed} {headers}")
        problems += chasic.expect(0, "image", "verify", f"{host}/tools:1.0", *signed[0])
    # It goes when the image goes.
    problems += chasic.expect(0, "image", "gc", layout, says="0 files")
    write(chasic.state / "tools", TOOLS.replace("hello", "good bye"))
    problems += chasic.expect(0, "image", "build", chasic.state / "tools", "--layout", layout) + chasic.expect(1, "image", "verify", layout, *signed[0], says="is not signed")
    problems += chasic.expect(0, "image", "gc", layout) + chasic.expect(0, "image", "verify", layout, says="0 problems, 0 files")
    return problems + ([f"left: {index(layout)}"] if len(index(layout)) != 1 else [])


def case_wrong_keys_and_forged_signatures_are_told_apart(chasic):
    layout, problems = built(chasic)
    made, key, pub = keys(chasic, "ann")
    _, other_key, other = keys(chasic, "bob")
    problems += made + chasic.expect(0, "image", "sign", layout, "tools:1.0", "--key", key)
    problems += chasic.expect(1, "image", "verify", layout, "--key", other, says="none that was made with")
    problems += chasic.expect(1, "image", "verify", layout, "--key", key, says="private key") + chasic.expect(1, "image", "sign", layout, "tools:1.0", "--key", pub, says="public key")
    secret = chasic.state / "secret"
    secret.write_text("correct horse\n")
    problems += chasic.expect(0, "image", "keygen", chasic.state / "locked", "--passphrase-file", secret)
    problems += chasic.expect(1, "image", "sign", layout, "tools:1.0", "--key", chasic.state / "locked.key", says="there is no passphrase")
    problems += chasic.expect(1, "image", "sign", layout, "tools:1.0", "--key", chasic.state / "locked.key", says="does not open it", CHASI_KEY_PASSPHRASE="wrong")
    problems += chasic.expect(0, "image", "sign", layout, "tools:1.0", "--key", chasic.state / "locked.key", CHASI_KEY_PASSPHRASE="correct horse")
    problems += chasic.expect(0, "image", "verify", layout, "--key", pub, "--key", chasic.state / "locked.pub")
    cosigns = chasic.state / "cosign.key"
    cosigns.write_text("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n")
    problems += chasic.expect(1, "image", "sign", layout, "tools:1.0", "--key", cosigns, says="cosign's own format")
    (chasic.state / "none").write_text("hello")
    problems += chasic.expect(1, "image", "verify", layout, "--key", chasic.state / "none", says="CH7201") + chasic.expect(1, "image", "verify", layout, "--key", chasic.state / "nowhere", says="CH7201")
    problems += chasic.expect(64, "image", "sign", layout, "--key", key) + chasic.expect(64, "image", "sign", layout, "tools:1.0")
    # The signature of one image hung on another one.
    write(chasic.state / "tools", TOOLS.replace("hello", "evil").replace('"1.0"', '"6.6"'))
    problems += chasic.expect(0, "image", "build", chasic.state / "tools", "--layout", layout)
    evil = next(d for d in index(layout) if d.get("annotations", {}).get("org.opencontainers.image.ref.name") == "tools:6.6")
    signature = next(d for d in index(layout) if "annotations" not in d)
    forged = json.loads(blob(layout, signature["digest"]))
    forged["subject"] = {k: evil[k] for k in ("mediaType", "digest", "size")}

    def put(content: bytes) -> str:
        (layout / "blobs/sha256" / hashlib.sha256(content).hexdigest()).write_bytes(content)
        return "sha256:" + hashlib.sha256(content).hexdigest()

    def hang(manifest: dict) -> None:
        text = json.dumps(manifest).encode()
        whole = json.loads((layout / "index.json").read_text())
        whole["manifests"] = [d for d in whole["manifests"] if "annotations" in d or d == signature] + [{"mediaType": signature["mediaType"], "digest": put(text), "size": len(text)}]
        (layout / "index.json").write_text(json.dumps(whole))

    hang(forged)
    problems += chasic.expect(1, "image", "verify", layout, "tools:6.6", "--key", pub, says="and not over")
    # A payload that was changed, with its digest: nobody's signature.
    payload = json.loads(blob(layout, forged["layers"][0]["digest"]))
    payload["critical"]["image"]["docker-manifest-digest"] = evil["digest"]
    text = json.dumps(payload).encode()
    forged["layers"] = [{**forged["layers"][0], "digest": put(text), "size": len(text)}]
    hang(forged)
    problems += chasic.expect(1, "image", "verify", layout, "tools:6.6", "--key", pub, says="none that was made with")
    for nonsense in ("no base64!", "", "AAAA"):
        forged["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"] = nonsense
        hang(forged)
        problems += chasic.expect(1, "image", "verify", layout, "tools:6.6", "--key", pub, says="none that was made with")
    problems += chasic.expect(0, "image", "verify", layout, "tools:1.0", "--key", pub)
    # The payload itself is spoilt.
    path = layout / "blobs/sha256" / forged["layers"][0]["digest"][7:]
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    return problems + chasic.expect(1, "image", "verify", layout, "tools:6.6", says="the content has the digest")


def case_a_build_says_what_is_in_its_image_and_how_it_was_made(chasic):
    problems, texts = [], []
    for where in ("here", "there"):
        spec = write(chasic.state / where, TOOLS.replace('tag ', 'attest = ["sbom", "provenance"]\n  tag '))
        (spec / "files").mkdir(exist_ok=True)
        (spec / "files" / "noise").write_bytes(b"noise" * 1000)
        layout = chasic.state / f"{where}-images"
        problems += chasic.expect(0, "image", "build", spec, "--layout", layout) + chasic.expect(0, "image", "build", spec, "--layout", layout, says="unchanged")
        sbom, provenance = hanging(layout, "application/spdx+json"), hanging(layout, "application/vnd.in-toto+json")
        if len(sbom) != 1 or len(provenance) != 1:
            return problems + [f"hangs: {index(layout)}"]
        texts.append((blob(layout, sbom[0]["layers"][0]["digest"]), blob(layout, provenance[0]["layers"][0]["digest"])))
    if texts[0] != texts[1]:
        problems.append("the same build says other things elsewhere")
    spdx, statement = (json.loads(t) for t in texts[0])
    digest = index(layout)[0]["digest"]
    names = {f["fileName"]: {c["algorithm"]: c["checksumValue"] for c in f["checksums"]} for f in spdx["files"]}
    if names.get("./data/noise") != {"SHA1": hashlib.sha1(b"noise" * 1000).hexdigest(), "SHA256": hashlib.sha256(b"noise" * 1000).hexdigest()} or "./etc/motd" not in names:
        problems.append(f"files: {names}")
    ids = {x["SPDXID"] for x in spdx["packages"] + spdx["files"]} | {"SPDXRef-DOCUMENT"}
    if len(ids) != len(spdx["packages"]) + len(spdx["files"]) + 1 or not all(r["spdxElementId"] in ids and r["relatedSpdxElement"] in ids for r in spdx["relationships"]):
        problems.append("ids of the SPDX document")
    if spdx["creationInfo"]["created"] != "1970-01-01T00:00:00Z" or digest[7:] not in spdx["documentNamespace"]:
        problems.append(f"head of the SPDX document: {spdx['creationInfo']} {spdx['documentNamespace']}")
    if statement["subject"][0] != {"name": "tools:1.0", "digest": {"sha256": digest[7:]}} or statement["predicate"]["buildDefinition"]["externalParameters"]["description"]["name"] != "tools" or str(chasic.state) in texts[0][1].decode():
        problems.append(f"provenance: {statement}")
    # One that is lost is made again; of an image that somebody else built the list can be had, too.
    whole = json.loads((layout / "index.json").read_text())
    whole["manifests"] = whole["manifests"][:1]
    (layout / "index.json").write_text(json.dumps(whole))
    problems += chasic.expect(0, "image", "build", spec, "--layout", layout, says="built") + chasic.expect(0, "image", "inspect", layout, says="attached  application/spdx+json")
    problems += chasic.expect(0, "image", "attest", layout, "tools:1.0", says="unchanged") + chasic.expect(0, "image", "verify", layout, says="0 problems")
    with debian(chasic.state) as host:
        problems += chasic.expect(0, "image", "push", layout, "tools:1.0", f"{host}/team/tools", says="with 2") + chasic.expect(0, "image", "push", layout, "tools:1.0", f"{host}/team/tools", says="unchanged")
        problems += chasic.expect(0, "image", "pull", f"{host}/team/tools:1.0", chasic.state / "back", says="with 2")
    return problems


def case_what_a_build_says_names_the_base_wherever_it_comes_from(chasic):
    with Registry() as registry:
        digest, address = put(registry, "team/base", "1"), f"{registry.host}/team/base:1"
        spec = write(chasic.state / "spec", f'image it {{ base = "{address}", files {{ "/x" = "x" }}, attest = ["sbom", "provenance"] }}\n')
        layout = chasic.state / "images"
        problems = chasic.expect(0, "image", "pin", spec) + chasic.expect(0, "image", "build", spec, "--layout", layout)
    spdx, statement = (json.loads(blob(layout, hanging(layout, kind)[0]["layers"][0]["digest"])) for kind in ("application/spdx+json", "application/vnd.in-toto+json"))
    bases = [p["name"] for p in spdx["packages"] if p["SPDXID"].startswith("SPDXRef-Base-")]
    used = [d["name"] for d in statement["predicate"]["buildDefinition"]["resolvedDependencies"] if d["annotations"]["dev.chasi.use"] == "base"]
    if bases != [address] or used != [f"{address} for linux/amd64"] or statement["predicate"]["buildDefinition"]["externalParameters"]["description"]["base"]["digest"] != digest:
        problems.append(f"the base is called {bases} and {used}")
    return problems


def case_images_of_sealer_are_read_carried_and_built_upon(chasic):
    layout, problems = built(chasic)
    extension = {"buildClient": {"sealerVersion": "v0.11.0", "buildahVersion": "1.27.1"}, "schemaVersion": "v1alpha1", "type": "app-installer", "applications": [{"name": "shop", "type": "helm", "files": ["shop.tgz"], "cmds": ["helm install shop"]}], "launch": {"app_names": ["shop"]}}
    containers = [{"image": "docker.io/library/nginx:1.27", "appName": "shop", "platform": {"os": "linux", "architecture": "amd64"}}]
    image = json.loads(blob(layout, index(layout)[0]["digest"]))["manifests"][0]
    manifest = {**json.loads(blob(layout, image["digest"])), "annotations": {"sealer.image.extension": json.dumps(extension), "sealer.image.container.images": json.dumps(containers)}}
    text = json.dumps(manifest).encode()
    digest = hashlib.sha256(text).hexdigest()
    (layout / "blobs/sha256" / digest).write_bytes(text)
    whole = json.loads((layout / "index.json").read_text())
    whole["manifests"].append({"mediaType": manifest["mediaType"], "digest": "sha256:" + digest, "size": len(text), "annotations": {"org.opencontainers.image.ref.name": "shop-cluster:1"}})
    (layout / "index.json").write_text(json.dumps(whole))
    shown = chasic.run("image", "inspect", layout, "shop-cluster:1")
    for words in ("sealer    app-installer  v1alpha1  built by v0.11.0", "app       shop  helm", "runs    helm install shop", "launch    shop", "container docker.io/library/nginx:1.27  of shop"):
        if words not in shown.out:
            problems.append(f"{words!r} is not in {shown.told()}")
    told = chasic.run("image", "inspect", layout, "shop-cluster:1", "--format", "json")
    if json.loads(told.out)["references"][0]["sealer"]["containers"] != [{"image": "docker.io/library/nginx:1.27", "app": "shop"}]:
        problems.append(told.told())
    source = 'LayoutImage { layout = "../images", ref = "shop-cluster:1" }'
    spec = write(chasic.state / "upon", f'image upon {{ base = {source}, files {{ "/mine" = "1" }} }}\nimage with {{ carry = [{source}] }}\n')
    shutil.copytree(layout, spec / "images")
    write(spec, (spec / "main.chasi").read_text().replace("../images", "images"))
    there = chasic.state / "there"
    return problems + chasic.expect(0, "image", "build", spec, "--layout", there) + chasic.expect(0, "image", "verify", there, says="0 problems") + chasic.expect(0, "image", "inspect", there, "with:latest", says="shop-cluster:1")
