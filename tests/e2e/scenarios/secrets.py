"""Values of secrets are planted everywhere, and every output and every file is searched for them."""

import base64
import json
import urllib.parse

from specs import served, write

CANARIES = {"env": "canary-env-7f3a91d2", "file": "canary/file&91d27f3a", "k8s": "canary-k8s-d27f3a91", "exec": "canary-exec-a91d27f3", "other": "canary-other-3a91d27f"}

# Another workspace makes the Secret that this one reads.
SOURCE = """cluster home { context = "local" }
kind store {
  on: cluster
  lower = [
    Object { on = on, manifest = { apiVersion = "v1", kind = "Namespace", metadata { name = "vault" } } },
    Object { on = on, manifest = { apiVersion = "v1", kind = "Secret", metadata { name = "db", namespace = "vault" }, stringData { password = secret("env/SOURCE") } } }
  ]
}
store one { on = home }
"""

SPEC = """cluster home { context = "local" }
tenant team { on = home, quota { cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 } }

let fromFile = secret("file/token")
let url = "postgres://app:${secret("k8s/vault/db", "password").urlEncode()}@db/x"

system shop {
  tenant = team
  component web {
    image = "docker.io/library/nginx:1.27.3"
    env {
      TOKEN   = fromFile
      OTHER   = secret("env/SHOP_OTHER")
      URL     = url
      BASIC   = base64("user:${secret("exec/tools/get", "db/password")}")
      ESCAPED = fromFile.urlEncode()
    }
  }
}

kind keys {
  on: cluster
  lower = [Object {
    on = on
    manifest = {
      apiVersion = "v1", kind = "Secret"
      metadata { name = name, namespace = "team" }
      data       { plain = secret("env/SHOP"), made = "a:" + secret("env/SHOP") + ":" + fromFile }
      stringData { digest = sha256(url), config = toJson({ auths = { r = { password = fromFile } } }) }
    }
  }]
}
keys bunch { on = home }

policy "secrets are Opaque" {
  for o in operations() if o.kind == "Secret"
    warn if o.object.texts("type").len() == 0 : "${o.name} has no type, and ${o.object.texts("data.plain").len() + o.object.at("data.made").len()} entries"
}

test "what a snapshot shows" {
  snapshot shop
  snapshot [url, fromFile]
}
test "a failing claim shows no value" { assert shop.web.env["URL"] == shop.web.env["TOKEN"] }
"""

PROGRAM = """#!/bin/sh
[ "$1" = db/password ] || exit 9
echo "asked" >> "$0.log"
echo "secret on standard error: $EXEC_VALUE" >&2
echo "$EXEC_VALUE"
"""

REFUSED = {
    "annotation": 'metadata { name = name, namespace = "team", annotations { a = secret("env/SHOP") } }, data {}',
    "name": 'metadata { name = "x-${secret("env/SHOP")}", namespace = "team" }, data {}',
    "label": 'metadata { name = name, namespace = "team", labels { a = base64(secret("env/SHOP")) } }, data {}',
}


def forms(value: str) -> set:
    """How a value may look: as it is, in base 64 at any place of a longer text, in a URL, in JSON."""
    found = {value, urllib.parse.quote(value, safe=""), json.dumps(value)[1:-1]}
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + value.encode()).decode().rstrip("=")
        found.add(coded[(shift * 8 + 5) // 6 + (1 if shift else 0):-2])
    return found


def told_in(text: str, values: list) -> list:
    return sorted({form for value in values for form in forms(value) if form in text})


def leaks(chasic, spec, runs: list, values: list) -> list:
    problems = [f"{' '.join(map(str, run.words))} shows {', '.join(found)}" for run in runs if (found := told_in(run.out + run.err, values))]
    # Where values belong: the two places that they come from, and the database of the embedded cluster.
    for path in [p for p in chasic.state.rglob("*") if p.is_file()]:
        if path in (spec / "token", spec / "tools" / "get") or path.relative_to(chasic.state).parts[0] == "local":
            continue
        if found := told_in(path.read_bytes().decode("latin-1"), values):
            problems.append(f"the file {path.relative_to(chasic.state)} holds {', '.join(found)}")
    return problems


def prepared(chasic):
    """The specification with everything that it asks for, and its environment."""
    spec, source = write(chasic.state / "shop", SPEC), write(chasic.state / "source", SOURCE)
    (spec / "token").write_text(CANARIES["file"] + "\n")
    (spec / "tools").mkdir()
    (spec / "tools" / "get").write_text(PROGRAM)
    (spec / "tools" / "get").chmod(0o755)
    values = {"SHOP": CANARIES["env"], "SHOP_OTHER": CANARIES["other"], "EXEC_VALUE": CANARIES["exec"], "SOURCE": CANARIES["k8s"]}
    return spec, source, values


def lsp(chasic, spec, values: dict):
    """Opens the specification in the language server, asks about a secret, and ends."""
    uri = (spec / "main.chasi").as_uri()
    at = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 5}}
    calls = [{"id": 1, "method": "initialize", "params": {"capabilities": {}, "rootUri": spec.as_uri()}}, {"method": "initialized", "params": {}},
             {"method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri, "languageId": "chasi", "version": 1, "text": (spec / "main.chasi").read_text()}}},
             {"id": 2, "method": "textDocument/hover", "params": at}, {"id": 3, "method": "shutdown"}, {"method": "exit"}]
    bodies = [json.dumps({"jsonrpc": "2.0", **call}) for call in calls]
    return chasic.run("lsp", cwd=spec, stdin="".join(f"Content-Length: {len(b)}\r\n\r\n{b}" for b in bodies), **values)


def case_no_output_holds_a_secret(chasic):
    spec, source, values = prepared(chasic)
    plan, allow = chasic.state / "p.json", ["--allow-exec", "tools/get"]
    run = lambda *words, cwd=spec, **more: chasic.run(*words, cwd=cwd, **{**values, **more})  # noqa: E731
    runs = [run("apply", ".", "--yes", cwd=source)]
    quiet = [["check", "."], ["check", ".", "--format", "json"], ["render", "."], ["render", ".", "--format", "json"], ["render", ".", "--out", chasic.state / "yaml"],
             ["render", ".", "--format", "json", "--out", chasic.state / "json"], ["plan", "."], ["plan", ".", "--format", "json"], ["plan", ".", "--out", plan], ["plan", ".", "--offline"],
             ["eval", "shop"], ["eval", "[url, fromFile]", "--format", "json"], ["explain", "CH6212"], ["explain", "shop.web.env"], ["doc", "."], ["test", ".", "--update", "--filter", "snapshot"]]
    quiet += [["graph", ".", "--format", form] for form in ("dot", "mermaid", "svg", "json")]
    runs += [run(*words) for words in quiet]
    problems = [r.told() for r in runs if r.code != 0]
    asked = spec / "tools" / "get.log"
    if asked.exists():
        problems.append("a program ran without an apply")
    failing = [run("test", "."), run("test", ".", "--format", "junit"), run("apply", ".", "--yes"), run("apply", plan, "--yes")]
    problems += [f"expected a failure: {r.told()}" for r in failing if r.code == 0]
    if "--allow-exec tools/get" not in failing[2].err or "nothing was changed" in failing[2].out or asked.exists():
        problems.append(f"a program that is not allowed is not told, or ran: {failing[2].told()}")
    applied = [run("apply", ".", "--yes", "-v", *allow), run("apply", ".", "--yes", "--format", "json", "-v", *allow), run("status", "."), run("diff", ".", "--env", "a", "--env", "b"), lsp(chasic, spec, values)]
    problems += [r.told() for r in applied if r.code != 0 and r.words[0] not in ("diff",)]
    if "0 to create, 0 to change, 0 to delete" not in applied[1].out:
        problems.append(f"the same values are a change: {applied[1].told()}")
    if asked.read_text().count("asked") != 2:
        problems.append(f"the program ran {asked.read_text().count('asked')} times in two runs")
    changed = {"SHOP": CANARIES["env"] + "-changed", "EXEC_VALUE": CANARIES["exec"] + "-changed"}
    later = [run("plan", ".", **changed), run("plan", ".", "--format", "json", **changed), run("plan", ".", "--out", plan, **changed), run("apply", plan, "--yes", "-v", *allow, **changed), run("plan", ".", **changed)]
    problems += [r.told() for r in later if r.code != 0]
    if "(secret, changed)" not in later[0].out or "data.plain" not in later[0].out:
        problems.append(f"a changed secret is not shown as one: {later[0].told()}")
    problems += leaks(chasic, spec, runs + failing + applied + later, list(CANARIES.values()))
    if not told_in((chasic.state / "local" / "cluster.db").read_bytes().decode("latin-1"), [CANARIES["env"]]):
        problems.append("the search does not even find a value where it belongs, in the database of the embedded cluster")
    with served(chasic, spec) as kubectl:
        data = {name: json.loads(kubectl("get", "secret", name, "-n", "team", "-o", "json"))["data"] for name in ("shop-web-env", "bunch")}
    plain = {key: base64.b64decode(value).decode() for entries in data.values() for key, value in entries.items()}
    file, execd = CANARIES["file"], changed["EXEC_VALUE"]
    wanted = {"TOKEN": file, "OTHER": CANARIES["other"], "URL": f"postgres://app:{CANARIES['k8s']}@db/x", "BASIC": base64.b64encode(f"user:{execd}".encode()).decode(),
              "ESCAPED": urllib.parse.quote(file, safe=""), "plain": changed["SHOP"], "made": f"a:{changed['SHOP']}:{file}", "config": json.dumps({"auths": {"r": {"password": file}}}, separators=(",", ":"))}
    return problems + [f"{key} is {plain.get(key)} and not {value}" for key, value in wanted.items() if plain.get(key) != value]


def case_a_place_where_it_would_be_shown_is_refused_by_every_command(chasic):
    problems = []
    for place, rest in REFUSED.items():
        spec = write(chasic.state / place, f'cluster home {{ context = "local" }}\nkind keys {{\n  on: cluster\n  lower = [Object {{ on = on, manifest = {{ apiVersion = "v1", kind = "Secret", {rest} }} }}]\n}}\nkeys k {{ on = home }}\n')
        runs = [chasic.run(*words, cwd=spec, SHOP=CANARIES["env"]) for words in (["check", "."], ["check", ".", "--format", "json"], ["render", "."], ["plan", "."], ["apply", ".", "--yes"])]
        problems += [f"a secret in the {place}: {r.told()}" for r in runs if r.code != 1 or "CH5004" not in r.out + r.err]
        problems += leaks(chasic, spec, runs, list(CANARIES.values()))
    return problems


def case_a_refusal_of_the_server_is_told_without_the_values(chasic):
    spec = write(chasic.state / "keys", """cluster home { context = "local" }
kind keys {
  on: cluster
  lower = [Object { on = on, manifest = { apiVersion = "v1", kind = "Secret", metadata { name = name, namespace = "default" }, immutable = true, data { a = "x:${secret("env/SHOP")}" } } }]
}
keys fixed { on = home }
""")
    first = chasic.run("apply", ".", "--yes", cwd=spec, SHOP=CANARIES["env"])
    values = {"SHOP": CANARIES["other"]}
    runs = [chasic.run(*words, cwd=spec, **values) for words in (["plan", "."], ["apply", ".", "--yes", "-v"], ["apply", ".", "--yes", "--format", "json"])]
    problems = [first.told()] if first.code != 0 else []
    problems += [f"a change of what cannot change is not told: {r.told()}" for r in runs[1:] if r.code == 0]
    return problems + leaks(chasic, spec, [first, *runs], list(CANARIES.values()))


def case_a_missing_secret_of_the_cluster_fails_what_needs_it(chasic):
    spec, source, values = prepared(chasic)
    words = ["apply", ".", "--yes", "--allow-exec", "tools/get"]
    done = chasic.run(*words, cwd=spec, **values)
    problems = [] if done.code == 3 and "there is no Secret vault/db" in done.err and "skipped" in done.err else [done.told()]
    chasic.run("apply", ".", "--yes", cwd=source, **values)
    again = chasic.run(*words, cwd=spec, **values)
    return problems + ([] if again.code == 0 else [again.told()]) + leaks(chasic, spec, [done, again], list(CANARIES.values()))


def case_a_secret_that_cannot_be_read_is_an_error_before_anything_is_written(chasic):
    spec, _, values = prepared(chasic)
    (spec / "token").unlink()
    done = chasic.run("apply", ".", "--yes", "--allow-exec", "tools/get", cwd=spec, **values)
    return [] if done.code in (1, 3) and "CH6212" in done.err else [done.told()]


def case_drift_and_conflicts_are_told_without_the_values(chasic):
    spec, source, values = prepared(chasic)
    allow, foreign = ["--allow-exec", "tools/get"], "canary-foreign-91d27f3a"
    run = lambda *words: chasic.run(*words, cwd=spec, **values)  # noqa: E731
    runs = [chasic.run("apply", ".", "--yes", cwd=source, **values), run("apply", ".", "--yes", *allow)]
    problems = [r.told() for r in runs if r.code != 0]
    with served(chasic, spec) as kubectl:
        theirs = json.dumps({"data": {"plain": base64.b64encode(foreign.encode()).decode()}})
        for name in ("bunch", "shop-web-env"):
            kubectl("patch", "secret", name, "-n", "team", "--type=merge", "--field-manager=intruder", "-p", theirs if name == "bunch" else theirs.replace("plain", "TOKEN"))
    looks = [run("drift", "."), run("drift", ".", "--format", "json"), run("drift", ".", "--format", "json", *allow)]
    problems += [f"drift says nothing of it: {r.told()}" for r in looks if "data.plain" not in r.out or "data.TOKEN" not in r.out]
    stops = [run("plan", "."), run("plan", ".", "--format", "json"), run("apply", ".", "--yes", "-v", *allow), run("apply", ".", "--yes", "--format", "json", *allow)]
    problems += [f"no conflict: {r.told()}" for r in stops if "CH6203" not in r.out + r.err or "intruder" not in r.out + r.err]
    return problems + leaks(chasic, spec, runs + looks + stops, [*CANARIES.values(), foreign])


PARAMETERS = """cluster home { context = "local" }
param token: Secret
param release: String = "1"
tenant team { on = home, quota { cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 } }
system shop {
  tenant = team
  component web { image = "docker.io/library/nginx:${release}", env { TOKEN = token } }
}
"""


def case_a_variable_is_only_named_where_it_gives_a_secret(chasic):
    spec = write(chasic.state / "shop", PARAMETERS)
    plan, values = chasic.state / "p.json", {"SHOP": CANARIES["env"], "RELEASE": "1.27.3"}
    given = ["--set-env", "token=SHOP", "--set-env", "release=RELEASE"]
    runs = [chasic.run(*words, *given, cwd=spec, **values)
            for words in (["check", "."], ["explain", "token"], ["eval", "shop"], ["render", "."], ["plan", ".", "--out", plan], ["apply", ".", "--yes"])]
    # Without the variable of the secret all is known but its value; without the other one nothing is.
    runs += [chasic.run("check", ".", *given, cwd=spec, RELEASE="1.27.3")]
    problems = [r.told() for r in runs if r.code != 0]
    if "nginx:1.27.3" not in plan.read_text():
        problems.append("the plan has another release than the variable")
    refused = [chasic.run("check", ".", *given, cwd=spec, SHOP=CANARIES["env"]),
               chasic.run("check", ".", "--set", f"token={CANARIES['env']}", cwd=spec),
               chasic.run("check", ".", "--set-env", f"token={CANARIES['env']}", cwd=spec)]
    problems += [f"expected {code}: {r.told()}" for r, code in zip(refused, ("CH8008", "CH4012", "CH8006")) if r.code != 1 or code not in r.err]
    return problems + leaks(chasic, spec, runs + refused, list(CANARIES.values()))
