"""The way back when the specification is of no help: it does not compile, is not at hand, or leaves fields to others. And plans that are older
than their sources."""

import json

from scenarios.owners import answer, differs, live, replicas, scaled, spec_of
from scenarios.runs import BOTH, history, kubeconfig, servers
from specs import SHOP, OnCluster, anywhere, served, write


def context_of(chasic) -> str:
    return "real" if isinstance(chasic, OnCluster) else "local"


@anywhere
def case_a_specification_that_does_not_compile_is_in_nobodys_way(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes", "--wait", "--set", "color=red")
    problems += chasic.expect(0, "apply", spec, "--yes", "--wait", "--set", "color=green")
    first = history(chasic, spec)[1]["run"][:8]
    back = f"back to run {first}"
    way = () if isinstance(chasic, OnCluster) else ("--cluster", "home=local")
    broken = {"a name": (SHOP.replace("copies\n", "copys\n"), ()), "a brace": (SHOP.replace("}\n\nsystem", "\n\nsystem"), ()), "all of it": ("tenant {\n", way),
              "a parameter": (SHOP.replace('String = "blue"', "String"), ())}
    for text, words in broken.values():
        write(spec, text)
        problems += chasic.expect(1, "plan", spec)
        told = chasic.run("rollback", first, spec, "--yes", "--wait", *words)
        if told.code != 0 or back not in told.err or "going by what the clusters have recorded of workspace 'shop'" not in told.err:
            problems.append(told.told())
        problems += chasic.expect(0, "history", spec, *words, says=f"back to {first}")
        problems += chasic.expect(0, "unlock", spec, "--cluster", f"home={context_of(chasic)}", says="nobody holds a lock")
        write(spec, SHOP)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", "--set", "color=red")
        problems += chasic.expect(0, "apply", spec, "--yes", "--wait", "--set", "color=green")
    return problems


@anywhere
def case_records_alone_are_enough_when_one_cluster_is_named(chasic):
    spec = write(chasic.state / "shop", SHOP)
    (spec / "env").mkdir()
    (spec / "env" / "prod.chasi").write_text('set color = "red"\n')
    problems = chasic.expect(0, "apply", spec, "--yes", "--wait", "--env", "prod")
    problems += chasic.expect(0, "apply", spec, "--yes", "--wait", "--env", "prod", "--set", "color=green")
    here = ("--workspace", "shop", "--cluster", f"home={context_of(chasic)}")
    program = super(OnCluster, chasic) if isinstance(chasic, OnCluster) else chasic  # adds no --cluster
    tell = lambda code, *words, says="": [] if (told := program.run(*words)).code == code and says in told.out + told.err else [told.told()]
    problems += tell(1, "rollback", "--workspace", "shop", "--yes", says="CH6232")
    problems += tell(1, "rollback", "--yes", *here, says="CH6233")
    problems += tell(1, "rollback", "--yes", "--env", "stage", *here, says="CH6233")
    problems += tell(64, "rollback", "abcd1234", spec, "--yes", *here)
    problems += tell(1, "rollback", "--yes", "--env", "prod", "--workspace", "shoq", *here[2:], says="CH6227")
    problems += tell(0, "history", *here, says="succeeded")
    problems += tell(0, "rollback", "--yes", "--env", "prod", *here)
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode", "--env", "prod")


@anywhere
def case_a_record_leads_to_the_other_clusters_of_its_run(chasic):
    spec = write(chasic.state / "both", BOTH)
    with servers(chasic, "east", "west") as (chasic, both):
        there = kubeconfig(chasic, both)
        problems = chasic.expect(0, "apply", spec, "--yes", **there)
        write(spec, BOTH.replace("cpu = 1", "cpu = 2"))
        problems += chasic.expect(0, "apply", spec, "--yes", **there)
        told = chasic.run("rollback", "--yes", "--workspace", "both", "--cluster", "east=east", **there)
        if told.code != 0 or "2 changed" not in told.err:
            problems.append(told.told())
        write(spec, BOTH)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", **there)
        newest = history(chasic, spec, **there)[0]
        problems += differs("clusters", sorted(part["target"] for part in newest["clusters"]), ["east", "west"])
    return problems


@anywhere
def case_a_context_that_is_missing_is_a_cluster_that_is_away(chasic):
    spec = write(chasic.state / "both", BOTH)
    with servers(chasic, "west", "other") as (chasic, both):
        there = kubeconfig(chasic, both)
        planned = chasic.run("plan", spec, **there)
        missing = "there is no context 'east' in the kubeconfig"
        problems = []
        if planned.code != 4 or missing not in planned.out or "contexts: other, west" not in planned.out or "cluster east is left out" not in planned.out:
            problems.append(planned.told())
        problems += chasic.expect(4, "apply", spec, "--yes", "--require-all", says="CH6101", **there)
        problems += chasic.expect(3, "apply", spec, "--yes", says="cluster east was left out", **there)
        problems += chasic.expect(0, "apply", spec, "--yes", "--target", "cluster.west", **there)
        problems += chasic.expect(3, "status", spec, says="cluster east", **there)
        problems += chasic.expect(4, "history", spec, says=missing, **there)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", "--cluster", "east=other", "--target", "cluster.west", **there)
        problems += chasic.expect(4, "plan", spec, "--cluster", "west=nowhere", says="there is no context 'nowhere'", **there)  # both are away
        write(spec, BOTH.replace('cluster west { context = "west" }\n', "").replace("on = west", "on = east"))
        problems += chasic.expect(4, "plan", spec, says=missing, **there)  # the only one
    return problems


@anywhere
def case_answers_for_fields_come_back_with_the_state(chasic):
    spec = spec_of(chasic, answer("spec.replicas", "ignore"))
    other = ("--set", "image=docker.io/library/nginx:1.27.4", "--set", "copies=4")
    problems = chasic.expect(0, "apply", spec, "--yes", "--wait")
    with served(chasic, spec) as kubectl:
        scaled(kubectl, 7)
        problems += chasic.expect(0, "apply", spec, "--yes", "--wait", *other)
        problems += chasic.expect(0, "rollback", spec, "--yes", "--wait", says="1 changed")
        problems += differs("an ignored field stays with the other", replicas(kubectl), 7)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
        # The next run has another answer, and the way back the one that it left.
        taken = spec_of(chasic, answer("spec.replicas", "take"))
        problems += chasic.expect(0, "apply", taken, "--yes", "--wait", *other, says="1 changed")
        problems += differs("taken", replicas(kubectl), 4)
        scaled(kubectl, 6)
        problems += chasic.expect(0, "rollback", spec, "--yes", "--wait")
        problems += differs("ignored again", replicas(kubectl), 6)
        spec_of(chasic, answer("spec.replicas", "ignore"))
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
        # Back to the run that took it: from whom it takes is named, and it takes it.
        told = chasic.run("rollback", spec, "--yes", "--wait")
        if told.code != 0 or replicas(kubectl) != 4:
            problems.append(f"{replicas(kubectl)}; {told.told()}")
        image = live(kubectl, "deployment", "shop-web", "-n", "team")["spec"]["template"]["spec"]["containers"][0]["image"]
        problems += differs("image", image.rsplit(":", 1)[1], "1.27.4")
    return problems


@anywhere
def case_a_plan_that_is_older_than_its_sources_says_so(chasic):
    changed = "have changed since this plan was made"
    root = chasic.state / "root"
    spec = write(root / "shop", SHOP)
    (spec / "workspace.chasi").rename(root / "workspace.chasi")
    (root / "env").mkdir()
    (root / "env" / "prod.chasi").write_text('set color = "red"\n')
    saved = [chasic.state / f"{name}.json" for name in ("module", "again", "file")]
    problems = chasic.expect(0, "plan", spec, "--env", "prod", "--out", saved[0])
    problems += chasic.expect(0, "plan", spec, "--env", "prod", "--out", saved[1])
    problems += chasic.expect(0, "plan", spec / "main.chasi", "--out", saved[2])
    problems += differs("modules", [json.loads(path.read_text())["module"] for path in saved], ["shop", "shop", "shop/main.chasi"])
    told = chasic.run("apply", saved[0], "--yes", cwd=root)
    if told.code != 0 or changed in told.err:
        problems.append(told.told())
    (root / "env" / "prod.chasi").write_text('set color = "green"\n')
    told = chasic.run("apply", saved[1], "--yes", cwd=chasic.state)  # the sources are not here
    if changed in told.err:
        problems.append(told.told())
    problems += chasic.expect(0, "apply", saved[1], "--yes", cwd=spec, says=f"the sources in shop {changed}")
    (spec / "main.chasi").write_text(SHOP.replace("copies\n", "copys\n"))  # not even right
    lines = chasic.run("apply", saved[1], "--yes", "--format", "json", cwd=root).out.splitlines()
    events = [json.loads(line) for line in lines]
    if not any(changed in event["message"] and event["event"] == "progress" for event in events):
        problems.append("\n".join(lines))
    return problems
