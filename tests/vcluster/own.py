"""Cases of our own: refusals, the command line, and the library in a specification."""

import base64
import json
import pathlib
import re

from program import Program

BASE = ("vcluster", "render", "--name", "dev", "--namespace", "team-a")

# What is refused: title, values, arguments, code, line, and words of the message.
REFUSALS = [
    ("two stores", "controlPlane:\n  backingStore:\n    etcd:\n      deploy: {enabled: true}\n    database:\n      embedded:\n        enabled: true\n",
     [], "CH4017", 6, "one store"),
    ("a key that has gone", "sync:\n  toHost:\n    volumeSnapshots:\n      enabled: true\n", [], "CH4017", 3, "0.36"),
    ("a key that was renamed", "policies:\n  networkPolicy:\n    outgoingConnections: {platform: true}\n", ["--chart", "0.35.3"], "CH4017", 3, "publicEgress"),
    ("a key that nobody knows", "controlPlane:\n  statefulset: {}\n", [], "CH4016", 2, "statefulSet"),
    ("a wrong type", "controlPlane:\n  statefulSet:\n    highAvailability:\n      replicas: three\n", [], "CH4016", 4, "Int"),
    ("a number for a text", "controlPlane:\n  ingress:\n    labels:\n      edge: 1\n", [], "CH4016", 4, "quotes"),
    ("a map taken away", "controlPlane:\n  ingress:\n    enabled: true\n    annotations: null\n", [], "CH4017", 4, "null"),
    ("a probe taken away", "controlPlane:\n  statefulSet:\n    probes:\n      livenessProbe: ~\n", [], "CH4017", 4, "null"),
    ("a switch of an older chart taken away", "sync:\n  toHost:\n    volumeSnapshots: null\n", ["--chart", "0.35.3"], "CH4017", 3, "null"),
    ("a template that computes", "controlPlane:\n  ingress:\n    enabled: true\n    spec:\n      tls:\n      - secretName: '{{ randAlpha 5 }}'\n",
     [], "CH4017", 4, "randAlpha"),
    ("two places for the kubeconfig", "exportKubeConfig:\n  secret: {name: a}\n  additionalSecrets:\n  - name: b\n", [], "CH4017", 2, "additionalSecrets"),
    ("a Secret without a name", "exportKubeConfig:\n  additionalSecrets:\n  - name: b\n  - context: c\n", [], "CH4017", 4, "name"),
    ("manifests that are no YAML", "experimental:\n  deploy:\n    host:\n      manifests: 'a: ['\n", [], "CH4017", 4, "no YAML"),
    ("a key twice", "logging: {encoding: json}\nlogging: {encoding: console}\n", [], "CH4013", 2, "twice"),
    ("no YAML", "a: [\n", [], "CH4016", 2, "YAML"),
    ("a list", "- a\n", [], "CH4016", 1, "map"),
]

USAGE = [
    ("vcluster", "render", "--namespace", "team-a"),
    ("vcluster", "render", "--name", "Dev", "--namespace", "team-a"),
    ("vcluster", "render", "--name", "dev", "--namespace", "-a"),
    (*BASE, "--kube-version", "new"),
    (*BASE, "--chart", "0.19.0"),
]

SPEC = '''import std.vcluster as vcluster

let release = vcluster.Release { name = "dev", namespace = "team-a" }
let objects = vcluster.render(release, { controlPlane { ingress { enabled = true, host = "dev.example.org" } } })
let typed   = vcluster.render(release, vcluster.Values { controlPlane { ingress { enabled = true, host = "dev.example.org" } } })
let same    = toJson(objects) == toJson(typed)
let kinds   = [for o in objects : o.texts("kind")[0]]
'''


def file_of(folder: pathlib.Path, text: str) -> pathlib.Path:
    path = folder / "values.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(chasic: Program, folder: pathlib.Path, values: str, words: list, code: str, line: int, says: str) -> list:
    outcome = chasic.run(*BASE, *words, "--values", file_of(folder, values))
    problems = [] if outcome.code == 1 and not outcome.out else ["expected exit 1 and nothing on standard output"]
    if re.findall(r"error\[(CH\d+)\]", outcome.err) != [code]:
        problems.append(f"expected {code} alone")
    if f"values.yaml:{line}:" not in outcome.err:
        problems.append(f"expected line {line}")
    if "= help: " not in outcome.err:
        problems.append("expected a next step")
    if says not in outcome.err:
        problems.append(f"expected it to say \"{says}\"")
    return problems + [outcome.told()] if problems else []


def objects(chasic: Program, folder: pathlib.Path, values: str, *words) -> list:
    outcome = chasic.run(*BASE, "--values", file_of(folder, values), "--format", "json", *words)
    if outcome.code != 0:
        raise AssertionError(outcome.told())
    return json.loads(outcome.out)


def yaml_1_1(chasic: Program, folder: pathlib.Path) -> list:
    """Helm reads `on` as true and 0123 as 83, also in keys; aliases and merge keys are followed."""
    text = "controlPlane:\n  ingress:\n    enabled: on\n    host: a.example\nexperimental:\n  nodeMonitors:\n  - &m {name: a}\n  - <<: *m\n    labels: {on: 'yes'}\n"
    made = {o["kind"]: o for o in objects(chasic, folder, text)}
    problems = [] if "Ingress" in made else ["`on` is not true"]
    return problems + ([] if any("servicemonitors" in r["resources"] for r in made["Role"]["rules"]) else ["no rule for monitors"])


def templates(chasic: Program, folder: pathlib.Path) -> list:
    """Filled in, also where a line is folded inside of one."""
    words = "word " * 14
    text = ("controlPlane:\n  ingress:\n    enabled: true\n    spec:\n      rules:\n      - host: '{{.Release.Name}}.example'\n"
            f"      note: {words}{{{{ .Values.logging.encoding | quote }}}}\n")
    made = next(o for o in objects(chasic, folder, text) if o["kind"] == "Ingress")["spec"]
    want = {"tls": [], "rules": [{"host": "dev.example"}], "note": words + '"console"'}
    return [] if made == want else [f"expected {want}, got {made}"]


def nulls(chasic: Program, folder: pathlib.Path) -> list:
    """Null takes a default away; where there is none it stays."""
    text = "controlPlane:\n  statefulSet:\n    resources:\n      limits: null\n    env:\n    - name: A\n      value: null\n"
    made = {o["kind"]: o for o in objects(chasic, folder, text)}
    container = made["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
    config = base64.b64decode(made["Secret"]["data"]["config.yaml"]).decode()
    problems = [] if {"name": "A", "value": None} in container["env"] else [f"env is {container['env']}"]
    problems += [] if list(container["resources"]) == ["requests"] else [f"resources are {container['resources']}"]
    return problems + ([] if "    - name: A\n      value: null\n" in config else ["the configuration does not have the null"])


def formats(chasic: Program, folder: pathlib.Path) -> list:
    as_json = objects(chasic, folder, "{}")
    as_yaml = chasic.run(*BASE)
    kinds = re.findall(r"^kind: (\w+)$", as_yaml.out, re.MULTILINE)
    return [] if kinds == [o["kind"] for o in as_json] else [f"YAML has {kinds}"]


def library(chasic: Program, folder: pathlib.Path) -> list:
    """A specification uses the same functions; what the chart refuses is an error there too."""
    (folder / "case.chasi").write_text(SPEC, encoding="utf-8")
    outcome = chasic.run("eval", "kinds", "case.chasi", "--format", "json", cwd=folder)
    problems = [] if outcome.code == 0 and '"Ingress"' in outcome.out else [outcome.told()]
    problems += chasic.expect(0, "eval", "same", "case.chasi", cwd=folder, says="true")
    typo = SPEC.replace("Values { controlPlane { ingress { enabled", "Values { controlPlane { ingress { enbled")
    (folder / "case.chasi").write_text(typo, encoding="utf-8")
    problems += chasic.expect(1, "check", "case.chasi", cwd=folder, says="did you mean `enabled`")
    both = SPEC.replace("ingress { enabled = true, host = \"dev.example.org\" }", "backingStore { etcd { deploy { enabled = true }, external { enabled = true } } }")
    (folder / "case.chasi").write_text(both, encoding="utf-8")
    return problems + chasic.expect(1, "check", "case.chasi", cwd=folder, says="one store")


def all_of(chasic: Program, folder: pathlib.Path):
    for title, values, words, code, line, says in REFUSALS:
        yield f"refused: {title}", refusal(chasic, folder, values, words, code, line, says)
    for words in USAGE:
        yield f"wrong usage: {' '.join(words)}", chasic.expect(64, *words)
    yield "a file that is not there", chasic.expect(4, *BASE, "--values", folder / "none.yaml", says="CH0001")
    yield "YAML as Helm reads it", yaml_1_1(chasic, folder)
    yield "null", nulls(chasic, folder)
    yield "templates are filled in", templates(chasic, folder)
    yield "YAML and JSON hold the same", formats(chasic, folder)
    yield "the library in a specification", library(chasic, folder)
