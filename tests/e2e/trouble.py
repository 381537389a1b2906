"""A way to a cluster on which things go wrong on purpose: requests are refused, lost before or after they were carried out, delayed, cut
off; processes are killed at the n-th. What happens is decided by rules, or by a seed, and everything that came through is in a log."""

import contextlib
import dataclasses
import http.client
import http.server
import json
import pathlib
import random
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse

from specs import OnCluster


@dataclasses.dataclass
class Seen:
    number: int  # from 1
    method: str
    path: str
    query: dict
    body: bytes
    token: str
    at: float  # when it came
    status: int = 0  # of the answer that the cluster gave; 0 when it was not asked

    @property
    def dry(self) -> bool:
        return "dryRun" in self.query

    @property
    def writes(self) -> bool:
        """Writes an object; locks and records are kept apart."""
        return self.method != "GET" and not self.dry and "/namespaces/chasi-system" not in self.path

    def __str__(self) -> str:
        return f"{self.number}. {self.method} {self.path}{' (dry run)' if self.dry else ''} -> {self.status}"


class Refuse:
    """Answers without asking the cluster."""

    def __init__(self, status: int, message: str = "", headers: dict = None, **more):
        self.status, self.headers = status, headers or {}
        self.body = message if more.get("plain") else json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status} | more)


class Lose:
    """The connection breaks: before the request gets there, or when it was carried out."""

    def __init__(self, after: bool):
        self.after = after


class Cut:
    """Half of the answer, and the connection breaks."""


class Still:
    """Half of the answer, and then nothing for a long time."""


class Way(contextlib.AbstractContextManager):
    """`rule(seen)` is asked about each request, and gives nothing, a number of seconds to wait, or one of the classes above."""

    def __init__(self, server: str, token: str = ""):
        self.there = urllib.parse.urlsplit(server)
        self.token = token  # what the cluster takes; whoever comes may show another one
        self.rule = lambda seen: None
        self.log = []
        self.lock = threading.Lock()

    def __enter__(self):
        way = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                self.upstream = None

            def finish(self):
                if self.upstream:
                    self.upstream.close()
                with contextlib.suppress(OSError):
                    super().finish()

            def log_message(self, *_):
                pass

            def handle_one_request(self):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    return super().handle_one_request()
                self.close_connection = True

            def go(self):
                way.carry(self)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = go

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def clear(self) -> None:
        with self.lock:
            self.log = []

    def wrote(self) -> list:
        return [s for s in self.log if s.writes]

    def carry(self, handler) -> None:
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self.lock:
            seen = Seen(len(self.log) + 1, handler.command, path, dict(urllib.parse.parse_qsl(query)), body, (handler.headers.get("Authorization") or "").removeprefix("Bearer "), time.monotonic())
            self.log.append(seen)
        ruled = self.rule(seen)
        if isinstance(ruled, (int, float)):
            time.sleep(ruled)
            ruled = None
        if isinstance(ruled, Refuse):
            return self.answer(handler, seen, ruled.status, {"Content-Type": "text/plain" if not ruled.body.startswith("{") else "application/json"} | ruled.headers, ruled.body.encode())
        if isinstance(ruled, Lose) and not ruled.after:
            return self.reset(handler)
        answer = self.ask(handler, body)
        seen.status = answer.status
        if isinstance(ruled, Lose):
            answer.read()
            return self.reset(handler)
        headers = {k: v for k, v in answer.getheaders() if k.lower() in ("content-type", "warning", "retry-after", "audit-id")}
        if "watch" in seen.query:
            return self.stream(handler, seen, answer, headers)
        text = answer.read()
        if isinstance(ruled, (Cut, Still)):
            headers["Content-Length"] = str(len(text))
            self.begin(handler, answer.status, headers)
            handler.wfile.write(text[: len(text) // 2])
            handler.wfile.flush()
            time.sleep(50 if isinstance(ruled, Still) else 0)
            return self.reset(handler)
        self.answer(handler, seen, answer.status, headers, text)

    def ask(self, handler, body: bytes):
        headers = {k: v for k, v in handler.headers.items() if k.lower() in ("content-type", "accept", "user-agent")} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        for attempt in (1, 2):
            if not handler.upstream:
                if self.there.scheme == "https":
                    handler.upstream = http.client.HTTPSConnection(self.there.hostname, self.there.port, timeout=60, context=ssl._create_unverified_context())
                else:
                    handler.upstream = http.client.HTTPConnection(self.there.hostname, self.there.port, timeout=60)
            try:
                handler.upstream.request(handler.command, self.there.path + handler.path, body or None, headers)
                return handler.upstream.getresponse()
            except (OSError, http.client.HTTPException):
                handler.upstream = None
                if attempt == 2:
                    raise

    @staticmethod
    def begin(handler, status: int, headers: dict) -> None:
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()

    def answer(self, handler, seen: Seen, status: int, headers: dict, text: bytes) -> None:
        seen.status = seen.status or status
        self.begin(handler, status, headers | {"Content-Length": str(len(text))})
        handler.wfile.write(text)
        handler.wfile.flush()

    def stream(self, handler, seen: Seen, answer, headers: dict) -> None:
        self.begin(handler, answer.status, headers | {"Transfer-Encoding": "chunked"})
        with contextlib.suppress(OSError, http.client.HTTPException):
            while piece := answer.read1(1 << 16):
                handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                handler.wfile.flush()
        with contextlib.suppress(OSError):
            handler.wfile.write(b"0\r\n\r\n")
        handler.upstream = None

    @staticmethod
    def reset(handler) -> None:
        """As when a machine on the way lost its memory: RST, not an orderly end."""
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()


class Seeded:
    """A rule by chance: the same seed and the same requests give the same trouble. Ends after `most` of them, so that runs do end."""

    def __init__(self, seed: int, share: float = 0.25, most: int = 60):
        self.random, self.share, self.left = random.Random(seed), share, most
        self.lock = threading.Lock()

    def __call__(self, seen: Seen):
        with self.lock:
            if seen.number < 4 or not self.left or self.random.random() > self.share:
                return None
            self.left -= 1
            return self.random.choice([Lose(False), Lose(True), Cut(), 0.05, 0.2, Refuse(429, "too many requests", {"Retry-After": "1"}), Refuse(503, "the server is not available"),
                                       Refuse(504, "timeout", reason="Timeout"), Refuse(500, "etcdserver: leader changed")])


@contextlib.contextmanager
def on_the_way(chasic, spec: pathlib.Path):
    """The cluster of a workspace with a Way to it, which `way.words` choose; `way.use({…})` changes the user of its kubeconfig."""
    if isinstance(chasic, OnCluster):
        upstream, token = f"https://127.0.0.1:{chasic.cluster.port}", chasic.cluster.token
    else:
        up = chasic.run("local", "up", spec)
        if up.code != 0:
            raise RuntimeError(up.told())
        upstream, token = re.search(r"server: (\S+)", chasic.run("local", "kubeconfig", spec).out)[1], ""
    try:
        with Way(upstream, token) as way:
            way.kubeconfig = chasic.state / "way.json"
            way.words = ["--cluster", "home=way", "--kubeconfig", str(way.kubeconfig)]
            way.use = lambda user: way.kubeconfig.write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "contexts": [{"name": "way", "context": {"cluster": "it", "user": "it"}}],
                "users": [{"name": "it", "user": user}], "clusters": [{"name": "it", "cluster": {"server": way.url}}]}))
            way.use({"token": "t"})
            yield way
    finally:
        if not isinstance(chasic, OnCluster):
            chasic.run("local", "down", spec)
