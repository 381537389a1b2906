"""What only the cluster can tell: shown as known later, filled in by an apply, and as good as written from then on."""

import json

from specs import anywhere, served, write

SPEC = """cluster home { context = "local" }
tenant team { on = home, quota { cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 } }
system shop {
  tenant = team
  component db { image = "docker.io/library/postgres:17.2", ports { pg = 5432 } }
  component web {
    image = "docker.io/library/nginx:1.27.3"
    ports { http = 8080 }
    env {
      DB_ADDRESS = db.address
      DB_URL     = "postgres://app:${secret("env/PASSWORD")}@${db.address}:5432/shop"
    }
    files { conf { path = "/etc/shop", content { "db.conf" = "host ${db.address}\\n" } } }
  }
  expose { "shop.example.com" { to = web } }
}
kind records {
  on: cluster
  zone: Map<String, Later<String>>
  extra: Map<String, Any> = {}
  lower = [Object {
    on = on
    manifest = { apiVersion = "v1", kind = "ConfigMap", metadata { name = name, namespace = "team" }, data { ...zone, ...extra } }
  }]
}
records dns {
  on   = home
  zone { "shop.example.com" = shop.addresses["shop.example.com"], fixed = "198.51.100.7" }
}
"""

# The embedded cluster gives addresses to what is exposed, and never names.
NEVER = """
records names { on = home, zone { "shop.example.com" = shop.hostNames["shop.example.com"] } }
records beside { on = home, zone { a = "b" } }
"""

PASSWORD = {"PASSWORD": "canary-password-91d2"}


def live(kubectl, kind: str, name: str) -> dict:
    return json.loads(kubectl("get", kind, name, "-n", "team", "-o", "json"))


def found(chasic, spec) -> dict:
    """What objects tell, and where it stands."""
    with served(chasic, spec) as kubectl:
        web = live(kubectl, "deployment", "shop-web")["spec"]["template"]["spec"]["containers"][0]
        ingresses = json.loads(kubectl("get", "ingress", "-n", "team", "-o", "json"))["items"]
        return {"address": live(kubectl, "service", "shop-db")["spec"]["clusterIP"], "public": [i["status"]["loadBalancer"]["ingress"][0]["ip"] for i in ingresses],
                "env": {e["name"]: e.get("value") for e in web["env"]}, "file": live(kubectl, "configmap", "shop-web-conf")["data"]["db.conf"],
                "url": live(kubectl, "secret", "shop-web-env")["data"]["DB_URL"], "zone": live(kubectl, "configmap", "dns")["data"]}


def wrong(facts: dict) -> list:
    import base64

    wanted = {"env": {"DB_ADDRESS": facts["address"], "DB_URL": None}, "file": f"host {facts['address']}\n",
              "zone": {"shop.example.com": facts["public"][0], "fixed": "198.51.100.7"},
              "url": base64.b64encode(f"postgres://app:{PASSWORD['PASSWORD']}@{facts['address']}:5432/shop".encode()).decode()}
    return [f"{name} is {facts[name]} and not {value}" for name, value in wanted.items() if facts[name] != value] + ([] if facts["address"].count(".") == 3 else [f"no address: {facts}"])


@anywhere
def case_what_the_cluster_tells_is_filled_in_and_then_nothing_is_to_do(chasic):
    spec = write(chasic.state / "shop", SPEC)
    run = lambda *words: chasic.run(*words, cwd=spec, **PASSWORD)  # noqa: E731
    plan = run("plan", ".")
    problems = [] if plan.code == 0 and "known after system.shop/Service/team/shop-db" in plan.out and "known after system.shop/Ingress/team/shop-web-" in plan.out else [plan.told()]
    as_json = json.loads(run("plan", ".", "--format", "json").out)
    web = next(o for o in as_json["operations"] if o["id"] == "system.shop/Deployment/team/shop-web")
    late = [c["path"] for c in web["changes"] if c.get("later") == "known after system.shop/Service/team/shop-db" and "after" not in c]
    if len(late) != 2 or "system.shop/Service/team/shop-db" not in web["needs"]:
        problems.append(f"the plan as JSON does not tell what is known later: {late} of {web['needs']}")
    done = run("apply", ".", "--yes")
    problems += [] if done.code == 0 else [done.told()]
    problems += wrong(found(chasic, spec))
    for words in (["plan", "."], ["plan", ".", "--refresh"], ["apply", ".", "--yes"], ["status", "."]):
        again = run(*words)
        quiet = "0 to create, 0 to change, 0 to delete" in again.out + again.err or words[0] == "status"
        problems += [] if again.code == 0 and quiet and "unknown" not in again.out else [again.told()]
    return problems


@anywhere
def case_a_saved_plan_fills_in_what_the_cluster_tells(chasic):
    spec, plan = write(chasic.state / "shop", SPEC), chasic.state / "p.json"
    run = lambda *words: chasic.run(*words, cwd=spec, **PASSWORD)  # noqa: E731
    runs = [run("plan", ".", "--out", plan), run("apply", plan, "--yes"), run("plan", ".")]
    problems = [r.told() for r in runs if r.code != 0]
    if "0 to create, 0 to change, 0 to delete" not in runs[2].out:
        problems.append(runs[2].told())
    if PASSWORD["PASSWORD"] in plan.read_text():
        problems.append("the plan holds a secret")
    return problems + wrong(found(chasic, spec))


@anywhere
def case_an_address_that_changes_is_told_anew(chasic):
    spec = write(chasic.state / "shop", SPEC)
    run = lambda *words: chasic.run(*words, cwd=spec, **PASSWORD)  # noqa: E731
    run("apply", ".", "--yes")
    before = found(chasic, spec)["address"]
    with served(chasic, spec) as kubectl:
        kubectl("delete", "service", "shop-db", "-n", "team")
        kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "taker", "namespace": "team"}, "spec": {"clusterIP": before, "ports": [{"port": 1}]}}))
    plan, done = run("plan", "."), run("apply", ".", "--yes")
    shown = [line for line in plan.out.splitlines() if before in line and "→ (known after" not in line]
    problems = [f"the plan guesses: {shown}"] if shown or "unknown until applied" not in plan.out else []
    after = found(chasic, spec)
    problems += [] if done.code == 0 and after["address"] != before else [done.told()]
    quiet = run("plan", ".")
    return problems + wrong(after) + ([] if "0 to create, 0 to change, 0 to delete" in quiet.out else [quiet.told()])


@anywhere
def case_a_fact_that_does_not_come_fails_only_what_needs_it(chasic):
    spec = write(chasic.state / "shop", SPEC + NEVER)
    run = lambda *words: chasic.run(*words, cwd=spec, **PASSWORD)  # noqa: E731
    done = run("apply", ".", "--yes", "--timeout", "2s")
    told = "CH6217" in done.err and "waiting for status.loadBalancer.ingress[0].hostname of Ingress/shop-web-" in done.err and "main.chasi:" in done.err
    problems = [] if done.code == 3 and told else [done.told()]
    problems += wrong(found(chasic, spec))
    with served(chasic, spec) as kubectl:
        if live(kubectl, "configmap", "beside")["data"] != {"a": "b"} or "NotFound" not in kubectl("get", "configmap", "names", "-n", "team", check=False):
            problems.append("the wrong things were applied")
        name = json.loads(kubectl("get", "ingress", "-n", "team", "-o", "json"))["items"][0]["metadata"]["name"]
        status = {"status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.9", "hostname": "lb.example.net"}]}}}
        kubectl("patch", "ingress", name, "-n", "team", "--subresource", "status", "--type", "merge", "-p", json.dumps(status))
    again = run("apply", ".", "--yes", "--timeout", "20s")
    with served(chasic, spec) as kubectl:
        names = live(kubectl, "configmap", "names")["data"]
    return problems + ([] if again.code == 0 and names == {"shop.example.com": "lb.example.net"} else [again.told(), str(names)])


@anywhere
def case_what_tells_is_removed_with_what_was_told(chasic):
    spec = write(chasic.state / "shop", SPEC)
    run = lambda *words: chasic.run(*words, cwd=spec, **PASSWORD)  # noqa: E731
    run("apply", ".", "--yes")
    without = SPEC.replace('  expose { "shop.example.com" { to = web } }\n', "")
    write(spec, without)
    refused = run("plan", ".")
    problems = [] if refused.code == 1 and "shop.example.com" in refused.err else [refused.told()]
    write(spec, without.replace('"shop.example.com" = shop.addresses["shop.example.com"], ', ""))
    runs = [run("plan", "."), run("apply", ".", "--yes", "--prune", "2"), run("plan", ".")]
    problems += [r.told() for r in runs if r.code != 0]
    if "0 to create, 0 to change, 0 to delete" not in runs[2].out:
        problems.append(runs[2].told())
    gone = run("destroy", ".", "--yes")
    with served(chasic, spec) as kubectl:
        left = json.loads(kubectl("get", "configmap,service", "-n", "team", "-o", "json"))["items"]
    return problems + ([] if gone.code == 0 and not left else [gone.told()])


@anywhere
def case_no_manifest_is_rendered_that_would_be_wrong(chasic):
    spec = write(chasic.state / "shop", SPEC)
    runs = [chasic.run(*words, cwd=spec, **PASSWORD) for words in (["render", "."], ["render", ".", "--format", "json"], ["render", ".", "--out", chasic.state / "yaml"])]
    problems = [r.told() for r in runs if r.code != 1 or "CH6010" not in r.err or "known after" not in r.err or "shop-db" not in r.err]
    if any(r.out.strip() for r in runs) or (chasic.state / "yaml").exists():
        problems.append("something was rendered all the same")
    offline = chasic.run("plan", ".", "--offline", cwd=spec, **PASSWORD)
    return problems + ([] if offline.code == 0 and "known after system.shop/Service/team/shop-db" in offline.out else [offline.told()])
