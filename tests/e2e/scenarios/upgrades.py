"""Virtual clusters that Helm installed, and no specification describes, go to another version of the chart."""

import base64
import gzip
import json

from specs import anywhere, write
from virtual import Snapshots, hosted, looks_at, unlike

SPEC = "cluster home {}\ntenant retail { on = home, vcluster { } }\n"
NS = "/api/v1/namespaces/old"
PLANE = "/apis/apps/v1/namespaces/old/statefulsets/legacy"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
PATHS = {"ServiceAccount": f"{NS}/serviceaccounts", "Secret": f"{NS}/secrets", "Service": f"{NS}/services", "StatefulSet": "/apis/apps/v1/namespaces/old/statefulsets",
         "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/old/roles", "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/old/rolebindings",
         "ClusterRole": ROLES, "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "ResourceQuota": f"{NS}/resourcequotas", "LimitRange": f"{NS}/limitranges"}
VALUES = {"controlPlane": {"statefulSet": {"resources": {"requests": {"memory": "300Mi"}}}}, "policies": {"resourceQuota": {"enabled": True, "quota": {"requests.cpu": 30}}}}
MERGE = "application/merge-patch+json"


def rendered(chasic, version: str, values: dict, *words) -> list:
    file = chasic.state / "values.json"
    file.write_text(json.dumps(values))
    done = chasic.run("vcluster", "render", "--chart", version, "--name", "legacy", "--namespace", "old", "--kube-version", "v1.36.1", "--values", file, "--format", "json", *words)
    return json.loads(done.out)


def helm_secret(version: str, revision: int, values: dict, objects: list) -> dict:
    """As Helm 3 writes it."""
    release = {"name": "legacy", "namespace": "old", "version": revision, "info": {"status": "deployed"}, "chart": {"metadata": {"name": "vcluster", "version": version}},
               "config": values, "manifest": "".join(f"---\n# Source: vcluster/templates/a.yaml\n{json.dumps(o)}\n" for o in objects)}
    inner = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    return {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": base64.b64encode(inner).decode()},
            "metadata": {"name": f"sh.helm.release.v1.legacy.v{revision}", "namespace": "old", "labels": {"owner": "helm", "name": "legacy", "status": "deployed", "version": str(revision)}}}


def install(chasic, host, values: dict, recorded: bool = True) -> list:
    looks_at(chasic, host)
    host.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "old"}})
    objects = rendered(chasic, "0.35.3", values)
    problems = []
    for made in [*objects, *([helm_secret("0.35.3", 4, values, objects)] if recorded else [])]:
        code, answer = host.ask("POST", PATHS[made["kind"]] + "?fieldManager=helm", made)
        problems += [] if code == 201 else [f"{made['kind']}: {code} {answer}"]
    return problems


def holds(live, wanted, path: str = "") -> list:
    """Where a live object is not what was wanted of it."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        return [p for key, value in wanted.items() for p in holds(live.get(key), value, f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(live, list) and len(live) == len(wanted):
        return [p for n, (a, b) in enumerate(zip(live, wanted)) for p in holds(a, b, f"{path}[{n}]")]
    # A server spells quantities its own way, and leaves out what is empty.
    return [] if wanted is None or live == wanted or (not live and not wanted) or path.endswith((".requests.memory", ".requests.cpu", ".creationTimestamp")) else [f"{path}: {live}, and not {wanted}"]


def as_the_chart_says(chasic, host, values: dict) -> list:
    return [p for o in rendered(chasic, "0.36.1", values, "--upgrade") for p in holds(host.get(f"{PATHS[o['kind']]}/{o['metadata']['name']}"), o, o["kind"] + "/" + o["metadata"]["name"])]


@anywhere
def case_what_helm_installed_goes_one_version_up(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec) as (host, _, _planes), Snapshots(host) as vendor:
        problems = install(chasic, host, VALUES)
        rotated = {"spec": {"template": {"metadata": {"annotations": {"vcluster.loft.sh/cert-rotation-at": "2026-11-01"}}}}}
        problems += unlike("a mark of its own", host.ask("PATCH", PLANE + "?fieldManager=vcluster", rotated, MERGE)[0], 200)
        shown = chasic.run("vcluster", "upgrade", "legacy", "--to", "0.36.1", "--dry-run")
        problems += [] if shown.code == 0 and "ClusterRole/vc-legacy-v-old" in shown.out and "2 to delete" in shown.out and "0.36.1" in shown.out else [shown.told()]
        problems += unlike("untouched", host.get(PLANE)["metadata"]["labels"]["chart"], "vcluster-0.35.3")
        refused = chasic.run("vcluster", "upgrade", "legacy", "--to", "0.36.1")
        problems += [] if refused.code == 64 and "--yes" in refused.err else [refused.told()]
        done = chasic.run("vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes", "--snapshot", "container:///data/before.tar.gz", "--timeout", "60s")
        problems += [] if done.code == 0 and "runs 0.36.1" in done.err and "revision 4 with chart 0.35.3" in done.err else [done.told()]
        problems += unlike("its snapshot", [(o["container"], base64.b64decode(o["release"]["values"]) == json.dumps(VALUES, separators=(",", ":")).encode()) for o in vendor.asked], [({"path": "/data/before.tar.gz"}, True)])
        problems += as_the_chart_says(chasic, host, VALUES)
        problems += unlike("kept", host.get(PLANE)["spec"]["template"]["metadata"]["annotations"].get("vcluster.loft.sh/cert-rotation-at"), "2026-11-01")
        problems += unlike("roles", [n for n in host.names(ROLES) if n.startswith("vc-legacy")], [])
        problems += chasic.expect(0, "vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes", says="has version 0.36.1 already")
        # As a run leaves it that dies before it deletes.
        role = next(o for o in rendered(chasic, "0.35.3", VALUES) if o["kind"] == "ClusterRole")
        problems += unlike("left behind", host.ask("POST", ROLES, role)[0], 201)
        problems += chasic.expect(0, "vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes") + unlike("roles", [n for n in host.names(ROLES) if n.startswith("vc-legacy")], [])
        return problems + chasic.expect(1, "vcluster", "upgrade", "legacy", "--to", "0.35.3", "--yes", says="CH6404")


@anywhere
def case_without_a_record_its_values_are_told_from_its_configuration(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec) as (host, _, _planes):
        problems = install(chasic, host, VALUES, recorded=False)
        problems += chasic.expect(0, "vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes", "--timeout", "60s", says="runs 0.36.1")
        problems += as_the_chart_says(chasic, host, VALUES) + unlike("roles", [n for n in host.names(ROLES) if n.startswith("vc-legacy")], [])
        labels = {"metadata": {"labels": {"chart": "vcluster-0.35.1"}}}
        host.ask("PATCH", PLANE + "?fieldManager=helm", labels, MERGE)
        problems += chasic.expect(1, "vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes", says="CH6417")
        host.ask("PATCH", PLANE + "?fieldManager=helm", {"metadata": {"labels": {"chart": "vcluster-0.34.7"}}}, MERGE)
        return problems + chasic.expect(1, "vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes", says="0.34 -> 0.35 -> 0.36")


@anywhere
def case_what_the_chart_or_a_specification_says_no_to_is_left(chasic):
    spec = write(chasic.state / "shop", SPEC)
    values = {"sync": {"toHost": {"volumeSnapshots": {"enabled": True}}}}
    with hosted(chasic, spec, "retail") as (host, _, _planes):
        problems = install(chasic, host, values) + chasic.expect(0, "apply", spec, "--yes")
        done = chasic.run("vcluster", "upgrade", "legacy", "--to", "0.36.1", "--yes")
        problems += [] if done.code == 1 and "sync.toHost.volumeSnapshots" in done.err else [done.told()]
        problems += unlike("untouched", host.get(PLANE)["metadata"]["labels"]["chart"], "vcluster-0.35.3")
        problems += chasic.expect(64, "vcluster", "upgrade", "legacy", "--to", "0.99.0", says="there are 0.36.1 and 0.35.3") + chasic.expect(64, "vcluster", "upgrade", "legacy", says="needs --to")
        return problems + chasic.expect(1, "vcluster", "upgrade", "retail", "--to", "0.36.1", "--yes", says="CH6416")
