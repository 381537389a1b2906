"""Virtual clusters in tests: a second cluster, embedded or real as the host, plays what runs inside, and a thread the control plane that
writes how it is reached."""

import base64
import contextlib
import json
import pathlib
import re
import ssl
import threading
import time
import urllib.error
import urllib.request

import cluster
from specs import OnCluster


def unlike(what: str, found, wanted) -> list:
    return [] if found == wanted else [f"{what}: {found}, and not {wanted}"]


class Api:
    """Requests to a server; one with a token has a certificate of its own."""

    def __init__(self, server: str, token: str = "", certificate: bytes = b""):
        self.server, self.token, self.certificate = server, token, certificate
        self.told = server  # where its kubeconfig says that it is
        self.trust = ssl._create_unverified_context() if token else None

    def ask(self, method: str, path: str, body=None, kind: str = "application/json") -> tuple:
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        request = urllib.request.Request(self.server + path, None if body is None else json.dumps(body).encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.trust) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")

    def get(self, path: str):
        code, body = self.ask("GET", path)
        return body if code == 200 else None

    def names(self, path: str) -> list:
        return sorted(item["metadata"]["name"] for item in self.get(path)["items"])

    def kubeconfig(self) -> str:
        """As a control plane writes it: all that it takes stands in it."""
        cluster = {"server": self.told, **({"certificate-authority-data": base64.b64encode(self.certificate).decode()} if self.certificate else {})}
        return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "it", "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
                           "users": [{"name": "it", "user": {"token": self.token or "it"}}], "clusters": [{"name": "it", "cluster": cluster}]})


class ControlPlanes:
    """Watches over the host: where a control plane has pods, its Secret is written; where it has none, nothing answers for it.

    `insides`: an Api by the name of the release. `hold`: releases whose Secret is not written yet.
    """

    def __init__(self, host: Api, insides: dict):
        self.host, self.insides, self.hold = host, insides, set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def watch(self) -> None:
        while not self.over.wait(0.05):
            with contextlib.suppress(OSError, TypeError):
                for plural in ("statefulsets", "deployments"):
                    for plane in self.host.get(f"/apis/apps/v1/{plural}?labelSelector=app%3Dvcluster")["items"]:
                        self.keep(plane)

    def keep(self, plane: dict) -> None:
        name, ns = plane["metadata"]["name"], plane["metadata"]["namespace"]
        if name in self.hold or name not in self.insides or not plane["spec"].get("replicas", 1):
            return
        path = f"/api/v1/namespaces/{ns}/secrets"
        if self.host.get(f"{path}/vc-{name}"):
            return
        service = self.host.get(f"/api/v1/namespaces/{ns}/services/{name}")
        owner = {"apiVersion": "v1", "kind": "Service", "name": name, "uid": service["metadata"]["uid"]}
        config = base64.b64encode(self.insides[name].kubeconfig().encode()).decode()
        labels = {"app": "vcluster", "vcluster-name": name}
        self.host.ask("POST", path, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"vc-{name}", "labels": labels, "ownerReferences": [owner]}, "data": {"config": config}})


@contextlib.contextmanager
def embedded(chasic, spec, state) -> Api:
    """The embedded cluster of a state folder as a server."""
    up = chasic.run("local", "up", spec, state=state)
    if up.code != 0:
        raise RuntimeError(up.told())
    try:
        told = chasic.run("local", "kubeconfig", spec, state=state).out
        yield Api(re.search(r"server\"?: *\"?(http[^\s\",]+)", told).group(1))
    finally:
        chasic.run("local", "down", spec, state=state)


def real(api) -> Api:
    return Api(f"https://127.0.0.1:{api.port}", api.token, (api.folder / "certificates" / "apiserver.crt").read_bytes())


@contextlib.contextmanager
def real_inside(folder, **more) -> Api:
    """Without controllers: what it takes of them is made by hand."""
    with cluster.Cluster(folder, **more) as api:
        inside = real(api)
        inside.ask("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        yield inside


@contextlib.contextmanager
def hosted(chasic, spec, *releases, inside=None):
    """A host that serves the workspace, an inside for each release, and what connects them. `inside`: a program whose embedded clusters
    play them, whatever the host is."""
    with contextlib.ExitStack() as stack:
        if isinstance(chasic, OnCluster):
            host = real(chasic.cluster)
            insides = {name: stack.enter_context(embedded(inside, spec, chasic.state / f"inside-{name}") if inside else real_inside(chasic.state / f"inside-{name}"))
                       for name in releases}
        else:
            host = stack.enter_context(embedded(chasic, spec, chasic.state))
            insides = {name: stack.enter_context(embedded(chasic, spec, chasic.state / f"inside-{name}")) for name in releases}
        yield host, insides, stack.enter_context(ControlPlanes(host, insides))


class Snapshots:
    """Plays what the vendor's control plane does about requests of snapshots, and what pods of restores do, on one host.

    `refused`: why the storage does not take a snapshot, by its URL. `deaf`: nobody looks at requests. `code`: with which a pod of a restore
    ends; None while it works. `asked`, `restored`: the options that came in Secrets.
    """

    def __init__(self, host: Api):
        self.host, self.refused, self.deaf, self.code = host, {}, False, 0
        self.asked, self.restored = [], []
        self.begun = {}  # when a snapshot did, by its request
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def watch(self) -> None:
        while not self.over.wait(0.05):
            with contextlib.suppress(OSError, TypeError, KeyError):
                for request in [] if self.deaf else self.host.get("/api/v1/configmaps?labelSelector=vcluster.loft.sh%2Fsnapshot-request")["items"]:
                    self.take(request)
                for pod in self.host.get("/api/v1/pods?labelSelector=app%3Dvcluster-snapshot")["items"]:
                    self.work(pod)

    def secret(self, ns: str, name: str, key: str) -> dict:
        text = base64.b64decode(self.host.get(f"/api/v1/namespaces/{ns}/secrets/{name}")["data"][key])
        return json.loads(text if key == "snapshotOptions" else base64.b64decode(text))

    def take(self, request: dict) -> None:
        meta, body = request["metadata"], json.loads(request["data"]["snapshotRequest"])
        phase = body["status"].get("phase", "")
        path = f"/api/v1/namespaces/{meta['namespace']}/configmaps/{meta['name']}?fieldManager=vcluster"
        if phase == "":
            body["status"]["phase"] = "CreatingEtcdBackup"
        elif phase == "CreatingEtcdBackup" and time.monotonic() - self.begun.setdefault(meta["name"], time.monotonic()) < 0.7:
            return
        elif phase == "CreatingEtcdBackup":
            self.asked.append(self.secret(meta["namespace"], meta["name"], "snapshotOptions"))
            why = self.refused.get(body["spec"]["url"])
            body["status"] = {"phase": "Failed", "error": {"message": why}} if why else {"phase": "Completed", "error": {}}
        else:
            self.host.ask("DELETE", f"/api/v1/namespaces/{meta['namespace']}/secrets/{meta['name']}")
            if meta.get("finalizers"):
                self.host.ask("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
            return
        self.host.ask("PATCH", path, {"metadata": {"finalizers": ["vcluster.loft.sh/snapshot-controller"]}, "data": {"snapshotRequest": json.dumps(body)}}, "application/merge-patch+json")

    def work(self, pod: dict) -> None:
        meta = pod["metadata"]
        if self.code is None or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return
        self.restored.append(self.secret(meta["namespace"], pod["metadata"]["name"], "VCLUSTER_STORAGE_OPTIONS"))
        ended = {"phase": "Failed" if self.code else "Succeeded", "containerStatuses": [{
            "name": "snapshot", "ready": False, "restartCount": 0, "image": "a", "imageID": "a", "state": {"terminated": {"exitCode": self.code}}}]}
        self.host.ask("PATCH", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/status?fieldManager=kubelet", {"status": ended}, "application/merge-patch+json")


def looks_at(chasic, host: Api) -> None:
    """Commands without a specification go to this host."""
    if not isinstance(chasic, OnCluster):
        chasic.variables["KUBECONFIG"] = str(chasic.state / "kubeconfig-of-the-host")
        pathlib.Path(chasic.variables["KUBECONFIG"]).write_text(host.kubeconfig())
