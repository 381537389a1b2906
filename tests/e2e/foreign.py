"""Images as other tools make them, put into the registry in memory."""

import gzip
import hashlib
import json

import layouts

OCI = {"index": "application/vnd.oci.image.index.v1+json", "manifest": "application/vnd.oci.image.manifest.v1+json", "config": "application/vnd.oci.image.config.v1+json", "layer": "application/vnd.oci.image.layer.v1.tar+gzip"}
DOCKER = {"index": "application/vnd.docker.distribution.manifest.list.v2+json", "manifest": "application/vnd.docker.distribution.manifest.v2+json", "config": "application/vnd.docker.container.image.v1+json", "layer": "application/vnd.docker.image.rootfs.diff.tar.gzip"}


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def put(registry, path: str, reference: str, platforms=("linux/amd64", "linux/arm64"), types=OCI, word: str = "x", single: bool = False) -> str:
    """An image for these platforms, and one that is for none as build tools hang it there; gives its digest."""
    def blob(content: bytes, kind: str) -> dict:
        registry.blobs[digest(content)] = content
        return {"mediaType": types[kind], "digest": digest(content), "size": len(content)}

    def manifest(document: dict, kind: str) -> dict:
        text = json.dumps({"schemaVersion": 2, "mediaType": types[kind], **document}).encode()
        registry.manifests[(path, digest(text))] = (types[kind], text)
        return {"mediaType": types[kind], "digest": digest(text), "size": len(text)}

    entries = []
    for platform in (*platforms, "unknown/unknown"):
        os, architecture = platform.split("/")
        plain = layouts.layer(("usr/base", f"{word} for {platform}".encode() * 50))
        config = blob(json.dumps({"os": os, "architecture": architecture, "rootfs": {"type": "layers", "diff_ids": [digest(plain)]}, "config": {"Env": ["PATH=/bin"]}}).encode(), "config")
        entries.append({**manifest({"config": config, "layers": [blob(gzip.compress(plain, mtime=0), "layer")]}, "manifest"), "platform": {"os": os, "architecture": architecture}})
    root = entries[0] if single else manifest({"manifests": entries}, "index")
    registry.manifests[(path, reference)] = registry.manifests[(path, root["digest"])]
    return root["digest"]


def index_of(layout, name: str) -> dict:
    """What a name in a layout leads to."""
    found = next(m for m in layouts.index(layout) if m["annotations"].get("org.opencontainers.image.ref.name") == name)
    return blob_of(layout, found["digest"])


def blob_of(layout, named: str) -> dict:
    return json.loads(layouts.blob(layout, named))


def carried(layout, name: str) -> dict:
    """What travels in an image, by name: descriptors."""
    nested = next(m for m in index_of(layout, name)["manifests"] if "dev.chasi.carried" in m.get("annotations", {}))
    return {m["annotations"]["dev.chasi.carried"]: m for m in blob_of(layout, nested["digest"])["manifests"]}
