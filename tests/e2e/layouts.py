"""OCI layouts as other tools, and people who mean harm, could write them."""

import hashlib
import io
import json
import pathlib
import tarfile


def layer(*entries) -> bytes:
    """A tar of (name, content) or (name, type, target)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, what, *target in entries:
            info = tarfile.TarInfo(name)
            info.mode = 0o755
            if target:
                info.type, info.linkname = what, target[0]
                tar.addfile(info)
            else:
                info.size = len(what)
                tar.addfile(info, io.BytesIO(what))
    return out.getvalue()


def index(layout: pathlib.Path) -> list:
    return json.loads((layout / "index.json").read_text())["manifests"]


def blob(layout: pathlib.Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()


def layout(folder: pathlib.Path, name: str, *layers: bytes) -> pathlib.Path:
    """One image for linux/amd64 of these layers."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes, kind: str) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    config = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(each).hexdigest() for each in layers]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": put(json.dumps(config).encode(), "config.v1+json"),
                "layers": [put(each, "layer.v1.tar") for each in layers]}
    entry = put(json.dumps(manifest).encode(), "manifest.v1+json")
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [{**entry, "annotations": {"org.opencontainers.image.ref.name": name}}]}))
    return folder
