#!/usr/bin/env python3
"""Makes values.chasi and defaults.chasi from what the charts themselves say.

    stdlib/vcluster/make_values.py DATA OUT

DATA has a folder a version with values.schema.json and default-values.yaml; OUT gets the two files. Names, types and values only.
Oldest and newest version are told by their numbers; all versions share one set of schemas, and one set of defaults with what differs.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

WORDS = {"if", "else", "for", "in", "let", "fn", "match", "import", "true", "false", "null"}


def named(schema: dict) -> str:
    return schema.get("$ref", "").rsplit("/", 1)[-1]


def is_map(schema: dict) -> bool:
    return schema.get("type") == "object" or (not named(schema) and isinstance(schema.get("additionalProperties"), dict))


class Schemas:
    """The definitions of all versions as one, and where in the defaults each of them comes up."""

    def __init__(self, versions: dict):
        self.definitions, self.licensed, self.seen = {}, set(), {}
        for data in versions.values():
            root = {"properties": data["schema"]["properties"]}
            for name, definition in [("Values", root), *data["schema"]["$defs"].items()]:
                into = self.definitions.setdefault(name, {"properties": {}, "required": set()})
                into["properties"].update(definition.get("properties", {}))
                into["required"] |= set(definition.get("required", []))
        for data in versions.values():
            self.walk("Values", data["defaults"], "", ())

    def walk(self, name: str, defaults, path: str, above: tuple) -> None:
        """`defaults` is None where a definition comes up that the defaults have nothing of."""
        if name in above:
            return
        found = self.seen.setdefault(name, [])
        found.append(defaults)
        for key, schema in self.definitions[name]["properties"].items():
            here = f"{path}.{key}".lstrip(".")
            if schema.get("pro"):
                self.licensed.add(here)
            inside = defaults.get(key) if isinstance(defaults, dict) else None
            for part in (schema, schema.get("items"), schema.get("additionalProperties")):
                if isinstance(part, dict) and named(part):
                    self.walk(named(part), inside if part is schema else None, here, above + (name,))

    def type_of(self, schema) -> str:
        if not isinstance(schema, dict):
            return "Any"
        if named(schema):
            return named(schema) if self.definitions[named(schema)]["properties"] else "Map<String, Any>"
        if schema.get("oneOf"):
            return " | ".join(sorted({self.type_of(s) for s in schema["oneOf"]}))
        if is_map(schema):
            of = schema.get("additionalProperties")
            return f"Map<String, {self.type_of(of) if isinstance(of, dict) else 'Any'}>"
        if schema.get("type") == "array":
            return f"List<{self.type_of(schema.get('items'))}>"
        if schema.get("pattern"):
            return f'String where it.matches(r"{schema["pattern"]}")'
        return {"string": "String", "boolean": "Bool", "integer": "Int"}.get(schema.get("type"), "Any")

    def field(self, name: str, key: str) -> str:
        schema = self.definitions[name]["properties"][key]
        written, shown = self.type_of(schema), f'"{key}"' if key in WORDS else key
        always = all(isinstance(d, dict) and key in d for d in self.seen.get(name, [None]))
        if key in self.definitions[name]["required"] and not always:
            return f"{shown}: {written}"
        if always and written.startswith("List<"):
            return f"{shown}: {written} = []"
        if always and written.startswith("Map<"):
            return f"{shown}: {written} = {{}}"
        if always and written in self.definitions:
            return f"{shown}: {written} = {written} {{}}"
        return f"{shown}?: {written}"

    def text(self) -> str:
        out = ["// Made by make_values.py: what the values of the charts are called, and of which types they are."]
        for name in ["Values"] + sorted(set(self.definitions) - {"Values"}):
            keys = sorted(self.definitions[name]["properties"])
            if keys:
                out.append(f"schema {name} {{\n" + "".join(f"  {self.field(name, k)}\n" for k in keys) + "}\n")
        out.append("/// Where only the vendor's licensed control plane does something.")
        out.append("let licensed = [\n" + "".join(f'  "{p}"\n' for p in sorted(self.licensed)) + "]\n")
        return "\n".join(out)


def literal(value, depth: int) -> str:
    if isinstance(value, dict):
        if not value:
            return "{}"
        pad = "  " * (depth + 1)
        return "{\n" + "".join(f"{pad}{key(k)} = {literal(v, depth + 1)}\n" for k, v in sorted(value.items())) + "  " * depth + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(v, depth + 1) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("${", "\\${")


def key(name: str) -> str:
    return name if name.replace("_", "a").isalnum() and not name[0].isdigit() and name not in WORDS else json.dumps(name)


def common(trees: list):
    """What all trees have, entry by entry; None for what differs as a whole."""
    if all(isinstance(t, dict) for t in trees):
        keys = [k for k in trees[0] if all(k in t for t in trees)]
        parts = {k: common([t[k] for t in trees]) for k in keys}
        return {k: v for k, v in parts.items() if v is not None}
    return trees[0] if all(t == trees[0] for t in trees) else None


def beyond(tree: dict, base: dict) -> dict:
    """What a tree has in addition to the base."""
    out = {}
    for k, v in tree.items():
        if k not in base:
            out[k] = v
        elif isinstance(v, dict) and isinstance(base[k], dict) and (more := beyond(v, base[k])):
            out[k] = more
    return out


def defaults_text(versions: dict) -> str:
    base = common([v["defaults"] for v in versions.values()])
    out = ["// Made by make_values.py: the values that a chart has when nobody says anything.\n"]
    out.append("/// The versions of the chart that are known here, the newest first.")
    names = sorted(versions, key=lambda v: [int(n) for n in v.split(".")], reverse=True)
    out.append(f"let versions = {literal(names, 0)}\n")
    out.append("/// What all of them have.")
    out.append(f"let _common: Map<String, Any> = {literal(base, 0)}\n")
    out.append("/// What only one of them has.")
    out.append("let _own: Map<String, Any> = " + literal({n: beyond(versions[n]["defaults"], base) for n in names}, 0) + "\n")
    return "\n".join(out)


def read_yaml(path: pathlib.Path):
    """As the chart's own tools read it: by chasic itself, which CHASI_PROGRAM names where it is not on the PATH."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "main.chasi").write_text('let all = fromYaml(text("values.yaml")) ?? []\n', encoding="utf-8")
        (folder / "values.yaml").write_bytes(path.read_bytes())
        done = subprocess.run([os.environ.get("CHASI_PROGRAM", "chasic"), "eval", "all", "main.chasi", "--format", "json"], cwd=folder, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)[0]


def main() -> int:
    data, out = map(pathlib.Path, sys.argv[1:3])
    versions = {}
    for folder in sorted(p for p in data.iterdir() if (p / "values.schema.json").is_file()):
        versions[folder.name] = {"schema": json.loads((folder / "values.schema.json").read_text(encoding="utf-8")),
                                 "defaults": read_yaml(folder / "default-values.yaml")}
    (out / "values.chasi").write_text(Schemas(versions).text(), encoding="utf-8")
    (out / "defaults.chasi").write_text(defaults_text(versions), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
