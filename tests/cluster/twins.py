"""The embedded cluster beside a real API server: the same requests to both, and what each answers."""

import copy
import json
import random
import urllib.error
import urllib.request

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
STEPS = ("apply", "apply again", "conflict", "force", "let go", "patch", "replace", "wrong uid", "delete")
# Given by each cluster as it likes; the last ones are of claims, which are bound at once here, and of what is being deleted.
OWN = {"uid", "resourceVersion", "creationTimestamp", "time", "clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "deletionTimestamp", "controller-uid",
       "batch.kubernetes.io/controller-uid", "volumeName", "deletionGracePeriodSeconds"}


class Embedded:
    def __init__(self, server: str):
        self.server = server

    def ask(self, method: str, path: str, body: str = None, kind: str = "application/json") -> tuple:
        request = urllib.request.Request(self.server + path, None if body is None else body.encode(), {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            text = refused.read().decode(errors="replace")
            return refused.code, json.loads(text) if text.startswith("{") else text


def plain(value, key: str = ""):
    """Without what each cluster gives as it likes."""
    if isinstance(value, dict):
        rest = {k: plain(v, k) for k, v in value.items() if k not in OWN and k != "status"}
        return {k: v for k, v in rest.items() if k != "finalizers" or v}
    if key == "finalizers":
        return [v for v in value if v != "kubernetes.io/pvc-protection"]
    if key == "managedFields":
        rows = [plain(v) for v in value if v.get("subresource") != "status" and v["manager"] != "kube-controller-manager"]
        return sorted(rows, key=lambda row: (row["manager"], row["operation"]))
    return [plain(v) for v in value] if isinstance(value, list) else value


def near(a: str, b: str) -> bool:
    """The same field, or one is inside of the other."""
    return a.startswith(b) or b.startswith(a)


def same(step: str, a: tuple, b: tuple) -> bool:
    """Whether the answers are the same: the objects with all owners of fields, or status, reason and a field of the refusals: here may be fewer."""
    (status, left), (other, right) = a, b
    if status != other or not (isinstance(left, dict) and isinstance(right, dict)):
        return status == other and type(left) is type(right)
    if status >= 300:
        fields = [sorted(c.get("field", "") for c in (body.get("details") or {}).get("causes") or []) for body in (left, right)]
        return left.get("reason") == right.get("reason") and (fields[0] == fields[1] or any(near(f, g) for f in fields[0] for g in fields[1]))
    left, right = plain(left), plain(right)
    if step == "delete":
        for each in (left, right):
            each["metadata"].pop("generation", None)
            each.get("details", {}).pop("uid", None)
    return left == right


def scalars(value, path=()):
    if isinstance(value, dict):
        for k, v in value.items():
            yield from scalars(v, path + (k,))
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from scalars(v, path + (i,))
    else:
        yield path, value


def changed(rng: random.Random, o: dict) -> dict:
    """With another value somewhere, which may well be refused."""
    o = copy.deepcopy(o)
    places = [(p, v) for p, v in scalars(o) if p[0] not in ("apiVersion", "kind") and p not in (("metadata", "name"), ("metadata", "namespace")) and not isinstance(p[-1], int)]
    if not places:
        o["metadata"]["labels"] = {"a": "b"}
        return o
    path, value = rng.choice(places)
    at = o
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = not value if isinstance(value, bool) else value + 1 if isinstance(value, (int, float)) else f"{value}x" if isinstance(value, str) else "x"
    return o


def less(rng: random.Random, o: dict) -> dict:
    """Without some field that is not asked for."""
    o = copy.deepcopy(o)
    places = []

    def look(value, path):
        if isinstance(value, dict):
            for k, v in value.items():
                if len(path) + 1 > 1 and path + (k,) not in (("metadata", "name"), ("metadata", "namespace")):
                    places.append(path + (k,))
                look(v, path + (k,))
        elif isinstance(value, list):
            for i, v in enumerate(value):
                look(v, path + (i,))

    look(o, ())
    if not places:
        return o
    path = rng.choice(places)
    at = o
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return o


def play(server, path: str, o: dict, seed: int) -> list:
    """What the server answers to the steps, which are the same for every server."""
    rng = random.Random(seed)
    one = f"{path}/{o['metadata']['name']}"
    text, other, fewer = json.dumps(o), json.dumps(changed(rng, o)), json.dumps(less(rng, o))
    said = []

    def ask(*words):
        said.append(server.ask(*words))
        return said[-1]

    ask("PATCH", f"{one}?fieldManager=a&fieldValidation=Strict", text, APPLY)
    ask("PATCH", f"{one}?fieldManager=a", text, APPLY)
    ask("PATCH", f"{one}?fieldManager=b", other, APPLY)
    ask("PATCH", f"{one}?fieldManager=b&force=true", other, APPLY)
    ask("PATCH", f"{one}?fieldManager=a", fewer, APPLY)
    ask("PATCH", f"{one}?fieldManager=c", json.dumps({"metadata": {"labels": {"patched": "yes"}}}), MERGE)
    status, live = server.ask("GET", one)
    if status == 200:
        live["metadata"].setdefault("annotations", {})["note"] = "put"
        live["metadata"].pop("managedFields", None)
    ask("PUT", f"{one}?fieldManager=d", json.dumps(live if status == 200 else o))
    ask("DELETE", one, json.dumps({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}))
    ask("DELETE", one, json.dumps({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}))
    return said


def differences(real, embedded, path: str, o: dict, seed: int) -> list:
    """What the two answer differently."""
    out = []
    for step, a, b in zip(STEPS, play(real, path, o, seed), play(embedded, path, o, seed)):
        if not same(step, a, b):
            out.append(f"{step} of {o['kind']} {o['metadata']['name']} (seed {seed}): {a[0]} {json.dumps(a[1])[:700]} | embedded: {b[0]} {json.dumps(b[1])[:700]}")
    return out
