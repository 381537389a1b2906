"""Saved plans and virtual clusters: what a plan must hold to make one, and what it must not."""

from scenarios.virtual_clusters import PLANE, spec_of, unlike
from specs import anywhere, write
from virtual import hosted


@anywhere
def case_a_saved_plan_makes_a_virtual_cluster_and_fills_it(chasic):
    spec, plan = write(chasic.state / "shop", spec_of()), chasic.state / "plan.json"
    with hosted(chasic, spec, "retail") as (_, insides, _planes):
        problems = chasic.expect(0, "plan", spec, "--out", plan) + chasic.expect(0, "apply", plan, "--yes", "--timeout", "60s")
        problems += unlike("inside", insides["retail"].names("/apis/apps/v1/deployments"), ["shop-web"])
        return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode") + chasic.expect(0, "apply", spec, "--yes", says=" 0 writes")


@anywhere
def case_a_saved_plan_holds_no_password_of_a_virtual_cluster(chasic):
    secret = "canary-91d27f3a"
    values = f'values {{ experimental {{ deploy {{ vcluster {{ manifests = "apiVersion: v1\\nkind: Secret\\nstringData:\\n  a: {secret}\\n" }} }} }} }}'
    spec, plan = write(chasic.state / "shop", spec_of(values, systems="")), chasic.state / "plan.json"
    with hosted(chasic, spec, "retail") as (host, _, _planes):
        problems = chasic.expect(0, "plan", spec, "--out", plan)
        problems += ["the plan holds it"] if secret in plan.read_text() else []
        problems += chasic.expect(3, "apply", plan, "--yes", says="CH6006") + unlike("the control plane", host.get(PLANE), None)
        return problems + chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s")
