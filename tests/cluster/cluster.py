"""A real Kubernetes cluster on loopback, built from the Go modules that go.mod and nodes/go.mod pin: etcd, kube-apiserver and, when
nodes are asked for, kube-controller-manager, kube-scheduler and kwok, which plays the nodes.

`ready()` builds what is missing (some minutes the first time) and says why it cannot; `Cluster` starts and stops one. Several may run
side by side: their data are in folders of their own, their ports are free ones, and whoever asks without the token gets nothing.
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
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
PROGRAMS = {"etcd": ("go.etcd.io/etcd/server/v3", HERE), "kwok": ("sigs.k8s.io/kwok/cmd/kwok", HERE / "nodes"),
            **{name: (f"k8s.io/kubernetes/cmd/{name}", HERE) for name in KUBERNETES}}
CONTEXT = "real"  # in the kubeconfig of a cluster


def pinned() -> str:
    """The release in go.mod: 1.36.1."""
    line = next(line for line in (HERE / "go.mod").read_text().splitlines() if "k8s.io/kubernetes v" in line)
    return line.split(" v")[1].split()[0]


def digest(*files: pathlib.Path) -> str:
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def built(program: pathlib.Path, package: str, module: pathlib.Path, told: str = "") -> str:
    """Builds a program of Go modules, unless it was built of them; empty, or why it could not."""
    stamp, wanted = program.with_suffix(".stamp"), digest(module / "go.mod", module / "go.sum")
    if program.exists() and stamp.exists() and stamp.read_text() == wanted:
        return ""
    program.parent.mkdir(parents=True, exist_ok=True)
    log = program.with_suffix(".log")
    # What compilers allocate is gone with them, so they collect seldom; nobody debugs the programs, so they carry nothing for that.
    variables = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=readonly -buildvcs=false", GOGC="400")
    with log.open("w") as out:
        done = subprocess.run(["go", "build", "-trimpath", "-gcflags", "all=-dwarf=false", "-ldflags", f"-s -w {told}", "-o", program, package], cwd=module, stdout=out, stderr=out,
                              stdin=subprocess.DEVNULL, env=variables)
    if done.returncode != 0:
        return f"{program.name} could not be built ({' '.join(log.read_text().strip().splitlines()[-1:])})"
    stamp.write_text(wanted)
    return ""


def ready() -> str:
    """Empty when the programs are there; otherwise why they are not."""
    modules = [folder / name for folder in (HERE, HERE / "nodes") for name in ("go.sum", "go.mod")]
    stamp, wanted = BUILT / "stamp", digest(*modules)
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    if not shutil.which("go"):
        return "Go is not installed, so there is no real API server to compare with"
    major, minor = pinned().split(".")[:2]
    told = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in
                    (("gitVersion", f"v{pinned()}"), ("gitMajor", major), ("gitMinor", minor), ("gitTreeState", "clean")))
    for name, (package, module) in PROGRAMS.items():
        if why := built(BUILT / name, package, module, told):
            return f"{why}, so there is no real API server to compare with"
    # How nodes and pods live is said by files of kwok's own.
    kwok = pathlib.Path(subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"], cwd=HERE / "nodes", check=True, capture_output=True, text=True).stdout.strip())
    plays = [p for folder in ("node/fast", "node/heartbeat-with-lease", "pod/fast") for p in sorted((kwok / "kustomize/stage" / folder).glob("*.yaml")) if p.name != "kustomization.yaml"]
    (BUILT / "stages.yaml").write_text("\n---\n".join(p.read_text() for p in plays))
    stamp.write_text(wanted)
    return ""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster(contextlib.AbstractContextManager):
    """With `nodes`, workloads are scheduled and become ready, claims are bound, load balancers and ingresses get addresses; without, only
    the API answers.

    Connections that the API server forwards to a pod, whichever and to whichever port, end at port `forwarded` of this machine; the log of
    every pod is the file `pod.log` in the folder. `names` are those that its certificate has, besides localhost.
    """

    def __init__(self, folder: pathlib.Path, nodes: int = 0, flags: tuple = (), port: int = 0, names: tuple = ()):
        self.folder = folder
        self.nodes = nodes
        self.flags = flags  # of the API server, besides those that it needs
        self.token = secrets.token_hex(16)
        self.port, self.forwarded = port or free_port(), free_port()
        self.names = names
        self.children = []
        self.connection = None

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
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
                   "--kubelet-preferred-address-types", "InternalIP", *self.certificate(), *self.flags, *([] if self.nodes else ["--disable-admission-plugins", "ServiceAccount"]))
        self.wait_until("the API server did not become ready", "kube-apiserver", lambda: self.ask("GET", "/readyz")[0] == 200)
        if self.nodes:
            self.start_nodes()
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.kill()
            child.wait()

    def start(self, name: str, *words) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self.children.append(subprocess.Popen([BUILT / name, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder))

    def certificate(self) -> list:
        """Flags of the API server: it makes a certificate for itself, but with no other names than its own."""
        if not self.names:
            return []
        folder = self.folder / "certificates"
        folder.mkdir()
        names = ",".join([*(f"DNS:{name}" for name in ("localhost", *self.names)), "IP:127.0.0.1"])
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=it", "-addext", f"subjectAltName={names}",
                        "-keyout", folder / "apiserver.key", "-out", folder / "apiserver.crt"], check=True, capture_output=True)
        return ["--tls-cert-file", folder / "apiserver.crt", "--tls-private-key-file", folder / "apiserver.key"]

    def pods(self) -> pathlib.Path:
        """What kwok, as the kubelet of all nodes, makes of connections to pods and of their logs."""
        log, file = self.folder / "pod.log", self.folder / "pods.yaml"
        log.touch()
        everywhere = {"apiVersion": "kwok.x-k8s.io/v1alpha1", "metadata": {"name": "all"}}
        forward = {**everywhere, "kind": "ClusterPortForward", "spec": {"forwards": [{"target": {"address": "127.0.0.1", "port": self.forwarded}}]}}
        logs = {**everywhere, "kind": "ClusterLogs", "spec": {"logs": [{"logsFile": str(log)}]}}
        file.write_text("\n---\n".join(json.dumps(each) for each in (forward, logs)))
        return file

    def start_nodes(self) -> None:
        kubeconfig = self.kubeconfig()
        # Loopback is where it listens, or nowhere.
        common = ("--kubeconfig", kubeconfig, "--leader-elect=false", "--bind-address", "127.0.0.1", "--secure-port")
        self.start("kube-controller-manager", *common, str(free_port()), "--service-account-private-key-file", self.folder / "accounts.key", "--enable-hostpath-provisioner",
                   "--concurrent-deployment-syncs=20", "--concurrent-replicaset-syncs=20")
        self.start("kube-scheduler", *common, "0")
        kubelet = str(free_port())
        self.start("kwok", "--kubeconfig", kubeconfig, "--manage-all-nodes", "--server-address", f"127.0.0.1:{kubelet}", "--node-ip", "127.0.0.1", "--node-port", kubelet, "--config", self.pods(), "--config", BUILT / "stages.yaml", "--config", HERE / "nodes" / "stages.yaml")
        for number in range(self.nodes):
            self.create("/api/v1/nodes", node(f"node-{number}"))
        self.create("/apis/storage.k8s.io/v1/storageclasses", {
            "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "kubernetes.io/host-path"})
        # Pods need the account that a controller makes.
        self.wait_until("the controllers did not begin", "kube-controller-manager",
                        lambda: self.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default")[0] == 200)
        self.wait_until("the nodes did not become ready", "kwok", lambda: all(
            any(c["type"] == "Ready" and c["status"] == "True" for c in n["status"].get("conditions", [])) and not n["spec"].get("taints")
            for n in self.ask("GET", "/api/v1/nodes")[1]["items"]))

    def create(self, path: str, body: dict) -> None:
        status, answer = self.ask("POST", path, json.dumps(body))
        if status != 201:
            raise RuntimeError(f"POST {path}: {status} {answer}")

    def wait_until(self, problem: str, program: str, holds) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end and all(child.poll() is None for child in self.children):
            with contextlib.suppress(OSError):
                if holds():
                    return
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"{problem}:\n" + (self.folder / f"{program}.log").read_text(errors="replace")[-1500:])

    def kubeconfig(self, context: str = CONTEXT) -> pathlib.Path:
        """A file with one context, which leads here."""
        file = self.folder / "kubeconfig.json"
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": context, "contexts": [{"name": context, "context": {"cluster": "it", "user": "it"}}],
            "users": [{"name": "it", "user": {"token": self.token}}],
            "clusters": [{"name": "it", "cluster": {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True}}]}))
        return file

    def ask(self, method: str, path: str, body: str = None, kind: str = "application/json") -> tuple:
        """Status and answer. Not for several threads."""
        for attempt in (1, 2):
            if not self.connection:
                context = ssl._create_unverified_context()  # a certificate that it made for itself a moment ago
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
            try:
                self.connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind})
                answer = self.connection.getresponse()
                text = answer.read().decode()
                return answer.status, json.loads(text) if text.startswith("{") else text
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt == 2:
                    raise


def node(name: str) -> dict:
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}},
            "status": {"allocatable": {"cpu": "1000", "memory": "4Ti", "ephemeral-storage": "10Ti", "pods": "10000"}, "capacity": {"cpu": "1000", "memory": "4Ti", "ephemeral-storage": "10Ti", "pods": "10000"}}}
