"""Virtual clusters that Helm installed are taken over, and their control planes go on. What Helm makes is the public chart's own result."""

import base64
import gzip
import json
import pathlib
import time

from report import shared_data
from scenarios.virtual_clusters import MERGE, steps, unlike
from skip import Skip
from specs import OnCluster, anywhere, write
from virtual import hosted

RELEASE, NS = "my-vcluster", "team-x"
PLANE = f"/apis/apps/v1/namespaces/{NS}/statefulsets/{RELEASE}"
KINDS = {"ServiceAccount": "/api/v1", "Secret": "/api/v1", "Service": "/api/v1", "Role": "/apis/rbac.authorization.k8s.io/v1", "RoleBinding": "/apis/rbac.authorization.k8s.io/v1",
         "StatefulSet": "/apis/apps/v1", "Deployment": "/apis/apps/v1", "PodDisruptionBudget": "/apis/policy/v1", "ResourceQuota": "/api/v1", "LimitRange": "/api/v1", "Ingress": "/apis/networking.k8s.io/v1"}
CLUSTER_WIDE = {"ClusterRole": "/apis/rbac.authorization.k8s.io/v1", "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1"}


def place(o: dict) -> str:
    plural = "ingresses" if o["kind"] == "Ingress" else o["kind"].lower() + "s"
    return f"{CLUSTER_WIDE[o['kind']]}/{plural}" if o["kind"] in CLUSTER_WIDE else f"{KINDS[o['kind']]}/namespaces/{NS}/{plural}"


def installed(host, version: str, case: str) -> list:
    """As Helm does it: its manager, its label, its annotations, and a Secret that remembers the release."""
    folder = shared_data() / "vcluster-chart" / version / case
    if not folder.is_dir():
        raise Skip(f"{folder} is not there: the public chart's own results are data of their own")
    host.ask("POST", "/api/v1/namespaces?fieldManager=kubectl-create", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}})
    problems = []
    for o in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
        metadata = o["metadata"]
        metadata["labels"] = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
        metadata["annotations"] = {**(metadata.get("annotations") or {}), "meta.helm.sh/release-name": RELEASE, "meta.helm.sh/release-namespace": NS}
        code, body = host.ask("POST", place(o) + "?fieldManager=helm", o)
        problems += [] if code == 201 else [f"{o['kind']} {metadata['name']}: {body}"]
    release = {"name": RELEASE, "namespace": NS, "version": 1, "info": {"status": "deployed"}, "config": {}}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    code, body = host.ask("POST", f"/api/v1/namespaces/{NS}/secrets?fieldManager=helm", {
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": packed},
        "metadata": {"name": f"sh.helm.release.v1.{RELEASE}.v1", "labels": {"owner": "helm", "name": RELEASE, "status": "deployed", "version": "1"}}})
    return problems + ([] if code == 201 else [f"the release: {body}"])


def reached(chasic, host) -> None:
    if not isinstance(chasic, OnCluster):
        chasic.variables["KUBECONFIG"] = str(chasic.state / "kubeconfig-of-the-host")
        pathlib.Path(chasic.variables["KUBECONFIG"]).write_text(host.kubeconfig())


def settled(host) -> dict:
    """The control plane, when its controller has seen it and its pod is there; nobody makes pods in the embedded cluster."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        plane = host.get(PLANE) or host.get(PLANE.replace("statefulsets", "deployments"))
        if plane["status"].get("readyReplicas") == plane["spec"]["replicas"]:
            break
        time.sleep(0.2)
    return plane


def generations(host) -> list:
    """Of the etcd beside the control plane, too; that of a Deployment rises with its annotations as well, and Helm's go."""
    return [(o["metadata"]["name"], o["metadata"]["generation"]) for o in host.get(f"/apis/apps/v1/namespaces/{NS}/statefulsets")["items"]]


def pods(host) -> list:
    return sorted((p["metadata"]["name"], p["metadata"]["uid"]) for p in host.get(f"/api/v1/namespaces/{NS}/pods")["items"])


def taken_over(chasic, version: str, case: str, more) -> list:
    spec = write(chasic.state / "shop", "cluster home {}\n")
    with hosted(chasic, spec, RELEASE) as (host, insides, _):
        reached(chasic, host)
        problems = installed(host, version, case)
        before, were, old = settled(host), pods(host), generations(host)
        come = chasic.run("import", "vcluster", RELEASE, "--on", "home", "--out", spec / "main.chasi")
        if come.code != 0:
            return problems + [come.told()]
        for said in ("its pods are what the module makes", f"kubectl delete secret -n {NS} -l owner=helm,name={RELEASE}"):
            problems += [] if said in come.err else [f"nothing of `{said}`: {come.told()}"]
        text = (spec / "main.chasi").read_text()
        problems += chasic.expect(0, "fmt", "--check", spec)
        problems += chasic.expect(1, "plan", spec, says="--adopt")
        planned = chasic.run("plan", spec, "--adopt", "all")
        problems += [] if planned.code == 0 and "anew" not in planned.out and "restart" not in planned.out else [planned.told()]
        problems += chasic.expect(0, "apply", spec, "--yes", "--adopt", "all", "--timeout", "60s")
        after = settled(host)
        problems += unlike("the generations", generations(host), old)
        problems += unlike("the pod template", after["spec"]["template"], before["spec"]["template"]) + unlike("pods", pods(host), were)
        problems += [] if were or not isinstance(chasic, OnCluster) else ["there was no pod that could have been kept"]
        labels = after["metadata"]["labels"]
        problems += unlike("labels of the vendor's tools", [labels["app"], labels["release"], labels["chart"]], ["vcluster", RELEASE, f"vcluster-{version}"])
        problems += [] if "meta.helm.sh/release-name" not in after["metadata"].get("annotations", {}) else ["Helm's annotations stayed"]
        service = host.get(f"/api/v1/namespaces/{NS}/services/{RELEASE}")
        problems += unlike("the Service's label", service["metadata"]["labels"].get("vcluster.loft.sh/service"), "true")
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode") + chasic.expect(0, "vcluster", "list", says=version)
        problems += more(spec, text, host, insides[RELEASE])
        if not any(problems):
            problems += ended(chasic, spec, host)
        return problems


def ended(chasic, spec, host) -> list:
    problems = chasic.expect(0, "destroy", spec, "--yes")
    host.ask("DELETE", f"/api/v1/namespaces/{NS}/secrets/sh.helm.release.v1.{RELEASE}.v1")
    for plural in ("statefulsets", "deployments", "roles", "rolebindings", "persistentvolumeclaims", "services", "secrets"):
        group = {"statefulsets": "/apis/apps/v1", "deployments": "/apis/apps/v1", "roles": KINDS["Role"], "rolebindings": KINDS["Role"]}.get(plural, "/api/v1")
        problems += unlike(plural, host.names(f"{group}/namespaces/{NS}/{plural}"), [])
    problems += unlike("accounts", [n for n in host.names(f"/api/v1/namespaces/{NS}/serviceaccounts") if n != "default"], [])
    return problems + unlike("the namespace", bool(host.get(f"/api/v1/namespaces/{NS}")), True)


@anywhere
def case_helms_virtual_cluster_is_taken_over_and_goes_on(chasic):
    def more(spec, text, host, inside):
        write(spec, text + '\nsystem shop {\n  tenant = myvcluster\n  component web { image = "registry.example/shop/web:1", ports { http = 8080 } }\n}\n')
        problems = chasic.expect(0, "apply", spec, "--yes") + unlike("inside", inside.names("/apis/apps/v1/deployments"), ["shop-web"])
        write(spec, text.replace("adopted {", "values { logging { encoding = \"json\" } }\n    adopted {"))
        found = steps(chasic, spec)
        problems += unlike("a value", found["tenant.myvcluster/vcluster"][:2], ("update", "its control plane restarts"))
        problems += unlike("its pods", found[f"tenant.myvcluster/StatefulSet/{NS}/{RELEASE}"][:2], ("update", "its pods are made anew"))
        write(spec, text)
        return problems
    return taken_over(chasic, "0.36.1", "01-default", more)


@anywhere
def case_helms_virtual_cluster_with_values_is_taken_over(chasic):
    return taken_over(chasic, "0.36.1", "35-labels-annotations", lambda *_: [])


@anywhere
def case_helms_virtual_cluster_without_some_defaults_is_taken_over(chasic):
    return taken_over(chasic, "0.36.1", "58-null-overrides", lambda *_: [])


@anywhere
def case_helms_older_virtual_cluster_is_taken_over(chasic):
    return taken_over(chasic, "0.35.3", "01-default", lambda *_: [])


@anywhere
def case_helms_virtual_cluster_with_an_etcd_is_taken_over(chasic):
    return taken_over(chasic, "0.36.1", "04-ha-deployed-etcd", lambda *_: [])


@anywhere
def case_helms_virtual_cluster_behind_a_load_balancer_is_taken_over(chasic):
    return taken_over(chasic, "0.36.1", "18-service-loadbalancer", lambda *_: [])


def imported(chasic, host, folder: pathlib.Path) -> list:
    """What is wrong with the import of one; nothing of it where a server takes no such objects."""
    meta, ns = json.loads((folder / "meta.json").read_text(encoding="utf-8")), folder.name + "-" + folder.parent.name.replace(".", "-")
    kinds = {"StatefulSet": "/apis/apps/v1", "Deployment": "/apis/apps/v1", "Secret": "/api/v1", "Service": "/api/v1"}
    if meta["result"] != "ok":
        return []
    host.ask("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
    for o in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
        if o["kind"] in kinds:
            o["metadata"].pop("namespace", None)
            if host.ask("POST", f"{kinds[o['kind']]}/namespaces/{ns}/{o['kind'].lower()}s?fieldManager=helm", o)[0] in (400, 422):
                return []
    come = chasic.run("import", "vcluster", meta["release"], "--namespace", ns)
    # With kube-vip the chart's digest is not of what it writes down.
    said = "restarts when it is taken over: `metadata.annotations.vClusterConfigHash`" if "kube-vip" in folder.name else "its pods are what the module makes"
    return [] if come.code == 0 and said in come.err else [come.told()]


def case_nothing_that_helm_can_install_restarts(chasic):
    data = shared_data() / "vcluster-chart"
    if not data.is_dir():
        raise Skip(f"{data} is not there: the public chart's own results are data of their own")
    spec = write(chasic.state / "shop", "cluster home {}\n")
    with hosted(chasic, spec) as (host, _, _planes):
        reached(chasic, host)
        return [problem for version in ("0.36.1", "0.35.3") for folder in sorted((data / version).iterdir()) if folder.is_dir() for problem in imported(chasic, host, folder)]


@anywhere
def case_what_cannot_be_imported_is_said(chasic):
    spec = write(chasic.state / "shop", "cluster home {}\n")
    with hosted(chasic, spec) as (host, _, _planes):
        reached(chasic, host)
        problems = installed(host, "0.36.1", "01-default") + chasic.expect(1, "import", "vcluster", "nobody", says="CH6409")
        labels = {"metadata": {"labels": {"chart": "vcluster-0.34.7"}}}
        problems += unlike("older", host.ask("PATCH", PLANE + "?fieldManager=helm", labels, MERGE)[0], 200)
        problems += chasic.expect(1, "import", "vcluster", RELEASE, says="CH6420")
        host.ask("PATCH", PLANE + "?fieldManager=helm", {"metadata": {"labels": {"chart": "vcluster-0.36.1"}}}, MERGE)
        changed = {"spec": {"template": {"metadata": {"annotations": {"vClusterConfigHash": "another"}}}}}
        problems += unlike("another", host.ask("PATCH", PLANE + "?fieldManager=kubectl-edit", changed, MERGE)[0], 200)
        problems += chasic.expect(0, "import", "vcluster", RELEASE, says="restarts when it is taken over: `metadata.annotations.vClusterConfigHash`")
        path = f"/api/v1/namespaces/{NS}/secrets/vc-config-{RELEASE}"
        host.ask("PATCH", path, {"data": {"config.yaml": None}}, MERGE)
        return problems + chasic.expect(1, "import", "vcluster", RELEASE, says="CH6421")
