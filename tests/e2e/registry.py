"""A registry in memory, on loopback: the parts of the OCI distribution specification that pulling and pushing need, and ways to misbehave."""

import base64
import hashlib
import http.server
import json
import re
import socket
import threading
import urllib.parse


class Registry:
    """`with Registry(...) as registry`: registry.host is where it listens.

    login: None, "basic" or "bearer"; user and password are `ann` and `s3cret`. busy: so many requests are refused with 503 first.
    spoil: a function over the bytes of every blob that is given out. page: tags that one list holds. breaks: so many transfers of more
    than 1,000 bytes break off half-way. ranges: whether parts of a blob can be asked for. stuck: a part breaks off before its first byte.
    referrers: whether it lists what hangs on manifests.
    """

    def __init__(self, login=None, busy=0, spoil=None, page=2, breaks=0, ranges=True, referrers=True):
        self.login, self.busy, self.spoil, self.page, self.breaks, self.ranges = login, busy, spoil, page, breaks, ranges
        self.stuck, self.referrers = 0, referrers
        self.blobs, self.manifests, self.requests = {}, {}, []
        self.token = "t-" + hashlib.sha256(str(id(self)).encode()).hexdigest()
        registry = self

        class Handler(Answering):
            owner = registry

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def hanging(self, name, digest) -> dict:
        """The manifests of a repository that have this subject, by digest."""
        every = {k: (media, json.loads(text), len(text)) for (n, k), (media, text) in self.manifests.items() if n == name and ":" in k}
        return {k: v for k, v in every.items() if v[1].get("subject", {}).get("digest") == digest}

    def forget_referrers(self, name, digest):
        for key in [*self.hanging(name, digest), digest.replace(":", "-")]:
            self.manifests.pop((name, key), None)


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def give(self, status, body=b"", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message, **headers):
        self.give(status, {"errors": [{"code": code, "message": message}]}, Content_Type="application/json", **headers)

    def answer(self):
        r = self.owner
        size = int(self.headers.get("Content-Length", 0))
        half = self.command == "PATCH" and size > 1000 and self.breaks_now()
        self.body = self.rfile.read(size // 2 if half else size)
        self.half = half
        r.requests.append(f"{self.command} {self.path.split('?')[0]}")
        if r.busy:
            r.busy -= 1
            return self.refuse(503, "UNAVAILABLE", "come back later", Retry_After="0")
        if self.path.startswith("/token"):
            return self.give_token()
        if not self.allowed():
            challenge = 'Basic realm="here"' if r.login == "basic" else f'Bearer realm="http://{r.host}/token",service="a \\"registry\\"",scope="repository:x:pull"'
            return self.refuse(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=challenge)
        path = urllib.parse.urlsplit(self.path)
        for pattern, method in ((r"/v2/(.+)/tags/list", self.tags), (r"/v2/(.+)/manifests/(.+)", self.manifest), (r"/v2/(.+)/referrers/(.+)", self.list_referrers), (r"/v2/(.+)/blobs/uploads/(\w*)", self.upload), (r"/v2/(.+)/blobs/(.+)", self.blob)):
            found = re.fullmatch(pattern, path.path)
            if found:
                return method(*found.groups(), dict(urllib.parse.parse_qsl(path.query)))
        return self.give(200) if path.path == "/v2/" else self.refuse(404, "NOT_FOUND", "no such place")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def breaks_now(self):
        r = self.owner
        r.breaks -= 1
        return r.breaks >= 0

    def cut(self):
        """The connection ends without a word."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def knows(self):
        return self.headers.get("Authorization") == "Basic " + base64.b64encode(b"ann:s3cret").decode()

    def allowed(self):
        login = self.owner.login
        return login is None or (login == "basic" and self.knows()) or (login == "bearer" and self.headers.get("Authorization") == "Bearer " + self.owner.token)

    def give_token(self):
        form = dict(urllib.parse.parse_qsl(self.body.decode()))
        if self.knows() or form.get("refresh_token") == "identity":
            return self.give(200, {"token": self.owner.token})
        return self.refuse(401, "UNAUTHORIZED", "who are you?")

    def tags(self, name, query):
        every = sorted(t for (n, t) in self.owner.manifests if n == name and ":" not in t)
        if not every:
            return self.refuse(404, "NAME_UNKNOWN", f"no repository {name}")
        rest = [t for t in every if t > query.get("last", "")]
        shown = rest[:self.owner.page]
        more = {"Link": f'</v2/{name}/tags/list?last={shown[-1]}&n={self.owner.page}>; rel="next"'} if len(rest) > len(shown) else {}
        return self.give(200, {"name": name, "tags": shown}, Content_Type="application/json", **more)

    def manifest(self, name, reference, _query):
        r = self.owner
        if self.command == "PUT":
            digest = "sha256:" + hashlib.sha256(self.body).hexdigest()
            document = json.loads(self.body)
            needed = [b["digest"] for b in ([document["config"], *document["layers"]] if "config" in document else [])]
            missing = [d for d in needed if d not in r.blobs] + [m["digest"] for m in document.get("manifests", []) if (name, m["digest"]) not in r.manifests]
            if missing:
                return self.refuse(400, "MANIFEST_BLOB_UNKNOWN", f"blob {missing[0]} is not here")
            for key in (reference, digest):
                r.manifests[(name, key)] = (self.headers["Content-Type"], self.body)
            told = {"OCI_Subject": document["subject"]["digest"]} if r.referrers and "subject" in document else {}
            return self.give(201, Docker_Content_Digest=digest, **told)
        if (name, reference) not in r.manifests:
            return self.refuse(404, "MANIFEST_UNKNOWN", f"no {name}:{reference}")
        media, text = r.manifests[(name, reference)]
        return self.give(200, text, Content_Type=media, Docker_Content_Digest="sha256:" + hashlib.sha256(text).hexdigest())

    def list_referrers(self, name, digest, _query):
        if not self.owner.referrers:
            return self.refuse(404, "NOT_FOUND", "no such place")
        rows = [{"mediaType": media, "digest": key, "size": size, "artifactType": m.get("artifactType") or m["config"]["mediaType"]} for key, (media, m, size) in self.owner.hanging(name, digest).items()]
        return self.give(200, {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": rows}, Content_Type="application/vnd.oci.image.index.v1+json")

    def upload(self, name, session, query):
        """One POST, PATCHes when a client sends in pieces, and the PUT that ends it."""
        r = self.owner
        if self.command == "POST" and query.get("mount") in r.blobs and query.get("from"):
            return self.give(201, Location=f"/v2/{name}/blobs/{query['mount']}")
        if self.command == "POST":
            session = hashlib.sha256(str(len(r.requests)).encode()).hexdigest()[:12]
            r.blobs[session] = b""
            return self.give(202, Location=f"/v2/{name}/blobs/uploads/{session}?state=a%2Bb")
        if session not in r.blobs:
            return self.refuse(404, "BLOB_UPLOAD_UNKNOWN", "no such upload")
        if self.command == "GET":
            return self.give(204, Location=f"/v2/{name}/blobs/uploads/{session}", Range=f"0-{max(len(r.blobs[session]) - 1, 0)}")
        if self.command == "DELETE":
            del r.blobs[session]
            return self.give(204)
        begin = int(self.headers.get("Content-Range", f"{len(r.blobs[session])}-").split("-")[0])
        if begin != len(r.blobs[session]):
            return self.refuse(416, "BLOB_UPLOAD_INVALID", "that is not what comes next")
        r.blobs[session] += self.body
        if self.half:
            return self.cut()
        if self.command == "PATCH":
            return self.give(202, Location=f"/v2/{name}/blobs/uploads/{session}")
        content = r.blobs.pop(session)
        if "sha256:" + hashlib.sha256(content).hexdigest() != query.get("digest"):
            return self.refuse(400, "DIGEST_INVALID", "other content")
        r.blobs[query["digest"]] = content
        return self.give(201, Docker_Content_Digest=query["digest"])

    def blob(self, _name, digest, _query):
        r = self.owner
        if digest not in r.blobs:
            return self.refuse(404, "BLOB_UNKNOWN", f"no blob {digest}")
        content = r.blobs[digest]
        if r.spoil and self.command == "GET":
            content = r.spoil(content)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if r.ranges else None
        rest = content[int(asked[1]):] if asked else content
        if self.command == "GET" and len(rest) > 1000 and self.breaks_now():
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(b"" if asked and r.stuck else rest[: len(rest) // 2])
            return self.cut()
        return self.give(206 if asked else 200, rest, Docker_Content_Digest=digest)
