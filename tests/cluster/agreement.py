"""Objects of the corpus, and seeded mutations of them: a real API server's strict dry run against `chasic check`."""

import copy
import json
import random
import time

ENUMS = {"imagePullPolicy", "protocol", "restartPolicy", "dnsPolicy", "pathType", "concurrencyPolicy", "reclaimPolicy", "volumeBindingMode", "scope",
         "failurePolicy", "sideEffects", "policyTypes", "accessModes", "externalTrafficPolicy", "podManagementPolicy", "matchPolicy", "terminationMessagePolicy"}
KINDS = ["wrong type", "unknown field", "missing field", "bad enum", "bad quantity", "bad name", "duplicate key"]


def places(value, path=()):
    """Every (path, value) below a value, itself first."""
    yield path, value
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from places(item, path + (i,))


def put(root, path, value):
    for step in path[:-1]:
        root = root[step]
    root[path[-1]] = value


def mutated(rng: random.Random, original: dict, kind: str):
    """The text of an object with one mistake of this kind, and where it is; nothing when there is no place for one."""
    o = copy.deepcopy(original)
    inner = [(p, v) for p, v in places(o) if p and p[0] not in ("apiVersion", "kind")]
    if kind == "wrong type":
        path, value = rng.choice(inner)
        put(o, path, {"x": 1} if isinstance(value, (str, int, float)) and rng.random() < 0.5 else 7 if isinstance(value, (str, dict, list)) else "seven")
    elif kind == "unknown field":
        path, value = rng.choice([(p, v) for p, v in places(o) if isinstance(v, dict)])
        value["noSuchField"] = 1
    elif kind == "missing field":
        path, value = rng.choice([(p, v) for p, v in inner if isinstance(p[-1], str) and p != ("metadata", "namespace")])
        root = o
        for step in path[:-1]:
            root = root[step]
        del root[path[-1]]
    elif kind == "bad enum":
        found = [(p, v) for p, v in inner if any(s in ENUMS for s in p[-2:]) and isinstance(v, str)]
        if not found:
            return None
        path = rng.choice(found)[0]
        put(o, path, "Bogus")
    elif kind == "bad quantity":
        found = [(p, v) for p, v in inner if len(p) > 1 and p[-2] in ("requests", "limits") and isinstance(v, (str, int))]
        if not found:
            return None
        path = rng.choice(found)[0]
        put(o, path, rng.choice(["12x", "1.5.2", "lots", "", "1 Gi"]))
    elif kind == "bad name":
        path = ("metadata", "name")
        o["metadata"]["name"] = rng.choice(["Bad_Name", "-x", "x" * 254, "a b", "x..y"])
    else:
        found = [(p, v) for p, v in places(o) if isinstance(v, dict) and v]
        path, value = rng.choice(found)
        key = rng.choice(list(value))
        path = path + (key,)
        mark = "twice-" + key
        value[mark] = value[key]
        return json.dumps(o).replace(json.dumps(mark) + ":", json.dumps(key) + ":"), path
    return json.dumps(o), path


class Server:
    """What the API server says of objects. Definitions and namespaces are made for real, everything else is a dry run."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.kinds = {}

    def discover(self) -> None:
        lists = ["/api/v1"] + [f"/apis/{v['groupVersion']}" for g in self.cluster.ask("GET", "/apis")[1]["groups"] for v in g["versions"]]
        for path in lists:
            for r in self.cluster.ask("GET", path)[1].get("resources", []):
                if "/" not in r["name"]:
                    self.kinds[(path.split("/", 2)[2].removeprefix("apis/") if path != "/api/v1" else "v1", r["kind"])] = (path, r["name"], r["namespaced"])

    def wait_for(self, definitions: dict) -> None:
        """Until the objects of these definitions are served."""
        end = time.monotonic() + 60
        for (group, _), o in definitions.items():
            version = next(v["name"] for v in o["spec"]["versions"] if v["served"])
            while self.cluster.ask("GET", f"/apis/{group}/{version}/{o['spec']['names']['plural']}")[0] != 200 and time.monotonic() < end:
                time.sleep(0.2)

    def url(self, o: dict):
        known = self.kinds.get((o["apiVersion"], o["kind"]))
        if not known:
            return None
        path, plural, namespaced = known
        return f"{path}/namespaces/{o['metadata']['namespace']}/{plural}" if namespaced else f"{path}/{plural}"

    def make(self, o: dict) -> tuple:
        return self.cluster.ask("POST", self.url(o), json.dumps(o))

    def verdict(self, original: dict, text: str) -> tuple:
        """Whether it takes it, and why not. An object that exists already was looked at before."""
        url = self.url(original)
        if not url:
            return False, "no such kind"
        status, answer = self.cluster.ask("POST", f"{url}?dryRun=All&fieldValidation=Strict", text)
        return status in (200, 201, 409) or (status == 403 and "RBAC" in str(answer)), answer.get("message", "") if isinstance(answer, dict) else str(answer)
