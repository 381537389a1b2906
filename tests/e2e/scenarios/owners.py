"""Fields that others write as well: conflicts and their answers, objects that other tools applied, replacements, drift."""

import json

from specs import anywhere, served, write

SPEC = """param image: String = "docker.io/library/nginx:1.27.3"
param copies: Int = 2
param key: String = "one"

cluster home { context = "local" }
tenant team { on = home }

system shop {
  tenant = team

  component web {
    image    = image
    replicas = copies
    ports    { http = 8080 }
  }
  FIELDS
}

objects settings {
  on  = home
  all = [{
    apiVersion = "v1"
    kind       = "ConfigMap"
    metadata   { name = "settings", namespace = "default" }
    data       { key = key }
  }]
}
"""


def spec_of(chasic, fields: str = "", name: str = "shop"):
    return write(chasic.state / name, SPEC.replace("FIELDS", f"fields = [{fields}]" if fields else ""))


def answer(path: str, word: str, of: str = "Deployment/shop-web") -> str:
    return '{ of = "%s", path = "%s", answer = "%s" }' % (of, path, word)


def live(kubectl, *what) -> dict:
    return json.loads(kubectl("get", *what, "-o", "json", "--show-managed-fields"))


def scaled(kubectl, to: int):
    kubectl("patch", "deployment", "shop-web", "-n", "team", "--field-manager=autoscaler", "--type=merge", "-p", json.dumps({"spec": {"replicas": to}}))


def replicas(kubectl) -> int:
    return live(kubectl, "deployment", "shop-web", "-n", "team")["spec"]["replicas"]


def differs(what: str, found, wanted) -> list:
    return [] if found == wanted else [f"{what}: {found} instead of {wanted}"]


@anywhere
def case_a_conflict_offers_three_answers_to_paste(chasic):
    spec = spec_of(chasic)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        scaled(kubectl, 5)
        told = chasic.run("plan", spec)
        lines = [line.strip().split(" //")[0] for line in told.out.splitlines() if line.strip().startswith("{ of =")]
        problems += differs("lines to paste", lines, [answer("spec.replicas", word) for word in ("ignore", "share", "take")])
        if "autoscaler" not in told.out:
            problems.append(told.told())
        for line in lines:
            problems += chasic.expect(0, "check", spec_of(chasic, line, "pasted"))
    return problems


@anywhere
def case_ignored_fields_stay_with_whoever_writes_them(chasic):
    ignore = answer("spec.replicas", "ignore")
    spec = spec_of(chasic, ignore)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        problems += differs("a new object has ours", replicas(kubectl), 2)
        problems += chasic.expect(0, "plan", spec, "--set", "copies=4", "--detailed-exitcode")
        # A change of something else sends all we own: the number that only we own must stay, and so must that of the other.
        problems += chasic.expect(0, "apply", spec, "--yes", "--set", "copies=4", "--set", "image=docker.io/library/nginx:1.27.4", says="1 changed")
        problems += differs("nobody else owns it", replicas(kubectl), 2)
        scaled(kubectl, 7)
        problems += chasic.expect(0, "plan", spec, "--set", "image=docker.io/library/nginx:1.27.4", "--detailed-exitcode")
        problems += chasic.expect(0, "apply", spec, "--yes", says="1 changed")
        problems += differs("the other owns it", replicas(kubectl), 7)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
        problems += chasic.expect(0, "drift", spec, "--detailed-exitcode")
    return problems


@anywhere
def case_shared_fields_come_back_when_the_other_lets_go(chasic):
    shared = "  }]\n  fields = [%s]\n" % answer("data.key", "share", "ConfigMap/settings")
    spec = write(chasic.state / "shop", SPEC.replace("FIELDS", "").replace("  }]\n", shared))
    problems = chasic.expect(0, "apply", spec, "--yes")
    theirs = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "default"}, "data": {"key": "theirs"}})
    with served(chasic, spec) as kubectl:
        kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", "-", stdin=theirs)
        problems += chasic.expect(0, "apply", spec, "--yes")
        problems += differs("theirs", live(kubectl, "configmap", "settings", "-n", "default")["data"], {"key": "theirs"})
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
        kubectl("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=json.dumps({**json.loads(theirs), "data": {}}))
        problems += differs("we own it, too", live(kubectl, "configmap", "settings", "-n", "default").get("data"), {"key": "theirs"})
        problems += chasic.expect(0, "apply", spec, "--yes", says="1 changed")
        problems += differs("ours again", live(kubectl, "configmap", "settings", "-n", "default")["data"], {"key": "one"})
    return problems


@anywhere
def case_what_is_taken_is_taken_from_somebody_who_is_named(chasic):
    spec = spec_of(chasic, answer("spec.replicas", "take"))
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        scaled(kubectl, 5)
        problems += chasic.expect(2, "plan", spec, "--detailed-exitcode", says="taken from autoscaler")
        # A second conflict that no answer covers: nothing is taken.
        kubectl("label", "deployment", "shop-web", "-n", "team", "app.kubernetes.io/name=else", "--overwrite", "--field-manager=person")
        problems += chasic.expect(3, "apply", spec, "--yes", says="CH6203")
        problems += differs("nothing was taken", replicas(kubectl), 5)
        kubectl("label", "deployment", "shop-web", "-n", "team", "app.kubernetes.io/name=web", "--overwrite", "--field-manager=person")
        problems += chasic.expect(0, "apply", spec, "--yes", says="1 changed")
        problems += differs("taken", replicas(kubectl), 2)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
    return problems


@anywhere
def case_an_autoscaler_that_comes_later_finds_its_number(chasic):
    spec = spec_of(chasic)
    problems = chasic.expect(0, "apply", spec, "--yes", "--set", "copies=3")
    spec = write(spec, SPEC.replace("FIELDS", "").replace("replicas = copies", "autoscale { min = 2, max = 9 }"))
    with served(chasic, spec) as kubectl:
        problems += chasic.expect(0, "apply", spec, "--yes")
        problems += differs("replicas", replicas(kubectl), 3)
        scaled(kubectl, 6)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
    return problems


@anywhere
def case_what_kubectl_applied_is_ours_when_adopted(chasic):
    spec = spec_of(chasic)
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "default"}, "data": {"key": "old", "gone": "yes"}}
    problems = []
    with served(chasic, spec) as kubectl:
        kubectl("apply", "-f", "-", stdin=json.dumps(theirs))
        kubectl("patch", "configmap", "settings", "-n", "default", "--field-manager=person", "--type=merge", "-p", '{"data":{"kept":"by hand"}}')
        problems += chasic.expect(3, "apply", spec, "--yes", says="CH6202")
        adopt = ("--adopt", "objects.settings/ConfigMap/default/settings")
        problems += chasic.expect(2, "plan", spec, *adopt, "--detailed-exitcode", says="data.gone")
        problems += chasic.expect(0, "apply", spec, "--yes", *adopt)
        settings = live(kubectl, "configmap", "settings", "-n", "default")
        problems += differs("data", settings["data"], {"key": "one", "kept": "by hand"})
        managers = sorted(entry["manager"] for entry in settings["metadata"]["managedFields"])
        problems += differs("managers", managers, ["chasic", "person"])
        problems += differs("annotations", settings["metadata"].get("annotations", {}), {})
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode")
    return problems


@anywhere
def case_a_replacement_says_what_is_lost_and_asks_for_each(chasic):
    base = """cluster home { context = "local" }
tenant team { on = home }
param size: Bytes = 1Gi
param class: String = "one"
param job: String = "a"
param note: String = "x"
objects held {
  on  = home
  all = [
    {
      apiVersion = "v1"
      kind       = "PersistentVolumeClaim"
      metadata   { name = "data", namespace = "team" }
      spec       { accessModes = ["ReadWriteOnce"], storageClassName = class, resources { requests { storage = size } } }
    }
    {
      apiVersion = "v1"
      kind       = "ConfigMap"
      metadata   { name = "fixed", namespace = "team", labels { note = note } }
      immutable  = true
      data       { job = job }
    }
  ]
}
"""
    spec = write(chasic.state / "held", base)
    problems = chasic.expect(0, "apply", spec, "--yes")
    other = ("--set", "class=two", "--set", "job=b", "--set", "note=y")
    plan = chasic.run("plan", spec, *other)
    if "2 to replace" not in plan.out or "the data on its volume" not in plan.out:
        problems.append(plan.told())
    steps = {o["object"]["name"]: o for o in json.loads(chasic.run("plan", spec, "--format", "json", *other).out)["operations"]}
    fields = lambda name: {c["path"]: (c.get("before"), c.get("after")) for c in steps[name]["changes"]}
    problems += differs("fields of the claim", fields("data"), {"spec.storageClassName": ("one", "two")})
    problems += differs("fields of the ConfigMap", fields("fixed"), {"data.job": ("a", "b"), "metadata.labels.note": ("x", "y")})
    done = chasic.run("apply", spec, "--yes", *other)
    if done.code != 3 or "--replace-object 'objects.held/PersistentVolumeClaim/team/data'" not in done.err:
        problems.append(done.told())
    # The bare consent is none to the loss of data.
    done = chasic.run("apply", spec, "--yes", "--replace", *other)
    if done.code != 3 or "1 replaced" not in done.err or "its data goes with it" not in done.err:
        problems.append(done.told())
    problems += chasic.expect(0, "apply", spec, "--yes", "--replace-object", "objects.held/PersistentVolumeClaim/team/data", *other, says="1 replaced")
    problems += chasic.expect(0, "plan", spec, *other, "--detailed-exitcode")
    return problems


@anywhere
def case_drift_names_fields_managers_and_what_is_gone(chasic):
    spec = spec_of(chasic)
    problems = chasic.expect(0, "apply", spec, "--yes")
    problems += chasic.expect(0, "drift", spec, "--detailed-exitcode", says="0 of")
    with served(chasic, spec) as kubectl:
        scaled(kubectl, 5)
        kubectl("label", "deployment", "shop-web", "-n", "team", "mood=bad", "--field-manager=person")
        kubectl("delete", "configmap", "settings", "-n", "default")
        found = chasic.run("drift", spec, "--format", "json", "--detailed-exitcode")
        if found.code != 2:
            return problems + [found.told()]
        report = {f"{o['kind']}/{o['name']}": o for o in json.loads(found.out)["objects"]}
        problems += differs("objects", sorted(report), ["ConfigMap/settings", "Deployment/shop-web"])
        if problems:
            return problems
        problems += differs("settings", report["ConfigMap/settings"]["drift"], "deleted")
        web = {field["path"]: field for field in report["Deployment/shop-web"]["fields"]}
        number = web.get("spec.replicas", {})
        problems += differs("replicas", (number.get("applied"), number.get("live"), number.get("manager")), (2, 5, "autoscaler"))
        problems += differs("the label", (web.get("metadata.labels.mood", {}).get("manager"), web.get("metadata.labels.mood", {}).get("added")), ("person", True))
        if not number.get("time", "").startswith("20"):
            problems.append(f"no time: {number}")
        # By now the specification asks for something else: the record of the run tells what was before.
        other = ("--set", "image=docker.io/library/nginx:1.27.4", "--set", "copies=4")
        text = chasic.run("drift", spec, *other).out
        if "spec.replicas: 2 → 5" not in text or "autoscaler" not in text or "nginx" in text:
            problems.append(text)
        # Without a record only who wrote is known.
        kubectl("delete", "configmap", "-n", "chasi-system", "-l", "chasi.dev/run-of")
        text = chasic.run("drift", spec, *other).out
        if "spec.replicas: 5" not in text or "autoscaler" not in text or "is not known" not in text:
            problems.append(text)
        problems += chasic.expect(1, "plan", spec, says="1 in the way")  # drift wrote nothing
    return problems


@anywhere
def case_a_new_namespace_is_what_its_objects_wait_for(chasic):
    spec = spec_of(chasic)
    plan = json.loads(chasic.run("plan", spec, "--format", "json").out)
    waits = {o["id"]: o.get("until") for o in plan["operations"]}
    problems = differs("a Deployment", waits["system.shop/Deployment/team/shop-web"], ["tenant.team/Namespace/team"])
    problems += differs("in a namespace that is there", waits["objects.settings/ConfigMap/default/settings"], None)
    problems += chasic.expect(2, "plan", spec, "--detailed-exitcode", says="unknown until tenant.team/Namespace/team")
    return problems
