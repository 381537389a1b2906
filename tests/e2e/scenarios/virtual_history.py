"""What runs did inside virtual clusters is in the history of the host, and a rollback brings it back."""

import json

from scenarios.virtual_clusters import PLANE, prunes, spec_of, unlike
from specs import anywhere, write
from virtual import hosted

WEB = "/apis/apps/v1/namespaces/retail/deployments/shop-web"


def image(inside) -> str:
    web = inside.get(WEB)
    return web["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2] if web else ""


def runs(chasic, spec) -> list:
    return [(r["outcome"], sorted(c["target"] for c in r["clusters"])) for r in json.loads(chasic.run("history", spec, "--format", "json").out)["runs"]]


@anywhere
def case_history_and_rollback_know_what_is_inside(chasic):
    spec = write(chasic.state / "shop", spec_of(image="1"))
    extra = '\nsystem extra { tenant = retail, component job { image = "registry.example/job:1" } }\n'
    with hosted(chasic, spec, "retail") as (host, insides, _):
        inside = insides["retail"]
        problems = chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s")
        write(spec, spec_of(image="2") + extra)
        problems += chasic.expect(0, "apply", spec, "--yes")
        problems += unlike("history", runs(chasic, spec), [("succeeded", ["home", "home/retail"])] * 2)
        problems += chasic.expect(0, "history", spec) + unlike("the second one", (image(inside), inside.names("/apis/apps/v1/deployments")), ("2", ["extra-job", "shop-web"]))
        problems += chasic.expect(0, "rollback", spec, "--yes", "--prune", "1")
        problems += unlike("the first one again", (image(inside), inside.names("/apis/apps/v1/deployments")), ("1", ["shop-web"]))
        problems += unlike("history", runs(chasic, spec), [("succeeded", ["home", "home/retail"])] * 3)
        write(spec, spec_of(image="1"))
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
        # The virtual cluster itself is a part of what comes back.
        write(spec, "cluster home {}\ntenant retail { on = home }\n")
        problems += chasic.expect(0, "apply", spec, "--yes", "--prune", prunes(chasic, spec))
        problems += unlike("still there", bool(host.get(PLANE)), False)
        problems += chasic.expect(0, "rollback", spec, "--yes", "--timeout", "60s")
        problems += [] if host.get(PLANE) else ["the control plane did not come back"]
        write(spec, spec_of(image="1"))
        return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode") + unlike("inside", image(inside), "1")


@anywhere
def case_what_is_left_to_plan_is_said(chasic):
    spec = write(chasic.state / "shop", spec_of())
    with hosted(chasic, spec, "retail") as (_, insides, _planes):
        problems = chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s")
        write(spec, spec_of('state = "paused"'))
        problems += chasic.expect(0, "apply", spec, "--yes")
        write(spec, spec_of(systems=""))
        woken = chasic.run("apply", spec, "--yes", "--timeout", "60s")
        problems += [] if woken.code == 0 and "deletions left to the next plan" in woken.err and "the next plan shows them" in woken.err else [woken.told()]
        problems += unlike("inside", insides["retail"].names("/apis/apps/v1/deployments"), ["shop-web"])
        problems += chasic.expect(0, "plan", spec, says="No longer described") + chasic.expect(0, "apply", spec, "--yes", "--prune", prunes(chasic, spec))
        return problems + unlike("afterwards", insides["retail"].names("/apis/apps/v1/deployments"), [])
