"""The state of virtual clusters, kept elsewhere and put back, by their own control planes."""

import base64
import json
import signal
import time

from specs import OnCluster, anywhere, write
from virtual import Snapshots, hosted, looks_at, unlike

SPEC = "cluster home {}\ntenant retail { on = home, vcluster { } }\n"
PLANE = "/apis/apps/v1/namespaces/retail/statefulsets/retail"
SECRETS, PODS = "/api/v1/namespaces/retail/secrets", "/api/v1/namespaces/retail/pods"
URL = "s3://backups/retail/monday.tar.gz"
KEY = "a-secret-that-nobody-sees"


def marks(host) -> dict:
    return {k: v for k, v in host.get(PLANE)["metadata"].get("annotations", {}).items() if "loft.sh" in k or "restored" in k}


def left(host) -> list:
    """Secrets with credentials, and pods of restores."""
    return [n for n in host.names(SECRETS) if "snapshot-request" in n or "restore" in n] + [n for n in host.names(PODS) if "restore" in n]


def until(holds, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def ready(chasic, host, spec) -> list:
    looks_at(chasic, host)
    chasic.variables.update({"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": KEY, "HOME": str(chasic.state)})
    return chasic.expect(0, "apply", spec, "--yes")


@anywhere
def case_a_snapshot_is_asked_for_and_followed(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec, "retail") as (host, _, _planes), Snapshots(host) as vendor:
        problems = ready(chasic, host, spec)
        done = chasic.run("vcluster", "snapshot", "retail", URL + "?region=eu-central-1")
        problems += [] if done.code == 0 and f"is at {URL}" in done.err and "CreatingEtcdBackup" in done.err and KEY not in done.told() else [done.told()]
        asked = vendor.asked[-1]
        problems += unlike("options", asked["s3"], {"bucket": "backups", "key": "retail/monday.tar.gz", "region": "eu-central-1", "access-key-id": "AKIA", "secret-access-key": KEY})
        release = asked["release"]
        problems += unlike("the release", (release["releaseName"], release["releaseNamespace"], release["chartName"], release["chartVersion"]), ("retail", "retail", "vcluster", "0.36.1"))
        problems += [] if "controlPlane:" in base64.b64decode(release["values"]).decode() else ["its values are not the configuration"]
        problems += [] if until(lambda: not left(host)) else [f"left: {left(host)}"]
        vendor.refused["s3://backups/full"] = f"no such bucket for {KEY}"
        done = chasic.run("vcluster", "snapshot", "retail", "s3://backups/full")
        problems += [] if done.code == 3 and "CH6412" in done.err and "no such bucket" in done.err and KEY not in done.told() else [done.told()]
        found = json.loads(chasic.run("vcluster", "snapshots", "retail", "--format", "json").out)
        problems += unlike("listed", sorted((f["url"], f["phase"]) for f in found), [("s3://backups/full", "Failed"), (URL, "Completed")])
        problems += chasic.expect(0, "vcluster", "snapshots", "retail", says="no such bucket")
        return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_a_snapshot_that_cannot_be_is_told_at_once(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec, "retail") as (host, _, _planes), Snapshots(host) as vendor:
        problems = ready(chasic, host, spec)
        for url, says in (("ftp://a/b", "`ftp` is no kind of storage"), ("s3://bucket", "a bucket and a key"), ("s3://b/k?access-key-id=QQ==", "seen by everybody"), ("s3://b/k?colour=red", "no option `colour`"),
                          ("container://relative/a", "begins with a slash"), ("https://a.blob.core.windows.net/c/n", "AZURE_STORAGE_BLOB_SAS"), ("oci://me:pw@registry.example/a", "seen by everybody")):
            done = chasic.run("vcluster", "snapshot", "retail", url)
            problems += [] if done.code == 1 and "CH6411" in done.err and says in done.err and "pw@" not in done.err else [done.told()]
        vendor.deaf = True
        done = chasic.run("vcluster", "snapshot", "retail", URL, "--timeout", "1s")
        problems += [] if done.code == 3 and "CH6413" in done.err and "taken back" in done.err else [done.told()]
        problems += unlike("taken back", left(host) + [n for n in host.names("/api/v1/namespaces/retail/configmaps") if "snapshot" in n], [])
        problems += chasic.expect(0, "vcluster", "snapshot", "retail", URL, "--no-wait", says="asked for as retail-snapshot-request-")
        problems += chasic.expect(0, "vcluster", "snapshots", "retail", says="Waiting")
        problems += chasic.expect(0, "vcluster", "pause", "retail")
        return problems + chasic.expect(1, "vcluster", "snapshot", "retail", URL, says="CH6410")


@anywhere
def case_a_restore_replaces_the_state_and_runs_again(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec, "retail") as (host, _, _planes), Snapshots(host) as vendor:
        problems = ready(chasic, host, spec)
        claims = "/api/v1/namespaces/retail/persistentvolumeclaims"
        for number in (0, 1):
            claim = {"metadata": {"name": f"data-retail-{number}", "labels": {"app": "vcluster", "release": "retail"}}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
            host.ask("POST", claims, claim)
        problems += unlike("claims before", host.names(claims), ["data-retail-0", "data-retail-1"])
        refused = chasic.run("vcluster", "restore", "retail", URL)
        problems += [] if refused.code == 64 and "--yes" in refused.err else [refused.told()]
        problems += unlike("untouched", marks(host), {})
        done = chasic.run("vcluster", "restore", "retail", URL, "--yes")
        problems += [] if done.code == 0 and "starts again" in done.err and KEY not in done.told() else [done.told()]
        problems += unlike("marks", marks(host), {}) + unlike("replicas", host.get(PLANE)["spec"]["replicas"], 1) + unlike("left", left(host), [])
        problems += unlike("claims", host.names(claims), ["data-retail-0"]) + unlike("options", [o["s3"]["secret-access-key"] for o in vendor.restored], [KEY])
        problems += chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")
        problems += chasic.expect(0, "vcluster", "pause", "retail")
        problems += chasic.expect(0, "vcluster", "restore", "retail", URL, "--yes", says="stays paused")
        return problems + unlike("paused", (host.get(PLANE)["spec"]["replicas"], marks(host).get("loft.sh/paused")), (0, "true"))


@anywhere
def case_a_restore_that_fails_leaves_nothing_half_running(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec, "retail") as (host, _, _planes), Snapshots(host) as vendor:
        problems = ready(chasic, host, spec)
        vendor.code = 7
        if isinstance(chasic, OnCluster):
            (chasic.cluster.folder / "pod.log").write_text(f"2026-11-28T09:00:00.000000000Z stdout F no object of that name for {KEY}\n")
        done = chasic.run("vcluster", "restore", "retail", URL, "--yes")
        problems += [] if done.code == 3 and "CH6414" in done.err and "ended with code 7" in done.err and "stays down" in done.err and KEY not in done.told() else [done.told()]
        problems += [] if ("no object of that name for ***" if isinstance(chasic, OnCluster) else "it has no log") in done.err else [done.told()]
        problems += unlike("down", host.get(PLANE)["spec"]["replicas"], 0) + unlike("credentials", [n for n in left(host) if n in host.names(SECRETS)], [])
        problems += chasic.expect(0, "vcluster", "list", says=f"being restored from {URL} since 20")
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", says="finishes it") + chasic.expect(0, "apply", spec, "--yes")
        problems += unlike("still down", host.get(PLANE)["spec"]["replicas"], 0) + chasic.expect(1, "vcluster", "snapshot", "retail", URL, says="CH6410")
        vendor.code = 0
        problems += chasic.expect(0, "vcluster", "restore", "retail", "s3://backups/another", "--yes")
        problems += unlike("another", [o["s3"]["key"] for o in vendor.restored], ["retail/monday.tar.gz", "another"]) + unlike("marks", marks(host), {}) + unlike("left", left(host), [])
        problems += chasic.expect(1, "vcluster", "restore", "retail", "container:///scratch/a.tar.gz", "--yes", says="CH6415")
        return problems + chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_a_restore_that_is_killed_continues(chasic):
    spec = write(chasic.state / "shop", SPEC)
    with hosted(chasic, spec, "retail") as (host, _, _planes), Snapshots(host) as vendor:
        problems = ready(chasic, host, spec)
        vendor.code = None
        run = chasic.start("vcluster", "restore", "retail", URL, "--yes")
        problems += [] if until(lambda: "vcluster-restore-retail" in host.names(PODS)) else ["no pod came"]
        run.send_signal(signal.SIGKILL)
        run.communicate()
        problems += chasic.expect(3, "vcluster", "resume", "retail", says="CH6418")
        problems += chasic.expect(3, "vcluster", "restore", "retail", "s3://backups/another", "--yes", says="CH6418")
        problems += chasic.expect(0, "apply", spec, "--yes") + unlike("down", host.get(PLANE)["spec"]["replicas"], 0)
        made = host.get(PODS + "/vcluster-restore-retail")["metadata"]["uid"]
        run = chasic.start("vcluster", "restore", "retail", URL, "--yes")
        time.sleep(0.5)
        problems += unlike("the pod", host.get(PODS + "/vcluster-restore-retail")["metadata"]["uid"], made)
        vendor.code = 0
        told = run.communicate(timeout=60)[1]
        problems += [] if run.returncode == 0 else [told]
        problems += unlike("marks", marks(host), {}) + unlike("left", left(host), []) + unlike("replicas", host.get(PLANE)["spec"]["replicas"], 1)
        return problems + chasic.expect(0, "apply", spec, "--yes") + chasic.expect(0, "plan", spec, "--detailed-exitcode")
