"""`chasic import`: what others describe becomes typed modules, which check, are formatted, and fit the objects that there are."""

import difflib
import json
import pathlib
import re

from report import shared_data
from skip import Skip

WIDGETS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.acme.example}
spec:
  group: acme.example
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v2
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [size, mode, port]
              x-kubernetes-validations: [{rule: "self.size >\\n  1", message: "words of somebody"}]
              properties:
                size: {type: integer, format: int32, minimum: 1, maximum: 9, description: "words of somebody"}
                mode: {type: string, enum: [open, shut]}
                port: {x-kubernetes-int-or-string: true}
                tag: {type: string, pattern: "b+$", maxLength: 9}
                copies: {type: integer, default: 2}
                type: {type: string}
                limits: {type: object, additionalProperties: {x-kubernetes-int-or-string: true, pattern: '^(\\+|-)?(([0-9]+))$'}}
                rest: {type: object, x-kubernetes-preserve-unknown-fields: true}
                parts:
                  type: array
                  minItems: 1
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items: {type: object, required: [name], properties: {name: {type: string, minLength: 1}}}
            status: {type: object, properties: {ready: {type: boolean}}}
    - name: v1
      served: true
      storage: false
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    - {name: v0, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""

MODULE = """\
// Made by `chasic import crd`: names, types and bounds of custom objects.

/// The kind Widget of acme.example/v2.
schema Widget {
  apiVersion: "acme.example/v2" = "acme.example/v2"
  kind: "Widget" = "Widget"
  metadata: ObjectMetadata
  // rule: self.size > 1
  spec: WidgetSpec
  /// What the controller writes.
  status?: Map<String, Any>
}

schema ObjectMetadata {
  name: String
  namespace?: String
  labels?: Map<String, String>
  annotations?: Map<String, String>
  finalizers?: List<String>
  ownerReferences?: List<Map<String, Any>>
}

schema WidgetSpec {
  size: Int32 where 1 <= it <= 9
  mode: "open" | "shut"
  port: Int | String
  tag?: String where it.len() <= 9 && it.matches(r"(?s:.*)(?:b+$)(?s:.*)")
  /// By default 2.
  copies?: Int
  type?: String
  limits?: Map<String, Quantity>
  rest?: Map<String, Any>
  // told apart by name
  parts?: List<WidgetSpecParts> where it.len() >= 1
}

type Int32 = Int where -2147483648 <= it <= 2147483647 : "a whole number of 32 bits"

type Quantity = Cpu | Bytes | Int | Float | String

schema WidgetSpecParts {
  name: String where it.len() >= 1
}

/// The kind Widget of acme.example/v1.
schema WidgetV1 {
  apiVersion: "acme.example/v1" = "acme.example/v1"
  kind: "Widget" = "Widget"
  metadata: ObjectMetadata
  spec?: Map<String, Any>
}
"""

USE = """\
import "./acme" as acme

cluster core {}
objects widgets {
  on  = core
  all = [acme.Widget {
    metadata { name = "w", namespace = "default" }
    spec     { size = 3, mode = "open", port = "http", tag = "abb", limits { cpu = 500m, memory = 1Gi } }
  }]
  unchecked = true
}
"""

# What is wrong, and the code and the words that tell so.
WRONG = [("size = 3", "sizes = 3", "CH3002", "did you mean `size`"), ("size = 3", "size = 10", "CH4002", "1 <= it <= 9"),
         ("size = 3, ", "", "CH3003", "needs `size`"), ('"open"', '"opne"', "CH3001", "open"), ('"http"', "true", "CH3001", "Int | String"),
         ('"abb"', '"bba"', "CH4002", "matches")]

# Fields of the public objects that their definitions do not have: a server drops them.
UNKNOWN_THERE = ["spec.tidb.enableTLSClient", "spec.tidb.service.type"]


def write(folder: pathlib.Path, files: dict) -> pathlib.Path:
    for name, text in {"workspace.chasi": "edition 2026\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def fits(chasic, folder: pathlib.Path, *words) -> list:
    return chasic.expect(0, "check", ".", *words, cwd=folder) + chasic.expect(0, "fmt", "--check", ".", cwd=folder)


def case_definitions_become_schemas(chasic) -> list:
    folder = write(chasic.state / "ws", {"crd.yaml": WIDGETS, "main.chasi": USE})
    (folder / "acme").mkdir()
    made = chasic.run("import", "crd", "crd.yaml", "--out", "acme/kinds.chasi", cwd=folder)
    if made.code:
        return [made.told()]
    if (text := (folder / "acme/kinds.chasi").read_text()) != MODULE:
        return ["".join(difflib.unified_diff(MODULE.splitlines(True), text.splitlines(True), "expected", "made"))]
    problems = fits(chasic, folder)
    rendered = json.loads(chasic.run("render", ".", "--format", "json", cwd=folder).out)
    found = [o for o in (rendered["items"] if isinstance(rendered, dict) else rendered) if o["kind"] == "Widget"]
    spec = {"size": 3, "mode": "open", "port": "http", "tag": "abb", "limits": {"cpu": "500m", "memory": "1Gi"}}
    if len(found) != 1 or found[0]["apiVersion"] != "acme.example/v2" or found[0]["spec"] != spec:
        problems.append(f"rendered {found}")
    for right, wrong, code, words in WRONG:
        (folder / "main.chasi").write_text(USE.replace(right, wrong))
        told = chasic.run("check", ".", "--format", "json", cwd=folder)
        diagnostics = json.loads(told.out)["diagnostics"]
        if [d["code"] for d in diagnostics] != [code] or words not in json.dumps(diagnostics, ensure_ascii=False):
            problems.append(f"{wrong or 'no ' + right} should be {code} with \"{words}\"; {told.told()}")
    return problems


def case_what_holds_nothing_is_told(chasic) -> list:
    folder = write(chasic.state / "ws", {"pod.yaml": "kind: Pod\n", "bad.yaml": "a: [1\nb: {\n", "list.json": "[1]"})
    problems = chasic.expect(1, "import", "crd", "pod.yaml", cwd=folder, says="error[CH7030]: pod.yaml: there is no CustomResourceDefinition in this file")
    problems += chasic.expect(1, "import", "schema", "list.json", cwd=folder, says="error[CH7030]: list.json: this is no JSON Schema of an object")
    problems += chasic.expect(1, "import", "openapi", "pod.yaml", cwd=folder, says="error[CH7030]: pod.yaml: this OpenAPI document has no kind of objects")
    problems += chasic.expect(1, "import", "crd", "bad.yaml", cwd=folder, says="bad.yaml:2:2")
    if "(import)" in (told := chasic.run("import", "crd", "bad.yaml", cwd=folder)).err:
        problems.append(f"shows what nobody wrote: {told.told()}")
    problems += chasic.expect(4, "import", "crd", "none.yaml", cwd=folder, says="CH0001")
    problems += chasic.expect(64, "import", "schema", "list.json", "--name", "my-values", cwd=folder, says="try MyValues")
    return problems


def case_public_definitions_fit_the_objects_beside_them(chasic) -> list:
    corpus = shared_data() / "corpus"
    files = [p for p in sorted(corpus.rglob("*.yaml")) if "kind: CustomResourceDefinition" in p.read_text(errors="replace")] if corpus.is_dir() else []
    if not files:
        raise Skip("there is no collection of definitions")
    problems, known = [], {}
    folder = write(chasic.state / "ws", {})
    for number, path in enumerate(files):
        (folder / f"m{number}").mkdir()
        problems += chasic.expect(0, "import", "crd", path, "--out", f"m{number}/kinds.chasi", cwd=folder)
        text = (folder / f"m{number}/kinds.chasi").read_text()
        for name, version, kind in re.findall(r'^schema (\w+) \{\n  apiVersion: "([^"]+)" = .*\n  kind: "(\w+)"', text, re.MULTILINE):
            known[(version, kind)] = (f"m{number}", name)
    main = "".join(f'import "./m{n}" as m{n}\n' for n in range(len(files))) + "\n"
    seen, count = {}, 0
    for path in sorted(corpus.rglob("*.yaml")):
        for text in re.split(r"^---.*$", path.read_text(errors="replace"), flags=re.MULTILINE):
            version, kind = (re.search(rf"^{key}:\s*(\S+)", text, re.MULTILINE) for key in ("apiVersion", "kind"))
            found = version and kind and known.get((version[1], kind[1]))
            if found and not seen.setdefault(found, None):
                seen[found] = path
                (folder / f"o{count}.yaml").write_text(text)
                main += f'let o{count} = yamlStream("o{count}.yaml")[0] as {found[0]}.{found[1]}\n'
                count += 1
    (folder / "main.chasi").write_text(main)
    if count < 8:
        problems.append(f"only {count} kinds of objects were found: {seen}")
    told = json.loads(chasic.run("check", ".", "--format", "json", cwd=folder).out)["diagnostics"]
    if sorted(d["message"].split("`")[1] for d in told) != UNKNOWN_THERE:
        problems.append(f"{[d['message'] for d in told]}")
    return problems + chasic.expect(0, "fmt", "--check", ".", cwd=folder)


def case_values_of_a_chart_are_typed(chasic) -> list:
    charts = sorted((shared_data() / "vcluster-chart").glob("*/values.schema.json"))
    if not charts:
        raise Skip("there is no chart with a schema of its values")
    problems = []
    for chart in charts:
        folder = write(chasic.state / chart.parent.name, {"values.yaml": (chart.parent / "default-values.yaml").read_text(),
                                                          "main.chasi": 'let given = yaml("values.yaml") as Values\n'})
        problems += chasic.expect(0, "import", "schema", chart, "--out", "values.chasi", cwd=folder) + fits(chasic, folder)
        (folder / "values.yaml").write_text("controlPlane:\n  distro: {k8s: {enabeld: true}}\n")
        problems += chasic.expect(1, "check", ".", cwd=folder, says="values.yaml:2:18")
    return problems


def case_documents_of_a_server_become_schemas(chasic) -> list:
    documents = sorted((shared_data() / "kubernetes").glob("*/api*_v?.json"))
    if not documents:
        raise Skip("there are no documents of an API server")
    folder = write(chasic.state / "ws", {})
    problems = chasic.expect(0, "import", "openapi", *documents, "--out", "k.chasi", cwd=folder) + fits(chasic, folder)
    apps = next(d for d in documents if d.name == "apis_apps_v1.json")
    problems += chasic.expect(64, "import", "openapi", apps, "--kinds", "Deploymet", cwd=folder, says="did you mean Deployment?")
    problems += chasic.expect(0, "import", "openapi", apps, "--kinds", "Deployment", "--out", "k.chasi", cwd=folder)
    (folder / "main.chasi").write_text("""\
let made = Deployment {
  metadata { name = "web" }
  spec {
    selector { matchLabels { app = "web" } }
    template { spec { containers = [{ name = "web", image = "nginx:1", resources { limits { cpu = 500m, memory = 1Gi } } }] } }
  }
}
""")
    problems += chasic.expect(0, "check", ".", cwd=folder)
    shown = chasic.run("eval", "made", ".", "--format", "json", cwd=folder)
    if '"resources":{"limits":{"cpu":"500m","memory":"1Gi"}}' not in "".join(shown.out.split()) or "status" in shown.out:
        problems.append(shown.told())
    return problems
