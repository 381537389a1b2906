"""A real Kubernetes API on loopback, built from the Go modules that go.mod pins: etcd and kube-apiserver, no nodes.

`ready()` builds what is missing (some minutes the first time) and says why it cannot; `Cluster` starts and stops it. Its data are
in a folder of its own, its ports are free ones, and whoever asks without the token gets nothing.
"""

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from report import ROOT  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUILT = ROOT / "build" / "cluster"
PROGRAMS = {"etcd": "go.etcd.io/etcd/server/v3", "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver"}


def pinned() -> str:
    """The release in go.mod: 1.36.1."""
    line = next(line for line in (HERE / "go.mod").read_text().splitlines() if "k8s.io/kubernetes v" in line)
    return line.split(" v")[1].split()[0]


def ready() -> str:
    """Empty when the programs are there; otherwise why they are not."""
    stamp, wanted = BUILT / "stamp", hashlib.sha256((HERE / "go.sum").read_bytes() + (HERE / "go.mod").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    if not shutil.which("go"):
        return "Go is not installed, so there is no real API server to compare with"
    BUILT.mkdir(parents=True, exist_ok=True)
    major, minor = pinned().split(".")[:2]
    told = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in
                    (("gitVersion", f"v{pinned()}"), ("gitMajor", major), ("gitMinor", minor), ("gitTreeState", "clean")))
    with (BUILT / "build.log").open("w") as log:
        for name, package in PROGRAMS.items():
            done = subprocess.run(["go", "build", "-trimpath", "-ldflags", f"-s -w {told}", "-o", BUILT / name, package], cwd=HERE, stdout=log, stderr=log,
                                  stdin=subprocess.DEVNULL, env=dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=readonly -buildvcs=false"))
            if done.returncode != 0:
                last = (BUILT / "build.log").read_text().strip().splitlines()[-1:]
                return f"{name} could not be built ({' '.join(last)}), so there is no real API server to compare with"
    stamp.write_text(wanted)
    return ""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster(contextlib.AbstractContextManager):
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.children = []
        self.connection = None

    def __enter__(self):
        (self.folder / "tokens").write_text(f"{self.token},admin,admin,system:masters\n")
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "accounts.key", "2048"], check=True, capture_output=True)
        client, peer = free_port(), free_port()
        self.start("etcd", "--data-dir", self.folder / "etcd", "--listen-client-urls", f"http://127.0.0.1:{client}", "--advertise-client-urls", f"http://127.0.0.1:{client}",
                   "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                   "--initial-cluster", f"default=http://127.0.0.1:{peer}", "--unsafe-no-fsync")
        self.start("kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{client}", "--bind-address", "127.0.0.1", "--secure-port", str(self.port),
                   "--cert-dir", self.folder / "certificates", "--token-auth-file", self.folder / "tokens", "--authorization-mode", "RBAC",
                   "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", self.folder / "accounts.key",
                   "--service-account-signing-key-file", self.folder / "accounts.key", "--service-cluster-ip-range", "10.96.0.0/16", "--allow-privileged",
                   "--disable-admission-plugins", "ServiceAccount")
        self.wait()
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.kill()
            child.wait()

    def start(self, name: str, *words) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self.children.append(subprocess.Popen([BUILT / name, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder))

    def wait(self) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if any(child.poll() is not None for child in self.children):
                break
            with contextlib.suppress(OSError):
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.2)
        self.__exit__()
        raise RuntimeError("the API server did not become ready:\n" + (self.folder / "kube-apiserver.log").read_text(errors="replace")[-1500:])

    def kubeconfig(self, context: str) -> pathlib.Path:
        """A file with one context, which leads here."""
        file = self.folder / "kubeconfig.json"
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "contexts": [{"name": context, "context": {"cluster": "it", "user": "it"}}], "users": [{"name": "it", "user": {"token": self.token}}],
            "clusters": [{"name": "it", "cluster": {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True}}]}))
        return file

    def ask(self, method: str, path: str, body: str = None) -> tuple:
        """Status and answer. Not for several threads."""
        for attempt in (1, 2):
            if not self.connection:
                context = ssl._create_unverified_context()  # a certificate that it made for itself a moment ago
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
            try:
                self.connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
                answer = self.connection.getresponse()
                text = answer.read().decode()
                return answer.status, json.loads(text) if text.startswith("{") else text
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt == 2:
                    raise
