"""`chasic image serve`: what the pull half and the discovery half of the distribution specification ask of a registry, and other tools as clients."""

import contextlib
import http.client
import json
import re
import shutil
import signal
import ssl
import subprocess
import threading

from scenarios.transfers import built
from skip import Skip
from specs import write

INDEX = "application/vnd.oci.image.index.v1+json"


@contextlib.contextmanager
def serving(chasic, layout, *flags):
    """The host that it listens on. It has to end cleanly when it is told to."""
    server = chasic.start("image", "serve", layout, "--listen", "127.0.0.1:0", *flags)
    try:
        line = ""
        while " at http" not in line:
            line = server.stderr.readline()
            if not line:
                raise RuntimeError("it does not serve")
        yield re.search(r"https?://(\S+);", line)[1]
    finally:
        server.send_signal(signal.SIGTERM)
        rest = server.communicate(timeout=20)[1]
    if server.returncode != 0:
        raise RuntimeError(f"ended with {server.returncode}: {rest}")


def ask(host, path, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, {k.lower(): v for k, v in answer.getheaders()}


def code(content) -> str:
    return json.loads(content)["errors"][0]["code"]


class Wants:
    """Collects what is not as it should be."""

    def __init__(self, host):
        self.host, self.problems = host, []

    def __call__(self, path, status, method="GET", says=None, has=None, body=None, **headers):
        got, content, answered = ask(self.host, path, method, body, **headers)
        if got != status:
            self.problems.append(f"{method} {path}: {got} {content[:300]}")
        if says and says != code(content):
            self.problems.append(f"{method} {path}: says {content[:300]}")
        for name, value in (has or {}).items():
            if answered.get(name) != value:
                self.problems.append(f"{method} {path}: {name} is {answered.get(name)}, not {value}")
        return content


def case_a_layout_is_a_registry_for_pulling(chasic):
    layout, problems = built(chasic)
    digest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    index = (layout / "blobs/sha256" / digest[7:]).read_bytes()
    image = json.loads(index)["manifests"][0]["digest"]
    layer = max((layout / "blobs/sha256").iterdir(), key=lambda p: p.stat().st_size)
    size, content = layer.stat().st_size, layer.read_bytes()
    with serving(chasic, layout) as host:
        wants = Wants(host)
        wants("/v2/", 200) and wants("/v2", 200)
        for reference in ("1.0", digest):
            for method in ("GET", "HEAD"):
                got = wants(f"/v2/tools/manifests/{reference}", 200, method, has={"content-type": INDEX, "docker-content-digest": digest, "content-length": str(len(index))})
                if got != (index if method == "GET" else b""):
                    problems.append(f"{method} {reference}: other content")
        wants(f"/v2/tools/manifests/{image}", 200, has={"docker-content-digest": image})
        blob = f"/v2/tools/blobs/sha256:{layer.name}"
        wants(blob, 200, "HEAD", has={"content-length": str(size), "docker-content-digest": f"sha256:{layer.name}", "accept-ranges": "bytes"})
        for asked, part in (("bytes=0-9", content[:10]), ("bytes=100-", content[100:]), ("bytes=-7", content[-7:]), (f"bytes={size - 3}-{size + 50}", content[-3:])):
            got = wants(blob, 206, Range=asked, has={"content-length": str(len(part)), "content-range": f"bytes {content.index(part) if len(part) > 9 else size - len(part)}-{size - 1 if not asked.endswith('0-9') else 9}/{size}"})
            if got != part:
                problems.append(f"{asked}: {len(got)} bytes")
        wants(blob, 416, Range=f"bytes={size}-", has={"content-range": f"bytes */{size}"})
        for odd in ("bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=x-"):  # nonsense is passed over
            if wants(blob, 200, Range=odd) != content:
                problems.append(f"{odd}: other content")
        none = "sha256:" + "0" * 64
        for path, says in ((f"/v2/tools/manifests/{none}", "MANIFEST_UNKNOWN"), ("/v2/tools/manifests/2.0", "MANIFEST_UNKNOWN"), ("/v2/tools/manifests/.WRONG", "MANIFEST_UNKNOWN"), (f"/v2/tools/blobs/{none}", "BLOB_UNKNOWN"),
                           ("/v2/other/manifests/1.0", "NAME_UNKNOWN"), ("/v2/other/tags/list", "NAME_UNKNOWN"), (f"/v2/other/blobs/sha256:{layer.name}", "NAME_UNKNOWN"), ("/v2/tools/what/ever", "UNSUPPORTED"), ("/", "UNSUPPORTED"),
                           ("/v2/tools/blobs/../../../../etc/passwd", "UNSUPPORTED"), (f"/v2/tools/manifests/sha256:{layer.name}", "MANIFEST_UNKNOWN")):
            wants(path, 404, says=says)
        wants("/v2/tools/blobs/sha256:..%2f..%2fetc", 404) and wants("/v2/tools/blobs/sha256:zz", 400, says="DIGEST_INVALID")
        for method, path in (("POST", "/v2/tools/blobs/uploads/"), ("PUT", "/v2/tools/manifests/1.0"), ("PATCH", blob), ("DELETE", "/v2/tools/manifests/1.0")):
            wants(path, 405, method, says="UNSUPPORTED", has={"allow": "GET, HEAD"}, body=b"x" * 200_000)
        empty = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
        if json.loads(wants(f"/v2/tools/referrers/{none}", 200, has={"content-type": INDEX})) != empty:
            problems.append("referrers of nothing")
        wants("/v2/tools/referrers/sha256:zz", 400, says="DIGEST_INVALID")
        problems += wants.problems
        there = chasic.state / "there"
        problems += chasic.expect(0, "image", "pull", f"{host}/tools:1.0", there) + chasic.expect(0, "image", "verify", there, says="0 problems")
        if shutil.which("skopeo"):
            for words in (["inspect", "--tls-verify=false", f"docker://{host}/tools:1.0"], ["list-tags", "--tls-verify=false", f"docker://{host}/tools"],
                          ["--insecure-policy", "copy", "--all", "--preserve-digests", "--src-tls-verify=false", f"docker://{host}/tools:1.0", f"oci:{chasic.state / 'skopeo'}:tools:1.0"]):
                done = subprocess.run(["skopeo", *words], capture_output=True, text=True, timeout=120)
                problems += [] if done.returncode == 0 else [f"skopeo {words}: {done.stderr}"]
    problems += chasic.expect(4, "image", "serve", layout / "nowhere", says="CH7004") + chasic.expect(4, "image", "serve", layout, "--listen", "here", says="CH7106")
    return problems + chasic.expect(4, "image", "serve", layout, "--listen", "192.0.2.1:0", says="CH7106") + chasic.expect(64, "image", "serve", layout, "--tls-key", "x")


def case_a_layout_is_served_with_tls(chasic):
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    layout, problems = built(chasic)
    cert, key = chasic.state / "site.pem", chasic.state / "site.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=site", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    with serving(chasic, layout, "--tls-cert", cert, "--tls-key", key) as host:
        connection = http.client.HTTPSConnection(host, timeout=20, context=ssl.create_default_context(cafile=str(cert)))
        connection.request("GET", "/v2/tools/manifests/1.0")
        answer = connection.getresponse()
        if answer.status != 200 or len(answer.read()) < 100:
            problems.append(f"with TLS: {answer.status}")
        layer = max((layout / "blobs/sha256").iterdir(), key=lambda p: p.stat().st_size)
        connection.request("GET", f"/v2/tools/blobs/sha256:{layer.name}")
        if connection.getresponse().read() != layer.read_bytes():
            problems.append("a blob with TLS is another one")
        connection.close()
    return problems + chasic.expect(4, "image", "serve", layout, "--listen", "127.0.0.1:0", "--tls-cert", key, "--tls-key", cert, says="not a pair")


CARRIED = """image nginx { files { "/n" = "1" }, tag = "1.27", layout = "up" }
image site { carry = [LayoutImage { layout = "up", ref = "docker.io/library/nginx:1.27" }, LayoutImage { layout = "up", ref = "registry.acme.io/team/web:2" }], tag = "5" }
"""


def case_carried_images_are_found_by_mirrors(chasic):
    spec = write(chasic.state / "site", CARRIED.splitlines()[0] + "\n")
    problems = chasic.expect(0, "image", "build", spec)
    up = json.loads((spec / "up/index.json").read_text())
    row = up["manifests"][0]
    up["manifests"] += [{**row, "annotations": {"org.opencontainers.image.ref.name": name}} for name in ("docker.io/library/nginx:1.27", "registry.acme.io/team/web:2")]
    (spec / "up/index.json").write_text(json.dumps(up))
    write(spec, CARRIED)
    layout = chasic.state / "layout"
    problems += chasic.expect(0, "image", "build", spec, "--image", "site", "--layout", layout)
    with serving(chasic, layout, "--verbose") as host:
        wants = Wants(host)
        has = {"docker-content-digest": row["digest"]}
        for path in ("library/nginx/manifests/1.27?ns=docker.io", "library/nginx/manifests/1.27", "docker.io/library/nginx/manifests/1.27", "team/web/manifests/2?ns=registry.acme.io", "team/web/manifests/2", "registry.acme.io/team/web/manifests/2"):
            wants(f"/v2/{path}", 200, has=has)
        wants(f"/v2/library/nginx/blobs/{row['digest']}?ns=docker.io", 200)
        for path in ("library/nginx/manifests/1.27?ns=quay.io", "team/web/manifests/2?ns=docker.io"):  # another registry's image of that name is another image
            wants(f"/v2/{path}", 404, says="NAME_UNKNOWN")
        for tag in ("a", "b", "c"):  # written while it serves
            write(spec, CARRIED.replace('"5"', f'"{tag}"'))
            problems += chasic.expect(0, "image", "build", spec, "--image", "site", "--layout", layout)
        pages, path = [], "/v2/site/tags/list?n=2"
        while path:
            _, content, headers = ask(host, path)
            pages.append(json.loads(content)["tags"])
            path = re.search(r"<(.*)>; rel=\"next\"", headers.get("link", ""))
            path = path and path[1]
        if pages != [["5", "a"], ["b", "c"]]:
            problems.append(f"pages of tags: {pages}")
        for query, tags in (("", ["5", "a", "b", "c"]), ("?n=0", []), ("?last=a", ["b", "c"]), ("?last=c", [])):
            got = json.loads(wants(f"/v2/site/tags/list{query}", 200))
            if got != {"name": "site", "tags": tags}:
                problems.append(f"{query}: {got}")
        wants("/v2/site/tags/list?n=x", 400)
        if json.loads(wants("/v2/_catalog", 200)) != {"repositories": ["docker.io/library/nginx", "registry.acme.io/team/web", "site"]}:
            problems.append("the catalog")
        failed = []
        threads = [threading.Thread(target=lambda: failed.extend(n for n in range(20) if ask(host, "/v2/site/manifests/5")[0] != 200)) for _ in range(8)]
        [t.start() for t in threads] and [t.join() for t in threads]
        problems += wants.problems + ([f"of 160 requests at a time {len(failed)} failed"] if failed else [])
    return problems
