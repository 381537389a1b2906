"""Virtual clusters as operations: made, filled, paused, refused and taken away, in one graph and one run."""

import json
import signal
import time

from specs import anywhere, only_real, write
from virtual import ControlPlanes, hosted, looks_at, real, real_inside, unlike

PLANE = "/apis/apps/v1/namespaces/retail/statefulsets/retail"
MERGE = "application/merge-patch+json"


def spec_of(block: str = "", image: str = "2.4.1", systems: str = None, others: str = "") -> str:
    shop = f'system shop {{\n  tenant = retail\n  component web {{ image = "registry.example/shop/web:{image}", ports {{ http = 8080 }} }}\n}}\n'
    return f'cluster home {{}}\ntenant retail {{ on = home, vcluster {{ {block} }} }}\n{shop if systems is None else systems}{others}'


def steps(chasic, spec, *words) -> dict:
    """Action and reason of each step of a plan, by its id."""
    done = chasic.run("plan", spec, "--format", "json", *words)
    plan = json.loads(done.out)
    if "operations" not in plan:
        raise RuntimeError(done.told())
    return {o["id"]: (o["action"], o.get("reason", ""), (o.get("problem") or {}).get("code", "")) for o in plan["operations"]}


def prunes(chasic, spec) -> int:
    """How much a plan deletes."""
    return len(json.loads(chasic.run("plan", spec, "--format", "json").out)["prunes"])


@anywhere
def case_a_system_goes_inside_in_the_same_run(chasic):
    spec = write(chasic.state / "shop", spec_of())
    with hosted(chasic, spec, "retail") as (host, insides, _):
        inside = insides["retail"]
        before = steps(chasic, spec)
        problems = unlike("a new one", before["system.shop/inside/Deployment/retail/shop-web"], ("unknown", "unknown until virtual cluster retail runs", ""))
        problems += unlike("its cluster", before["tenant.retail/vcluster"][0], "create")
        problems += chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s", says="ready tenant.retail/vcluster")
        problems += unlike("inside", inside.names("/apis/apps/v1/deployments"), ["shop-web"]) + unlike("on the host", host.names("/apis/apps/v1/deployments"), [])
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
        # A real inside has no controllers here.
        status = chasic.run("status", spec).out
        problems += [] if "tenant.retail  Ready        19/19" in status and "system.shop" in status else [status]
        if not inside.get("/api/v1/namespaces/chasi-system/configmaps/chasi-shop"):
            problems.append("there is no inventory inside")
        if inside.names("/apis/coordination.k8s.io/v1/namespaces/chasi-system/leases"):
            problems.append("the lock inside was left")
        write(spec, spec_of(image="2.4.2"))
        problems += chasic.expect(0, "plan", spec, says="Deployment/shop-web in retail on home/retail") + chasic.expect(0, "apply", spec, "--yes")
        image = inside.get("/apis/apps/v1/namespaces/retail/deployments/shop-web")["spec"]["template"]["spec"]["containers"][0]["image"]
        problems += unlike("changed", image, "registry.example/shop/web:2.4.2")
        write(spec, spec_of(systems=""))
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("pruned inside", inside.names("/apis/apps/v1/deployments"), [])
        return problems


@anywhere
def case_a_saved_plan_finds_what_was_inside(chasic):
    spec, plan = write(chasic.state / "shop", spec_of()), chasic.state / "plan.json"
    with hosted(chasic, spec, "retail") as (_, insides, _planes):
        problems = chasic.expect(0, "apply", spec, "--yes")
        write(spec, spec_of(image="2.4.2"))
        problems += chasic.expect(0, "plan", spec, "--out", plan) + chasic.expect(0, "apply", plan, "--yes")
        problems += unlike("inside", insides["retail"].names("/apis/apps/v1/deployments"), ["shop-web"])
        return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_one_that_does_not_come_up_holds_nobody_up(chasic):
    others = 'tenant risk { on = home, vcluster {} }\ntenant plain { on = home }\n'
    for tenant in ("risk", "plain"):
        others += f'system "all-{tenant}" {{\n  tenant = {tenant}\n  component job {{ image = "registry.example/job:1" }}\n}}\n'
    spec = write(chasic.state / "shop", spec_of(others=others))
    with hosted(chasic, spec, "retail", "risk") as (host, insides, planes):
        planes.hold.add("retail")
        done = chasic.run("apply", spec, "--yes", "--timeout", "3s")
        problems = [] if done.code == 3 and "CH6401" in done.err and "has not written how it is reached" in done.err else [done.told()]
        problems += unlike("the other one", insides["risk"].names("/apis/apps/v1/deployments"), ["all-risk-job"])
        problems += unlike("the host", host.names("/apis/apps/v1/deployments"), ["all-plain-job"]) + unlike("nothing", insides["retail"].names("/apis/apps/v1/deployments"), [])
        problems += unlike("waiting", steps(chasic, spec)["tenant.retail/vcluster"], ("update", "its control plane has not written how it is reached", ""))
        planes.hold.clear()
        problems += chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")
        return problems + unlike("inside", insides["retail"].names("/apis/apps/v1/deployments"), ["shop-web"])


@anywhere
def case_killed_while_waiting_it_continues(chasic):
    spec = write(chasic.state / "shop", spec_of())
    with hosted(chasic, spec, "retail") as (host, insides, planes):
        planes.hold.add("retail")
        run = chasic.start("apply", spec, "--yes")
        end = time.monotonic() + 60
        while not host.get(PLANE) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        interrupted = chasic.start("apply", spec, "--yes")
        time.sleep(1.5)
        interrupted.send_signal(signal.SIGTERM)
        told = interrupted.communicate(timeout=60)[1]
        problems = [] if interrupted.returncode == 130 and "interrupted" in told else [f"SIGTERM ended it with {interrupted.returncode}: {told}"]
        planes.hold.clear()
        problems += chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")
        return problems + unlike("inside", insides["retail"].names("/apis/apps/v1/deployments"), ["shop-web"])


@anywhere
def case_a_pause_is_meant_or_left_alone(chasic):
    spec = write(chasic.state / "shop", spec_of())
    with hosted(chasic, spec, "retail") as (host, _, _planes):
        problems = chasic.expect(0, "apply", spec, "--yes")
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-x-retail-x-retail", "labels": {"vcluster.loft.sh/managed-by": "retail"}},
               "spec": {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}, "containers": [{
                   "name": "a", "image": "a", "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}}
        problems += unlike("the pod", host.ask("POST", "/api/v1/namespaces/retail/pods", pod)[0], 201)
        write(spec, spec_of('state = "paused"'))
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("pods of what is inside", host.names("/api/v1/namespaces/retail/pods"), [])
        paused = host.get(PLANE)
        problems += unlike("replicas", paused["spec"]["replicas"], 0) + unlike("the mark", paused["metadata"]["annotations"]["loft.sh/paused-replicas"], "1")
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", says="paused") + chasic.expect(0, "status", spec)
        write(spec, spec_of())
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("resumed", host.get(PLANE)["spec"]["replicas"], 1)
        problems += unlike("the mark", "loft.sh/paused" in host.get(PLANE)["metadata"].get("annotations", {}), False)
        by_hand = {"metadata": {"annotations": {"loft.sh/paused": "true", "loft.sh/paused-replicas": "1", "loft.sh/paused-date": "2026-11-28T09:00:00.000Z"}}, "spec": {"replicas": 0}}
        problems += unlike("the vendor's pause", host.ask("PATCH", PLANE + "?fieldManager=vcluster", by_hand, MERGE)[0], 200)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", says="paused since 2026-11-28T09:00:00.000Z by hand, and left so")
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("left", host.get(PLANE)["spec"]["replicas"], 0)
        back = {"metadata": {"annotations": {"loft.sh/paused": None, "loft.sh/paused-replicas": None, "loft.sh/paused-date": None}}, "spec": {"replicas": 1}}
        problems += unlike("the vendor's resume", host.ask("PATCH", PLANE + "?fieldManager=vcluster", back, MERGE)[0], 200)
        return problems + chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_unsafe_changes_are_refused_before_anything(chasic):
    spec = write(chasic.state / "shop", spec_of('version = "0.35.3"'))
    with hosted(chasic, spec, "retail") as (host, insides, _):
        problems = chasic.expect(0, "apply", spec, "--yes")
        refusals = [('version = "0.35.3", store { kind = "etcd" }', "CH6403"), ('version = "0.35.3", kubernetes = "1.34"', "CH6405")]
        for block, code in refusals:
            write(spec, spec_of(block, image="9"))
            problems += unlike(block, steps(chasic, spec)["tenant.retail/vcluster"][2], code)
            done = chasic.run("apply", spec, "--yes")
            problems += [] if done.code != 0 and code in done.err else [done.told()]
        problems += unlike("the store", host.names("/apis/apps/v1/namespaces/retail/statefulsets"), ["retail"])
        write(spec, spec_of())
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("the version", host.get(PLANE)["metadata"]["labels"]["chart"], "vcluster-0.36.1")
        write(spec, spec_of('version = "0.35.3"'))
        problems += unlike("back", steps(chasic, spec)["tenant.retail/vcluster"][2], "CH6404")
        old = host.get(PLANE)["metadata"]["labels"] | {"chart": "vcluster-0.34.7"}
        host.ask("PATCH", PLANE + "?fieldManager=chasic", {"metadata": {"labels": old}}, MERGE)
        write(spec, spec_of())
        return problems + chasic.expect(1, "plan", spec, says="0.34 -> 0.35 -> 0.36")


@anywhere
def case_nothing_is_left_behind(chasic):
    spec = write(chasic.state / "shop", spec_of("keepState = true"))
    with hosted(chasic, spec, "retail") as (host, _, _planes):
        problems = chasic.expect(0, "apply", spec, "--yes")
        claims, maps, ranks = "/api/v1/namespaces/retail/persistentvolumeclaims", "/api/v1/namespaces/retail/configmaps", "/apis/scheduling.k8s.io/v1/priorityclasses"
        claim = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
        for name in ("data-retail-0", "data-retail-1", "data-retail-etcd-0", "data-retail-other"):
            made = host.ask("POST", claims, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, **claim})[0]
            problems += [] if made in (201, 409) else [f"{name}: {made}"]  # a real StatefulSet made it
        labels = {"vcluster.loft.sh/snapshot-request": "", "vcluster.loft.sh/vcluster-name": "retail", "vcluster.loft.sh/vcluster-namespace": "retail"}
        problems += unlike("a request", host.ask("POST", maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "retail-snapshot-request-x", "labels": labels}})[0], 201)
        rank = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "p-x-retail", "labels": {"vcluster.loft.sh/managed-by": "retail-x-retail"}}, "value": 1}
        problems += unlike("a rank", host.ask("POST", ranks, rank)[0], 201)
        write(spec, "cluster home {}\n")
        gone = chasic.run("apply", spec, "--yes", "--prune", prunes(chasic, spec))
        problems += [] if gone.code == 3 and "CH6406" in gone.err and host.get(PLANE) else [gone.told()]
        write(spec, spec_of(systems="").replace("vcluster {  }", ""))
        problems += chasic.expect(0, "apply", spec, "--yes", "--prune", prunes(chasic, spec))
        problems += unlike("kept", host.names(claims), ["data-retail-0", "data-retail-1", "data-retail-etcd-0", "data-retail-other"])
        problems += unlike("requests", [n for n in host.names(maps) if n.startswith("retail-")], []) + unlike("ranks", [n for n in host.names(ranks) if n.endswith("retail")], [])
        problems += unlike("secrets", host.names("/api/v1/namespaces/retail/secrets"), [])
        write(spec, spec_of())
        problems += chasic.expect(0, "apply", spec, "--yes")
        write(spec, spec_of(systems="").replace("vcluster {  }", ""))
        problems += chasic.expect(0, "apply", spec, "--yes", "--prune", prunes(chasic, spec))
        return problems + unlike("claims", host.names(claims), ["data-retail-other"])


@anywhere
def case_any_virtual_cluster_is_listed_paused_and_resumed(chasic):
    spec = write(chasic.state / "shop", spec_of() + 'tenant lab { on = home, vcluster { store { kind = "etcd" } } }\n')
    etcd = "/apis/apps/v1/namespaces/lab/statefulsets/lab-etcd"
    with hosted(chasic, spec, "retail", "lab") as (host, insides, _):
        looks_at(chasic, host)
        problems = chasic.expect(0, "vcluster", "list", says="there are no virtual clusters") + chasic.expect(0, "apply", spec, "--yes")
        found = json.loads(chasic.run("vcluster", "list", "--format", "json").out)
        problems += unlike("listed", [(c["namespace"], c["name"], c["phase"], c["version"], c["kubernetes"]) for c in found],
                           [("lab", "lab", "Running", "0.36.1", "v1.36.0"), ("retail", "retail", "Running", "0.36.1", "v1.36.0")])
        config = chasic.run("vcluster", "kubeconfig", "retail")
        problems += [] if config.code == 0 and insides["retail"].server in config.out and "vcluster_retail_retail" in config.out else [config.told()]
        problems += chasic.expect(1, "vcluster", "pause", "nobody", says="CH6409")
        problems += chasic.expect(0, "vcluster", "pause", "lab", "--namespace", "lab", says="virtual cluster lab is paused")
        problems += unlike("its etcd", host.get(etcd)["spec"]["replicas"], 0)
        problems += chasic.expect(0, "vcluster", "list", says="paused since 20")
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", says="by hand, and left so") + chasic.expect(0, "vcluster", "pause", "lab")
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("left", host.get(etcd)["spec"]["replicas"], 0)
        problems += chasic.expect(0, "vcluster", "resume", "lab", says="starts again") + unlike("resumed", host.get(etcd)["spec"]["replicas"], 1)
        problems += chasic.expect(0, "vcluster", "resume", "lab", says="is not paused")
        return problems + chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@only_real()
def case_what_has_no_address_is_reached_over_the_api_server_of_its_host(chasic):
    spec = write(chasic.state / "shop", spec_of())
    host = real(chasic.cluster)
    with real_inside(chasic.state / "inside", port=chasic.cluster.forwarded, names=("retail.retail",)) as inside, ControlPlanes(host, {"retail": inside}):
        inside.told = "https://localhost:8443"  # as the chart writes it
        problems = chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s", says="ready tenant.retail/vcluster")
        problems += unlike("inside", inside.names("/apis/apps/v1/deployments"), ["shop-web"]) + chasic.expect(0, "plan", spec, "--detailed-exitcode")
        write(spec, spec_of(image="2.4.2"))
        problems += chasic.expect(0, "plan", spec, says="Deployment/shop-web in retail on home/retail") + chasic.expect(0, "apply", spec, "--yes")
        image = inside.get("/apis/apps/v1/namespaces/retail/deployments/shop-web")["spec"]["template"]["spec"]["containers"][0]["image"]
        problems += unlike("changed", image, "registry.example/shop/web:2.4.2")
        many = "".join(f'system "s{n}" {{\n  tenant = retail\n  component job {{ image = "registry.example/job:1" }}\n}}\n' for n in range(30))
        write(spec, spec_of(others=many))
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("many", len(inside.names("/apis/apps/v1/deployments")), 31)
        return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")
