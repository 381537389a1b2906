"""The thirty faults of a run against a cluster, one by one where no other scenario has them: what a person is told, what is done, what is
left alone. Sudden death (1) is in crash.py, two runs at once (3) in survive.py, conflicts and replacements (15, 19) in owners.py, secrets
(29) in secrets.py."""

import json
import os
import signal
import stat
import time

from specs import SHOP, anywhere, config_map, many, namespace, objects, only_real, served, write
from trouble import Cut, Lose, Refuse, Seeded, Still, on_the_way
from virtual import hosted

SEED = int(os.environ.get("CHASI_SEED", "1"))

CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "lamps.example.org"},
       "spec": {"group": "example.org", "scope": "Namespaced", "names": {"plural": "lamps", "singular": "lamp", "kind": "Lamp", "listKind": "LampList"},
                "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {
                    "type": "object", "properties": {"spec": {"type": "object", "properties": {"watts": {"type": "integer"}}}, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}}]}}


def raw(*manifests: dict) -> str:
    """A specification of such objects."""
    return 'cluster home { context = "local" }\nobjects it {\n  on  = home\n  all = yamlStream("it.json")\n}\n', json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})


def write_raw(folder, *manifests: dict):
    text, data = raw(*manifests)
    write(folder, text)
    (folder / "it.json").write_text(data)
    return folder


def maps(count: int, where: str = "plain") -> list:
    return [json.loads(namespace(where)), *(json.loads(config_map(f"m{n}", where)) for n in range(count))]


def summary(outcome) -> str:
    return outcome.err.strip().splitlines()[-1] if outcome.err.strip() else ""


def quiet(chasic, spec, *words) -> list:
    return chasic.expect(0, "plan", spec, "--detailed-exitcode", *words)


@anywhere
def case_02_the_lock_of_a_machine_that_died_is_waited_for_and_its_holder_named(chasic):
    spec = write(chasic.state / "many", many(8))
    with on_the_way(chasic, spec) as way, served(chasic, spec) as kubectl:
        way.rule = lambda s: 1 if s.writes else None
        run = chasic.start("apply", spec, "--yes", *way.words)
        while len(way.wrote()) < 8:
            time.sleep(0.05)
        run.kill()
        run.communicate()
        way.rule = lambda s: None
        lease = json.loads(kubectl("get", "lease", "-n", "chasi-system", "chasi-many", "-o", "json"))
        # A process of another machine: nobody here can tell whether it lives.
        kubectl("annotate", "--overwrite", "lease", "-n", "chasi-system", "chasi-many", "chasi.dev/machine=elsewhere")
        begin = time.monotonic()
        done = chasic.run("apply", spec, "--yes", "--lock-timeout", "60s", *way.words)
        took = time.monotonic() - begin
        problems = [] if done.code == 0 and lease["spec"]["holderIdentity"] in done.err else [done.told()]
        if not 10 < took < 30:
            problems.append(f"it waited for {took:.0f} s, and the lock was for {lease['spec']['leaseDurationSeconds']}")
        return problems + quiet(chasic, spec, *way.words)


@anywhere
def case_04_a_run_that_cannot_renew_its_lock_stops_writing_and_is_continued(chasic):
    spec = write(chasic.state / "many", many(14))
    with on_the_way(chasic, spec) as way:
        # Writes are slow, and from the first of them on nobody can renew a lock.
        way.rule = lambda s: Lose(False) if "/leases/" in s.path and way.wrote() else 3 if s.writes else None
        done = chasic.run("apply", spec, "--yes", *way.words)
        begin = way.wrote()[0].at
        late = [str(s) for s in way.wrote() if s.at - begin > 15]
        problems = [] if done.code == 3 and "CH6208" in done.err else [done.told()]
        if late:
            problems.append(f"written when the lock could long have been another's: {late[:5]}")
        if len(way.wrote()) >= 126:
            problems.append("the lock was not needed at all")
        way.rule = lambda s: None
        problems += chasic.expect(0, "apply", spec, "--yes", "--lock-timeout", "60s", *way.words)
        return problems + quiet(chasic, spec, *way.words)


@anywhere
def case_05_what_cannot_be_read_is_never_gone(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with on_the_way(chasic, spec) as way:
        for lost in (lambda s: Lose(False) if s.method == "GET" and "labelSelector" in s.query else None,  # all lists
                     lambda s: Cut() if s.path.endswith("/deployments") else None,
                     lambda s: Refuse(403, "forbidden: may not list", reason="Forbidden") if s.path.endswith("/deployments") else None):
            way.clear()
            way.rule = lost
            plan = chasic.run("plan", spec, "--detailed-exitcode", *way.words, timeout=150)
            if plan.code != 4 or "to create" in plan.out or "to delete" in plan.out:
                problems.append(plan.told())
            done = chasic.run("destroy", spec, "--yes", *way.words, timeout=150)
            if done.code in (0, 130) or way.wrote():
                problems.append(f"something was deleted from a cluster that cannot be read: {done.told()}")
    return problems + quiet(chasic, spec)


@anywhere
def case_05_an_answer_that_stands_still_comes_on_a_new_connection(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with on_the_way(chasic, spec) as way:
        way.rule = lambda s: Still() if s.path.endswith("/deployments") and sum(o.path == s.path for o in way.log) == 1 else None
        begin = time.monotonic()
        problems += quiet(chasic, spec, *way.words)
        if time.monotonic() - begin > 45:
            problems.append(f"it took {time.monotonic() - begin:.0f} s")
    return problems


@anywhere
def case_06_a_lost_answer_is_asked_for_again_and_counted_once(chasic):
    spec = write(chasic.state / "many", many(3))
    with on_the_way(chasic, spec) as way:
        lost = set()

        def rule(seen):
            if seen.writes and seen.path not in lost:
                lost.add(seen.path)
                return Lose(True)
            return None

        way.rule = rule
        done = chasic.run("apply", spec, "--yes", *way.words)
        made = sum(s.status == 201 for s in way.wrote())
        if done.code != 0 or not summary(done).startswith("27 created") or made != 27:
            return [f"{made} made; {done.told()}"]
        return quiet(chasic, spec, *way.words)


@anywhere
def case_06_trouble_by_chance_ends_in_the_same_state(chasic):
    problems = []
    for seed in range(SEED, SEED + 4):
        spec = write(chasic.state / f"s{seed}", many(4).replace('"t-$', f'"s{seed}-$'))
        with on_the_way(chasic, spec) as way:
            way.rule = Seeded(seed)
            done = chasic.run("apply", spec, "--yes", *way.words)
            twice = [str(s) for s in way.wrote() if s.status == 201 and sum(o.path == s.path and o.status == 201 for o in way.log) > 1]
            if done.code != 0 or twice:
                problems.append(f"seed {seed}: {twice} {done.told()}")
            way.rule = lambda s: None
            problems += quiet(chasic, spec, *way.words)
    return problems


@only_real("--goaway-chance=0.02")
def case_07_a_server_that_sends_connections_away_is_not_noticed(chasic):
    spec = write(chasic.state / "many", many(60))  # 540 objects: some ten times "go away" while up to 32 requests are on their way
    run = chasic.run("apply", spec, "--yes", "--format", "json")
    rows = [json.loads(line) for line in run.out.splitlines()]
    problems = [] if run.code == 0 else [run.told()]
    bad = [r for r in rows if r["event"] in ("failed", "skipped")]
    if bad or "540 created" not in rows[-1]["message"]:
        problems.append(f"{bad[:3]} {rows[-1]}")
    for _ in range(5):
        problems += quiet(chasic, spec, "--refresh")
    with served(chasic, spec) as kubectl:
        problems += [] if len(objects(kubectl, "resourcequotas")) == 60 else ["a quota is missing"]
    return problems


@only_real("--enable-priority-and-fairness=false", "--max-mutating-requests-inflight=2", "--max-requests-inflight=2")
def case_08_a_server_that_takes_two_writes_at_a_time_gets_all_of_them(chasic):
    spec = write(chasic.state / "many", many(112))  # 1,008 objects
    with served(chasic, spec) as kubectl:
        # Whoever is in system:masters is never refused.
        kubectl("create", "clusterrolebinding", "deployer", "--clusterrole=cluster-admin", "--user=deployer")
    config = json.loads(chasic.cluster.kubeconfig().read_text())
    config["users"][0]["user"]["as"] = "deployer"
    (chasic.state / "deployer.json").write_text(json.dumps(config))
    begin = time.monotonic()
    run = chasic.run("apply", spec, "--yes", "--format", "json", "--kubeconfig", chasic.state / "deployer.json", timeout=240)
    took = time.monotonic() - begin
    rows = [json.loads(line) for line in run.out.splitlines()]
    refused = sum(r["event"] == "retry" for r in rows)
    problems = [] if run.code == 0 and "1008 created" in rows[-1]["message"] else [run.told()]
    if not 0 < refused < 504 or took > 200:
        problems.append(f"{refused} of 1,008 were refused, in {took:.0f} s")
    print(f"1,008 objects into a server that takes two writes at a time: {took:.0f} s, {refused} times refused")
    return problems + quiet(chasic, spec, "--kubeconfig", chasic.state / "deployer.json")


@anywhere
def case_08_too_many_requests_pauses_everybody(chasic):
    spec = write(chasic.state / "many", many(6))
    with on_the_way(chasic, spec) as way:
        said = []

        def rule(seen):
            if seen.writes and len(way.wrote()) == 12 and not said:
                said.append(time.monotonic())
                return Refuse(429, "Too many requests, please try again later.", {"Retry-After": "3"}, plain=True)
            return None

        way.rule = rule
        done = chasic.run("apply", spec, "--yes", *way.words)
        # What was on its way already may come; then there is silence.
        early = [str(s) for s in way.log if said and said[0] + 0.5 < s.at < said[0] + 2.9]
        if done.code != 0 or not said or early:
            return [f"asked during the pause: {early[:3]}; {done.told()}"]
        return quiet(chasic, spec, *way.words)


@anywhere
def case_09_a_schema_mistake_is_final_and_others_go_on(chasic):
    spec = write_raw(chasic.state / "raw", *maps(4))
    with on_the_way(chasic, spec) as way:
        way.rule = lambda s: Refuse(500, "failed to create typed patch object (plain/m1; /v1, Kind=ConfigMap): .data.x: field not declared in schema") if s.writes and s.path.endswith("/m1") else None
        done = chasic.run("apply", spec, "--yes", *way.words)
        tries = [s for s in way.wrote() if s.path.endswith("/m1")]
        problems = [] if done.code == 3 and "m1" in done.err and ".data.x" in done.err and "4 created, 1 failed" in done.err else [done.told()]
        return problems + ([] if len(tries) == 1 else [f"tried {len(tries)} times"])


@anywhere
def case_10_a_webhook_that_is_down_is_waited_for_and_then_named(chasic):
    down = Refuse(500, 'Internal error occurred: failed calling webhook "check.example.org": failed to call webhook: Post "https://check.tools.svc:443": connection refused', reason="InternalError")
    spec = write_raw(chasic.state / "raw", *maps(2))
    with on_the_way(chasic, spec) as way:
        way.rule = lambda s: down if s.writes and s.path.endswith("/m0") and sum(o.path == s.path for o in way.wrote()) < 3 else None
        problems = chasic.expect(0, "apply", spec, "--yes", *way.words, says="3 created")
        chasic.run("destroy", spec, "--yes", *way.words)
        way.clear()
        way.rule = lambda s: down if s.writes and s.path.endswith("/m0") else None
        begin = time.monotonic()
        done = chasic.run("apply", spec, "--yes", *way.words)
        if done.code != 3 or "check.example.org" not in done.err or "2 created, 1 failed" not in done.err or time.monotonic() - begin > 120:
            problems.append(done.told())
    return problems


@anywhere
def case_11_what_is_refused_while_applying_stops_only_what_needs_it(chasic):
    spec = write(chasic.state / "shop", SHOP)
    with on_the_way(chasic, spec) as way:
        refused = Refuse(403, 'admission webhook "limits.example.org" denied the request: no quota for team', reason="Forbidden")
        way.rule = lambda s: refused if s.writes and "/configmaps/" in s.path else None
        done = chasic.run("apply", spec, "--yes", *way.words)
        problems = [] if done.code == 3 and "limits.example.org" in done.err and "skipped" in done.err else [done.told()]
        if not any(s.path.endswith("/services/shop-web") and s.status == 201 for s in way.wrote()):
            problems.append(f"the Service needs no file, and was not made: {done.told()}")
        if any("/deployments/" in s.path for s in way.wrote()):
            problems.append("the Deployment was made without its file")
        way.rule = lambda s: None
        problems += chasic.expect(0, "apply", spec, "--yes", *way.words)
        return problems + quiet(chasic, spec, *way.words)


@anywhere
def case_12_13_14_what_moved_between_plan_and_apply(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    save = lambda name, copies: chasic.expect(0, "plan", spec, "--set", f"copies={copies}", "--out", chasic.state / name)  # noqa: E731
    with served(chasic, spec) as kubectl:
        problems += save("a", 3)
        kubectl("annotate", "deployment", "shop-web", "-n", "team", "note=hello")
        problems += chasic.expect(0, "apply", chasic.state / "a", "--yes", says="1 changed")
        problems += save("b", 4)
        kubectl("patch", "deployment", "shop-web", "-n", "team", "--field-manager=eve", "--type=merge", "-p", '{"spec":{"replicas":7}}')
        stale = chasic.run("apply", chasic.state / "b", "--yes")
        live = json.loads(kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "json"))["spec"]["replicas"]
        if stale.code != 3 or not {"CH6007", "CH6203"} & set(stale.err.replace("[", " ").replace("]", " ").split()) or live != 7:
            problems.append(f"{live} copies; {stale.told()}")
        kubectl("delete", "deployment", "shop-web", "-n", "team")
        problems += chasic.expect(0, "apply", spec, "--yes") + save("c", 5)
        kubectl("delete", "deployment", "shop-web", "-n", "team")
        gone = chasic.run("apply", chasic.state / "c", "--yes")
        if gone.code != 3 or "CH6007" not in gone.err or "deployment" in kubectl("get", "deployments", "-n", "team", "-o", "name"):
            problems.append(f"made again in silence: {gone.told()}")
        problems += chasic.expect(0, "apply", spec, "--yes")
        # To be deleted, and somebody else's by now.
        write(spec, SHOP[: SHOP.index("system shop")])
        problems += chasic.expect(0, "plan", spec, "--out", chasic.state / "d")
        kubectl("delete", "configmap", "shop-web-conf", "-n", "team")
        kubectl("create", "-f", "-", stdin=config_map("shop-web-conf", "team"))
        done = chasic.run("apply", chasic.state / "d", "--yes")
        if done.code != 3 or "shop-web-conf" not in done.err or "shop-web-conf" not in kubectl("get", "configmaps", "-n", "team"):
            problems.append(f"what somebody else made was deleted: {done.told()}")
    return problems


@anywhere
def case_16_a_definition_and_its_objects_in_one_run(chasic):
    lamp = {"apiVersion": "example.org/v1", "kind": "Lamp", "metadata": {"name": "desk", "namespace": "plain"}, "spec": {"watts": 5}}
    spec = write_raw(chasic.state / "raw", CRD, lamp, *maps(1))
    with on_the_way(chasic, spec) as way:
        first = []

        def rule(seen):  # the kind is served late
            if "/lamps/" not in seen.path or seen.dry:
                return None
            first.append(seen.at)
            return Refuse(404, "404 page not found\n", plain=True) if seen.at - first[0] < 1.5 else None

        way.rule = rule
        problems = chasic.expect(0, "apply", spec, "--yes", *way.words, says="4 created")
    with served(chasic, spec) as kubectl:
        if '"watts": 5' not in kubectl("get", "lamps.example.org", "desk", "-n", "plain", "-o", "json"):
            problems.append("the object is not there")
    return problems + quiet(chasic, spec)


@anywhere
def case_28_what_nobody_has_looked_at_is_not_ready_for_a_while(chasic):
    lamp = {"apiVersion": "example.org/v1", "kind": "Lamp", "metadata": {"name": "desk", "namespace": "plain"}, "spec": {"watts": 5}}
    spec = write_raw(chasic.state / "raw", CRD, lamp, *maps(1))
    with served(chasic, spec) as kubectl:
        begin = time.monotonic()
        problems = chasic.expect(0, "apply", spec, "--yes", "--wait", "--timeout", "20s")
        if time.monotonic() - begin < 3:
            problems.append("an object without a status was ready at once")

        def says(status: str) -> None:
            live = json.loads(kubectl("get", "lamps.example.org", "desk", "-n", "plain", "-o", "json"))
            live["status"] = {"conditions": [{"type": "Ready", "status": status, "reason": "Bulb", "message": "it is dark", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
            kubectl("replace", "--raw", "/apis/example.org/v1/namespaces/plain/lamps/desk/status", "-f", "-", stdin=json.dumps(live))

        says("False")
        dark = chasic.run("apply", spec, "--yes", "--wait", "--timeout", "2s")
        if dark.code != 3 or "it is dark" not in dark.err:
            problems.append(dark.told())
        says("True")
        problems += chasic.expect(0, "apply", spec, "--yes", "--wait", "--timeout", "20s")
    return problems + quiet(chasic, spec)


@anywhere
def case_30_a_fight_with_a_controller_ends_and_names_it(chasic):
    spec = write(chasic.state / "shop", SHOP)
    write(spec, SHOP.rstrip()[:-1] + '  fields = [{ of = "Deployment/shop-web", path = "spec.replicas", answer = "take" }]\n}\n')
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        back = lambda: kubectl("patch", "deployment", "shop-web", "-n", "team", "--field-manager=scaler", "--type=merge", "-p", '{"spec":{"replicas":9}}')  # noqa: E731
        for _ in range(3):
            back()
            problems += chasic.expect(0, "apply", spec, "--yes", says="1 changed")
        back()
        ended = chasic.run("apply", spec, "--yes")
        if ended.code != 3 or "CH6219" not in ended.err or "scaler" not in ended.err:
            problems.append(ended.told())
        if json.loads(kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "json"))["spec"]["replicas"] != 9:
            problems.append("it was written once more")
    return problems


@anywhere
def case_25_a_kind_that_is_gone_stops_nothing_else(chasic):
    lamp = {"apiVersion": "example.org/v1", "kind": "Lamp", "metadata": {"name": "desk", "namespace": "plain"}, "spec": {"watts": 5}}
    spec = write_raw(chasic.state / "raw", *maps(1), lamp)
    problems = []
    with served(chasic, spec) as kubectl:
        kubectl("create", "-f", "-", stdin=json.dumps(CRD))
        kubectl("wait", "--for=condition=Established", "crd/lamps.example.org", "--timeout=30s")
        problems += chasic.expect(0, "apply", spec, "--yes")
        kubectl("delete", "crd", "lamps.example.org")
        write_raw(spec, *maps(2))  # without the lamp: its kind is unknown now
        problems += chasic.expect(0, "apply", spec, "--yes", says="1 created")
        if "m1" not in kubectl("get", "configmaps", "-n", "plain"):
            problems.append("the new map is not there")
    return problems + quiet(chasic, spec)


@anywhere
def case_17_a_namespace_that_is_being_deleted_is_waited_for_and_what_holds_it_is_named(chasic):
    spec = write_raw(chasic.state / "raw", *maps(1))
    held = json.loads(config_map("held", "plain"))
    held["metadata"]["finalizers"] = ["example.org/wait"]
    with served(chasic, spec) as kubectl:
        problems = chasic.expect(0, "apply", spec, "--yes")
        kubectl("create", "-f", "-", stdin=json.dumps(held))
        kubectl("delete", "namespace", "plain", "--wait=false")
        time.sleep(0.5)
        stuck = chasic.run("apply", spec, "--yes", "--timeout", "3s")
        if stuck.code != 3 or "plain" not in stuck.err or "CH6216" not in stuck.err:
            problems.append(stuck.told())
        kubectl("patch", "configmap", "held", "-n", "plain", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        problems += chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s")
    return problems + quiet(chasic, spec)


@anywhere
def case_18_a_finalizer_that_stays_keeps_the_object_in_the_record(chasic):
    spec = write_raw(chasic.state / "raw", *maps(2))
    with served(chasic, spec) as kubectl:
        problems = chasic.expect(0, "apply", spec, "--yes")
        kubectl("patch", "configmap", "m1", "-n", "plain", "--type=merge", "-p", '{"metadata":{"finalizers":["example.org/wait"]}}')
        write_raw(spec, *maps(1))
        stuck = chasic.run("apply", spec, "--yes", "--timeout", "2s")
        if stuck.code != 3 or "CH6216" not in stuck.err or "example.org/wait" not in stuck.err:
            problems.append(stuck.told())
        again = chasic.run("plan", spec, "--detailed-exitcode")
        if again.code != 2 or "m1" not in again.out:
            problems.append(f"forgotten: {again.told()}")
        kubectl("patch", "configmap", "m1", "-n", "plain", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        problems += chasic.expect(0, "apply", spec, "--yes")
    return problems + quiet(chasic, spec)


@anywhere
def case_20_an_empty_specification_deletes_nothing_by_accident(chasic):
    spec = write(chasic.state / "many", many(4))
    problems = chasic.expect(0, "apply", spec, "--yes")
    write(spec, 'cluster home { context = "local" }\n')
    refused = chasic.run("apply", spec, "--yes")
    if refused.code == 0 or "CH6206" not in refused.err or "36" not in refused.err:
        problems.append(refused.told())
    wrong = chasic.run("apply", spec, "--yes", "--prune", "35")
    if wrong.code == 0:
        problems.append(wrong.told())
    with served(chasic, spec) as kubectl:
        if len(objects(kubectl, "resourcequotas")) != 4:
            problems.append("something was deleted")
    return problems + chasic.expect(0, "apply", spec, "--yes", "--prune", "36", says="36 deleted")


@anywhere
def case_21_a_plan_for_one_cluster_is_refused_by_another(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "plan", spec, "--out", chasic.state / "plan")
    with hosted(chasic, spec, "other") as (_, insides, _planes):
        config = chasic.state / "other.json"
        config.write_text(insides["other"].kubeconfig())
        words = ["--cluster", "home=it", "--kubeconfig", config]
        refused = chasic.run("apply", chasic.state / "plan", "--yes", *words)
        if refused.code != 3 or "CH6201" not in refused.err or insides["other"].get("/api/v1/namespaces/team"):
            problems.append(refused.told())
        return problems + chasic.expect(0, "apply", chasic.state / "plan", "--yes")


@anywhere
def case_22_a_credential_that_runs_out_is_had_again_once(chasic):
    spec = write(chasic.state / "many", many(5))
    counter, program = chasic.state / "calls", chasic.state / "login"
    program.write_text(f'#!/bin/sh\necho x >> {counter}\nn=$(wc -l < {counter})\n'
                       'echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"t$n\\"}}"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with on_the_way(chasic, spec) as way:
        way.use({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "interactiveMode": "Never"}})
        # The first token is good for so many requests.
        way.rule = lambda s: Refuse(401, "Unauthorized", reason="Unauthorized") if s.token != "t2" and (s.token != "t1" or s.number > 30) else None
        done = chasic.run("apply", spec, "--yes", *way.words)
        calls = len(counter.read_text().split())
        if done.code != 0 or calls != 2:
            return [f"the program ran {calls} times; {done.told()}"]
        # One that is never good ends soon, and says so.
        way.rule = lambda s: Refuse(401, "Unauthorized", reason="Unauthorized")
        return chasic.expect(4, "plan", spec, *way.words, says="CH6103")


@anywhere
def case_23_a_record_that_somebody_deleted_is_made_again_of_labels(chasic):
    spec = write(chasic.state / "many", many(2))
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        kubectl("delete", "configmap", "chasi-many", "-n", "chasi-system")
        plan = chasic.run("plan", spec, "--detailed-exitcode")
        if plan.code not in (0, 2) or "to delete" in plan.out.replace("0 to delete", ""):
            problems.append(plan.told())
        problems += chasic.expect(0, "apply", spec, "--yes")
        problems += chasic.expect(0, "apply", spec, "--yes", says=" 0 writes")
        # Deleted once more, and the specification has lost a tenant meanwhile: its objects are found, and their number asked for.
        kubectl("delete", "configmap", "chasi-many", "-n", "chasi-system")
        write(spec, many(1))
        refused = chasic.run("apply", spec, "--yes")
        if refused.code == 0 or "CH6206" not in refused.err or "--prune 9" not in refused.err:
            problems.append(refused.told())
        problems += chasic.expect(0, "apply", spec, "--yes", "--prune", "9")
        left = {o["metadata"]["name"] for o in json.loads(kubectl("get", "namespaces", "-o", "json"))["items"]}
        if "t-2" in left or "t-1" not in left:
            problems.append(f"namespaces: {sorted(left)}")
    return problems + quiet(chasic, spec)


@anywhere
def case_24_what_belongs_to_another_set_is_not_taken(chasic):
    spec = write_raw(chasic.state / "raw", *maps(1))
    other = json.loads(config_map("m0", "plain"))
    other["metadata"]["labels"] = {"applyset.kubernetes.io/part-of": "applyset-of-somebody-v1", "app.kubernetes.io/managed-by": "Helm"}
    with served(chasic, spec) as kubectl:
        kubectl("create", "-f", "-", stdin=namespace("plain"))
        kubectl("create", "-f", "-", stdin=json.dumps(other))
        problems = []
        for words in ([], ["--adopt", "all"]):
            done = chasic.run("apply", spec, "--yes", *words)
            if done.code == 0 or "CH6202" not in done.err or "applyset-of-somebody-v1" not in done.err:
                problems.append(done.told())
    return problems


@anywhere
def case_26_the_first_signal_ends_a_run_soon_and_the_second_at_once(chasic):
    problems = []
    for signals, within in (([signal.SIGTERM], 8), ([signal.SIGTERM, signal.SIGTERM], 3)):
        spec = write(chasic.state / f"s{len(signals)}", many(30).replace('"t-$', f'"s{len(signals)}-$'))
        with on_the_way(chasic, spec) as way:
            way.rule = lambda s: 0.6 if s.writes else None
            run = chasic.start("apply", spec, "--yes", *way.words)
            while len(way.wrote()) < 12 and run.poll() is None:
                time.sleep(0.02)
            begin = time.monotonic()
            for each in signals:
                run.send_signal(each)
                time.sleep(0.2)
            out, err = run.communicate(timeout=60)
            took = time.monotonic() - begin
            if run.returncode != 130 or took > within:
                problems.append(f"exit {run.returncode} after {took:.1f} s: {err[-800:]}")
            way.rule = lambda s: None
            problems += chasic.expect(0, "apply", spec, "--yes", "--lock-timeout", "60s", *way.words)
            problems += quiet(chasic, spec, *way.words)
    return problems


@anywhere
def case_27_a_reader_that_goes_away_leaves_no_half_of_a_run(chasic):
    spec = write(chasic.state / "many", many(12))
    run = chasic.start("apply", spec, "--yes", "--format", "json")
    run.stdout.readline()
    run.stdout.close()  # the pipe is broken
    run.wait(timeout=120)
    problems = [] if run.returncode in (0, 3, 4, 130) else [f"exit {run.returncode}: {run.stderr.read()[-800:]}"]
    run.stderr.close()
    if run.returncode == 0:
        problems += quiet(chasic, spec)
    problems += chasic.expect(0, "apply", spec, "--yes")
    return problems + quiet(chasic, spec)
