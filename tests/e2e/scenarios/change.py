"""Changing, adding, removing: what a plan says is what an apply does, and nothing else."""

import json

from specs import SECOND_SYSTEM, SHOP, anywhere, config_map, namespace, objects, served, write


@anywhere
def case_a_change_touches_one_object_and_names_the_field(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    problems += chasic.expect(2, "plan", spec, "--set", "copies=3", "--detailed-exitcode", says="spec.replicas")
    plan = chasic.run("plan", spec, "--set", "copies=3")
    if "1 to change" not in plan.out or "2" not in plan.out or "3" not in plan.out:
        problems.append(plan.told())
    problems += chasic.expect(0, "apply", spec, "--set", "copies=3", "--yes", says="1 changed")
    problems += chasic.expect(0, "plan", spec, "--set", "copies=3", "--detailed-exitcode")
    return problems


@anywhere
def case_removed_declarations_are_pruned_and_nothing_else_is(chasic):
    spec = write(chasic.state / "shop", SHOP + SECOND_SYSTEM)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        kubectl("create", "-f", "-", stdin=config_map("foreign", "team"))
        write(spec, SHOP)
        plan = chasic.run("plan", spec)
        if "to delete" not in plan.out or "foreign" in plan.out:
            problems.append(plan.told())
        problems += chasic.expect(0, "apply", spec, "--yes", says="deleted")
        names = {o["metadata"]["name"] for o in objects(kubectl, "deployments", "team")}
        if names != {"shop-web"}:
            problems.append(f"deployments after the prune: {names}")
        maps = {o["metadata"]["name"] for o in objects(kubectl, "configmaps", "team")}
        if "foreign" not in maps or "extra-job-notes" in maps:
            problems.append(f"config maps after the prune: {maps}")
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_a_field_of_somebody_else_is_a_conflict_that_names_them(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        kubectl("patch", "deployment", "shop-web", "-n", "team", "--field-manager=autoscaler", "--type=merge", "-p", '{"spec":{"replicas":9}}')
        done = chasic.run("apply", spec, "--yes", "--set", "copies=4")
        if done.code == 0 or "CH6203" not in done.err or "autoscaler" not in done.err or "replicas" not in done.err:
            problems.append(done.told())
        live = json.loads(kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "json"))
        if live["spec"]["replicas"] != 9:
            problems.append(f"replicas were taken: {live['spec']['replicas']}")
    return problems


@anywhere
def case_an_existing_object_is_adopted_only_when_asked(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = []
    with served(chasic, spec) as kubectl:
        kubectl("create", "-f", "-", stdin=namespace("team"))
        problems += chasic.expect(3, "apply", spec, "--yes", says="CH6202")
        problems += chasic.expect(0, "apply", spec, "--yes", "--adopt", "all")
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
    return problems


@anywhere
def case_destroy_leaves_what_others_made(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        kubectl("create", "-f", "-", stdin=namespace("other"))
        kubectl("create", "-f", "-", stdin=config_map("keep", "other"))
        problems += chasic.expect(0, "destroy", spec, "--yes", says="deleted")
        left = {o["metadata"]["name"] for o in json.loads(kubectl("get", "namespaces", "-o", "json"))["items"]}
        if "team" in left or "other" not in left:
            problems.append(f"namespaces after destroy: {left}")
    return problems


@anywhere
def case_a_change_of_an_immutable_field_is_a_replacement_that_needs_consent(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    # Another name for the component's labels would be another object; the claim of a volume cannot shrink or change class.
    text = SHOP.replace("copies: Int = 2", "copies: Int = 1").replace("probe    {", "storage  { data { size = 1Gi, path = \"/data\", class = \"slow\" } }\n    workload = \"deployment\"\n    probe    {")
    write(spec, text)
    problems += chasic.expect(0, "apply", spec, "--yes")
    write(spec, text.replace("slow", "fast"))
    refused = chasic.run("apply", spec, "--yes")
    if refused.code == 0 or "CH6205" not in refused.err:
        problems.append(f"expected a refusal with CH6205; {refused.told()}")
    problems += chasic.expect(3, "apply", spec, "--yes", "--replace", says="its data goes with it")
    problems += chasic.expect(0, "apply", spec, "--yes", "--replace-object", "system.shop/PersistentVolumeClaim/team/shop-web-data", says="replaced")
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")
