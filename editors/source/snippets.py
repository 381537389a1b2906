"""Snippets: one list for VS Code and for bundles. `$1` and `${1:text}` mean the same in both."""

import json
import uuid

from source.textmate import SCOPE, plist

# Name, what is typed, what it is, its lines.
SNIPPETS = [
    ("cluster", "cluster", "a cluster that tenants live on", [
        "cluster ${1:name} {", "  context  = \"${2:local}\"", "  capacity { cpu = ${3:96}, memory = ${4:384Gi}, storage = ${5:20Ti} }", "}"]),
    ("tenant", "tenant", "a namespace with owners and a quota", [
        "tenant ${1:name} {", "  on     = ${2:cluster}", "  owners = [\"group:${3:team}\"]",
        "  quota  { cpu = ${4:4}, memory = ${5:8Gi}, storage = ${6:50Gi}, pods = ${7:40} }", "}"]),
    ("system", "system", "a business system with one component", [
        "system ${1:name} {", "  tenant = ${2:tenant}", "", "  component ${3:api} {", "    image     = \"${4:registry.example/app:1.0}\"",
        "    ports     { http = ${5:8080} }", "    resources { cpu = ${6:500m}, memory = ${7:512Mi} }",
        "    probe     { http = \"${8:/healthz}\", port = ports.http }", "  }", "}"]),
    ("component", "component", "a part of a system", [
        "component ${1:name} {", "  image     = \"${2:registry.example/app:1.0}\"", "  resources { cpu = ${3:250m}, memory = ${4:256Mi} }", "}"]),
    ("image", "image", "a container image or a cluster image", [
        "image ${1:name} {", "  tag        = \"${2:1.0}\"", "  copy       { \"${3:/app}\" = \"${4:bin/app}\" }", "  entrypoint = [\"${3:/app}\"]", "}"]),
    ("schema", "schema", "a record with typed fields", ["schema ${1:Name} {", "  ${2:field}: ${3:String}", "}"]),
    ("kind", "kind", "a kind of declarations and what it makes", [
        "/// ${1:What it is.}", "kind ${2:name} {", "  on: tenant", "", "  lower = [$0]", "}"]),
    ("param", "param", "a parameter that is set from outside", ["param ${1:name}: ${2:String} = ${3:\"\"}"]),
    ("fn", "fn", "a function", ["fn ${1:name}(${2:value}: ${3:String}) -> ${4:String} = $0"]),
    ("policy", "policy", "a rule over everything that is declared", [
        "policy \"${1:title}\" {", "  for ${2:s} in ${3:all(system)}", "    deny if ${4:false} : \"${5:what is wrong}\"", "}"]),
    ("test", "test", "a test with parameters of its own", ["test \"${1:title}\" {", "  with { ${2:environment} = \"${3:prod}\" }", "  assert $0", "}"]),
    ("override", "override", "what differs in an environment", ["override ${1:declaration} {", "  $0", "}"]),
    ("for", "for", "something for each element", ["for ${1:element} in ${2:list} {", "  $0", "}"]),
    ("comprehension", "forl", "a list of what a loop gives", ["[for ${1:element} in ${2:list} : ${3:element}]"]),
]

SPACE = uuid.UUID("3f0d0a52-8a1f-4c57-8f5c-6a1c2b7d9e40")


def as_json() -> str:
    made = {name: {"prefix": prefix, "description": what, "body": body} for name, prefix, what, body in SNIPPETS}
    return json.dumps(made, indent=2) + "\n"


def as_bundle() -> dict:
    return {f"{name}.tmSnippet": plist({"name": what, "tabTrigger": prefix, "scope": SCOPE, "content": "\n".join(body),
                                        "uuid": str(uuid.uuid5(SPACE, name)).upper()}) for name, prefix, what, body in SNIPPETS}
