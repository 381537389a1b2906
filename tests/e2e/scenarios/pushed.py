"""Images that an apply builds and pushes, and what runs them: one graph, by digest, and only what differs."""

import json
import shutil

from foreign import put
from registry import Registry
from specs import served, write


def spec(chasic, registry, text: str = "hello"):
    return write(chasic.state / "app", f"""cluster home {{ context = "local" }}
tenant team {{ on = home, quota {{ cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 }} }}
image tools {{
  base  = "{registry.host}/team/base:1"
  files {{ "/etc/motd" = "{text}" }}
  tag   = "1.0"
  push  = "{registry.host}/team/tools"
}}
system shop {{
  tenant = team
  component web {{ image = tools.address, files {{ conf {{ path = "/etc/shop", content {{ "image" = "by digest: ${{tools.pushed}}" }} }} }} }}
}}
""")


def manifests(registry, tag: str):
    found = registry.manifests.get(("team/tools", tag))
    return found and json.loads(found[1])


def case_an_image_is_pushed_before_what_runs_it_and_only_when_it_differs(chasic):
    problems = []
    with Registry() as registry:
        put(registry, "team/base", "1")
        here = spec(chasic, registry)
        problems += chasic.expect(0, "image", "pin", here)
        planned = chasic.run("plan", here, "--format", "json")
        steps = {o["id"]: o for o in json.loads(planned.out)["operations"]} if planned.code == 0 else {}
        image = next((o for i, o in steps.items() if i == "image.tools/image"), None)
        pushed = next((c["after"] for c in image["changes"] if c["path"] == "pushed"), "") if image else ""
        if not pushed.startswith(f"{registry.host}/team/tools:1.0@sha256:"):
            problems.append(f"the plan: {planned.told()}")
        shown = chasic.run("plan", here)
        digest = pushed.split("@")[-1]
        if f"{registry.host}/team/tools@{digest}" not in shown.out or manifests(registry, "1.0"):
            problems.append(f"a plan shows the digest and pushes nothing: {shown.told()}")
        first = chasic.run("apply", here, "--yes")
        if first.code != 0 or not manifests(registry, "1.0") or ("team/tools", digest) not in registry.manifests:
            problems.append(first.told())
        with served(chasic, here) as kubectl:
            pod = json.loads(kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "json"))["spec"]["template"]["spec"]["containers"][0]
            conf = json.loads(kubectl("get", "configmap", "shop-web-conf", "-n", "team", "-o", "json"))["data"]["image"]
        if pod["image"] != f"{registry.host}/team/tools@{digest}" or conf != f"by digest: {pod['image']}":
            problems.append(f"what runs: {pod['image']}; {conf}")
        registry.requests.clear()
        problems += chasic.expect(0, "plan", here, "--detailed-exitcode") + chasic.expect(0, "apply", here, "--yes", says="0 to create, 0 to change")
        if [r for r in registry.requests if r != "GET /v2/team/tools/manifests/1.0"]:
            problems.append(f"what is right was asked about: {registry.requests}")
        # Another machine has no layout: what the registry has is not built to be pushed again.
        shutil.rmtree(chasic.state / "images")
        problems += chasic.expect(0, "plan", here, "--detailed-exitcode")
        # Only what runs it changes: it is told what the image was pushed as.
        main = here / "main.chasi"
        main.write_text(main.read_text().replace("by digest", "exactly"))
        registry.requests.clear()
        problems += chasic.expect(0, "apply", here, "--yes")
        if any(r.startswith(("PUT", "POST", "PATCH")) for r in registry.requests):
            problems.append(f"pushed again: {registry.requests}")
        # A new content is one of all of them.
        spec(chasic, registry, "good bye")
        saved = chasic.state / "plan.json"
        problems += chasic.expect(0, "plan", here, "--out", saved, says=f"{registry.host}/team/tools@{digest}")
        problems += chasic.expect(0, "apply", saved, "--yes", cwd=here)
        with served(chasic, here) as kubectl:
            now = json.loads(kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "json"))["spec"]["template"]["spec"]["containers"][0]["image"]
        if now == pod["image"] or ("team/tools", now.split("@")[1]) not in registry.manifests:
            problems.append(f"what runs: {now}")
        problems += chasic.expect(0, "drift", here, "--detailed-exitcode")
        # A rollback brings back the digest that ran, and builds nothing.
        registry.requests.clear()
        problems += chasic.expect(0, "rollback", here, "--yes")
        with served(chasic, here) as kubectl:
            back = json.loads(kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "json"))["spec"]["template"]["spec"]["containers"][0]["image"]
        if back != pod["image"] or registry.requests:
            problems.append(f"what was rolled back to: {back}, {registry.requests}")
    problems += chasic.expect(4, "plan", here, says="CH7101")
    return problems + chasic.expect(4, "apply", here, "--yes", says="nothing was changed")


def case_a_push_that_was_refused_or_broke_off_is_continued(chasic):
    problems = []
    with Registry() as registry:
        put(registry, "team/base", "1")
        here = spec(chasic, registry)
        problems += chasic.expect(0, "image", "pin", here) + chasic.expect(0, "plan", here)
        registry.login = "basic"
        refused = chasic.run("plan", here)
        if refused.code != 4 or "CH7102" not in refused.err + refused.out:
            problems.append(refused.told())
        registry.login = None
        saved = chasic.state / "plan.json"
        problems += chasic.expect(0, "plan", here, "--out", saved)
        registry.login = "basic"
        stopped = chasic.run("apply", saved, "--yes", cwd=here)
        if stopped.code != 3 or "CH7102" not in stopped.err or manifests(registry, "1.0"):
            problems.append(stopped.told())
        registry.login = None
        problems += chasic.expect(0, "apply", here, "--yes")
        if not manifests(registry, "1.0"):
            problems.append("nothing was pushed")
    return problems
