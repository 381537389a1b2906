"""Workspaces that are edited: some made for it, examples, and language cases dealt out to several files."""

import pathlib
import random
import shutil

from edits.changes import items
from report import ROOT

# While a server keeps what it knows, values may wait for each other less deeply; then hovering shows none.
DEEP = ("types-fail_complex.chasi",)
EXAMPLES = ["bank", "hello", "edge", "saas", "platform", "addresses", "typed"]

MANY = {
    "workspace.chasi": "edition 2026\n",
    "kinds.chasi": '''cluster home { context = "local" }
type Name = String where it.isDnsLabel() : "a tenant is named by a DNS label"
kind space {
  on: cluster
  tenant: Name
  image: ImageRef = "registry.example.org/web:1.0"
  replicas: Int where 1 <= it <= 50 : "1 to 50" = 2
  check replicas < 40 : "not so many"
  check all(space).len() < 14 : "too many spaces"
  let labels: Map<String, String> = { app = "web", tenant = tenant }
  lower = [
    Object { on = on, manifest = { apiVersion = "v1", kind = "Namespace", metadata { name = tenant, labels = labels } } }
    Object { on = on, manifest = { apiVersion = "v1", kind = "ConfigMap", metadata { name = "size", namespace = tenant }, data { n = "${replicas}" } } }
  ]
}
''',
    "shared.chasi": "let common: Int = 3\nlet guessed = 4\nlet listed = [1, 2, 3]\n",
    "one.chasi": "".join(f'space "a{n}" {{ on = home, tenant = "t-a{n}", replicas = {n + 1} }}\n' for n in range(4)),
    "two.chasi": "".join(f'space "b{n}" {{ on = home, tenant = "t-b{n}", replicas = common + {n} }}\n' for n in range(4)) + "let own = guessed + common\n",
    "three.chasi": 'space named { on = home, tenant = "t-named", replicas = own }\nfor n in listed { space "l${n}" { on = home, tenant = "t-l${n}", replicas = named.replicas + n } }\n',
}

GROUPS = {
    "workspace.chasi": "edition 2026\nset allow = [\"CH9001\"]\n",
    "kinds.chasi": '''kind group {
  members: "three" | "many" = "many"
  let parts: List<part> = referrers(self, part)
  let total: Int = parts.map(p => p.weight).sum()
  check total <= limit : "the parts of ${name} weigh ${total}, and ${limit} is the most"
}
kind part {
  of: group
  weight: Int = 1
  note: String = "weighs ${weight}"
  check weight <= heaviest : "too heavy"
}
''',
    "limits.chasi": "let limit: Int = 10\nlet unit: Int = 1\nlet heaviest: Int = 9\n",
    "groups.chasi": 'group red {}\ngroup blue { members = "three" }\nlet most = red.total\n',
    "light.chasi": "".join(f'part "l{n}" {{ of = {"red" if n % 2 else "blue"}, weight = unit + {n % 3} }}\n' for n in range(5)),
    "heavy.chasi": 'part big { of = red, weight = 4 }\npart "next" { of = big.of, weight = big.weight - 3 * unit }\n',
    "rules.chasi": 'policy "notes" {\n  for p in all(part)\n    warn if p.weight > 4 : "${p.name}: ${p.note}"\n}\n',
}

# Functions of the library that are checked when the first virtual cluster is there, which an edit may bring.
VIRTUAL = {
    "workspace.chasi": "edition 2026\n",
    "kinds.chasi": 'cluster home { context = "local", storageClasses = ["ssd"], vclusterLicence = "free" }\n',
    "shared.chasi": 'let copies: Int = 2\nlet members: Int = 3\nlet room = Quota { cpu = 2, memory = 4Gi, storage = 20Gi, pods = 20 }\n',
    "one.chasi": 'tenant plain { on = home, quota = room }\ntenant large { on = home, vcluster { replicas = copies, store { kind = "etcd", members = members } } }\n',
    "two.chasi": 'for n in 1..copies { tenant "t-${n}" { on = home, quota = room, vcluster { store { kind = "sqlite", class = "ssd" } } } }\nlet level = large.level\n',
}
# Objects that clash, or do not, across files.
SHARES = {
    "workspace.chasi": "edition 2026\n",
    "kinds.chasi": '''cluster core {}
kind door {
  space: String = "shop"
  port: Int = 1
  copies: Int = 1
  host: String = "${name}.example.org"
  label: String = name
  lower = [
    Object { on = core, manifest = { apiVersion = "v1", kind = "Service", metadata { name = name, namespace = space }, spec { type = "NodePort", selector { app = label }, ports = [{ port = 80, nodePort = 30000 + port }] } } }
    Object {
      on       = core
      manifest = { apiVersion = "networking.k8s.io/v1", kind = "Ingress", metadata { name = name, namespace = space }, spec { rules = [{ host = host, http { paths = [{ path = "/", pathType = "Prefix", backend { service { name = label, port { number = 80 } } } }] } }] } }
    }
    Object {
      on       = core
      manifest = {
        apiVersion = "apps/v1", kind = "Deployment", metadata { name = name, namespace = space }
        spec { replicas = copies, selector { matchLabels { app = name } }, template { metadata { labels { app = name } }, spec { containers = [{ name = "web", image = "registry.example/web:1.0", resources { requests { cpu = 500m } } }] } } }
      }
    }
  ]
}
kind room {
  cpu: Cpu = 6
  most: Cpu = 1
  lower = [
    Object { on = core, manifest = { apiVersion = "v1", kind = "Namespace", metadata { name = name } } }
    Object { on = core, manifest = { apiVersion = "v1", kind = "ResourceQuota", metadata { name = "all", namespace = name }, spec { hard { "requests.cpu" = cpu } } } }
    Object { on = core, manifest = { apiVersion = "v1", kind = "LimitRange", metadata { name = "each", namespace = name }, spec { limits = [{ type = "Container", max { cpu = most } }] } } }
  ]
}
''',
    "rooms.chasi": "room shop {}\nroom depot { cpu = 3 }\n",
    "shop.chasi": "".join(f'door "a{n}" {{ port = {n}, copies = {n + 1} }}\n' for n in range(3)),
    "depot.chasi": "".join(f'door "b{n}" {{ space = "depot", port = {n + 5} }}\n' for n in range(3)) + "let spare: Int = 3\n",
}
EDITS_OF_SHARES = [
    ("depot.chasi", "port = 5", "port = 1"), ("shop.chasi", "copies = 2", "copies = 12"), ("depot.chasi", "spare: Int = 3", 'spare: Int = "3"'), ("depot.chasi", 'spare: Int = "3"', "spare: Int = 4"), ("rooms.chasi", "shop {}", "shop { cpu = 12 }"),
    ("depot.chasi", "port = 1", "port = 9"), ("rooms.chasi", "cpu = 12", "cpu = 12, most = 200m"), ("rooms.chasi", "most = 200m", "most = 2"), ("depot.chasi", "port = 9", 'host = "a0.example.org", port = 9'),
    ("shop.chasi", "port = 0,", 'label = "b0", port = 0,'), ("shop.chasi", 'label = "b0", port = 0,', 'host = "c.example.org", port = 0,'), ("shop.chasi", "port = 1", "port = 2"), ("shop.chasi", "port = 2", "port = 1"),
]

# An environment and parameters that the user has chosen, which edits neither change nor escape.
LAYERS = {
    "workspace.chasi": "edition 2026\n",
    "kinds.chasi": '''cluster home {}
type Share = Int where it < most : "fewer than ${most}"
param most: Int = 20
param extra: List<Share> = []
param size: Share = 1
kind part {
  weight: Share = size
  let others: Int = all(part).len()
  label: String = "${name} of ${others}"
  check weight + others < 30 : "too many for ${label}"
  lower = [Object { on = home, manifest = { apiVersion = "v1", kind = "Namespace", metadata { name = name, labels { weight = "${weight}" } } } }]
}
''',
    "values.chasi": "let unit: Int = 2\nlet guessed = unit + size\nlet listed: List<Int> = extra.map(n => n * unit)\n",
    "parts.chasi": 'part first { weight = unit }\npart second {}\nfor n in extra { part "e${n}" { weight = n + unit } }\n',
    "more.chasi": 'part third { weight = first.weight + guessed }\nif size > 4 { part large { weight = size } }\nlet shown = second.label\n',
    "env/base.chasi": "set size = unit + 2\noverride first { weight = unit * 2 }\n",
    "env/prod.chasi": 'extends base\nlet own = guessed\noverride second { weight = own, label = "own ${own}" }\noverride first { label = "first" }\npolicy "light" {\n  for p in all(part)\n    warn if p.weight > 5 : "${p.name} is heavy"\n}\n',
}
EDITS_OF_LAYERS = [
    ("values.chasi", "unit: Int = 2", "unit: Int = 4"), ("parts.chasi", "part first { weight = unit }", "part first { weight = unit, label = \"one\" }"), ("values.chasi", "unit: Int = 4", 'unit: Int = "4"'),
    ("parts.chasi", "part second {}", "part seconds {}"), ("values.chasi", 'unit: Int = "4"', "unit: Int = 1"), ("parts.chasi", "part seconds {}", "part second { weight = }"), ("values.chasi", "unit: Int = 1", "unit: Int = 50"),
    ("parts.chasi", "part second { weight = }", "part second {}"), ("values.chasi", "unit: Int = 50", "unit: Int = 3"), ("env/base.chasi", "set size = unit + 2", "set size = 5"), ("more.chasi", "let shown = second.label", "let shown = second.lable"),
    ("env/prod.chasi", "extends base", "extends bass"), ("values.chasi", "unit: Int = 3", "unit: Int = 2"), ("env/prod.chasi", "extends bass", "extends base"), ("more.chasi", "second.lable", "second.label"),
]

# Modules that read each other, and one that nobody reads. The editor has all of the workspace open, so what is wrong anywhere is compared.
MODULES = {
    "workspace.chasi": "edition 2026\n",
    "top.chasi": 'import "./shared"\nparam size: Int = 3\nlet twice = shared.double(size)\nlet _spare = 2\nif size > 4 { let large = shared.usual }\n',
    "env/dev.chasi": "set size = _spare\n",
    "env/prod.chasi": "set size = 9\n",
    "shared/values.chasi": "let usual: Int = 3\nlet label = \"x\"\nfn double(n: Int) -> Int = n * 2\n",
    "shared/kinds.chasi": 'kind door {\n  copies: Int where it < 9 : "fewer" = usual\n  label: String = "d-${name}"\n}\nschema Frame { wood: String, wide: Int = usual }\n',
    "app/a.chasi": 'import "../shared"\nshared.door front { copies = shared.usual + 1 }\nlet frame = shared.Frame { wood = "oak" }\n',
    "app/b.chasi": "let sum = front.copies + frame.wide\n",
    "team/c.chasi": 'import "../app"\nimport "../shared" as common\nlet most = app.sum + common.usual\nlet name = app.front.label\n',
    "alone/d.chasi": "let one: Int = 1\nlet two = one + 1\n",
}
EDITS_OF_MODULES = [
    ("env/dev.chasi", "_spare", "2"), ("env/dev.chasi", "size = 2", "size = _spare"),
    ("shared/values.chasi", "usual: Int = 3", "usual: Int = 8"), ("shared/values.chasi", "usual: Int = 8", 'usual: String = "3"'), ("alone/d.chasi", "one: Int = 1", 'one: Int = "1"'), ("shared/values.chasi", 'usual: String = "3"', "usual: Int = 2"),
    ("app/a.chasi", "front", "back"), ("app/b.chasi", "front", "back"), ("team/c.chasi", "front", "back"), ("env/prod.chasi", "size = 9", 'size = "9"'), ("shared/kinds.chasi", "label: String", "title: String"),
    ("alone/d.chasi", 'one: Int = "1"', "one: Int = 7"), ("top.chasi", "param size: Int", "param sise: Int"), ("top.chasi", "param sise: Int", "param size: Int"), ("env/prod.chasi", 'size = "9"', "size = 5"), ("team/c.chasi", "label", "title"),
]

# What comes first there: each changes what another file has, by a name, by who refers to whom, or by what there is.
EDITS_OF_GROUPS = [
    ("limits.chasi", "limit: Int = 10", "limit: Int = 5"), ("limits.chasi", "unit: Int = 1", "unit: Int = 0"), ("heavy.chasi", "weight = 4", "weight = 7"),
    ("limits.chasi", "limit: Int = 5", "limit: Int = 12"), ("light.chasi", "of = blue, weight = unit + 0", "of = red, weight = 9"), ("limits.chasi", "heaviest: Int = 9", "heaviest: Int = 8"),
    ("light.chasi", "weight = 9", "weight = nothing"), ("light.chasi", "weight = nothing", "weight = 1"), ("heavy.chasi", "of = red", "of = blue"), ("groups.chasi", '"three"', '"four"'),
    ("groups.chasi", '"four"', '"many"'), ("heavy.chasi", "part big", "part small"), ("heavy.chasi", "part small", "part big"), ("rules.chasi", "> 4", "> 1"), ("kinds.chasi", "weight: Int = 1", "weight: Int = 2"),
]


def cases() -> list:
    """Files of the language cases that run without anything from outside; their items are dealt out to several files."""
    found = []
    for path in sorted((ROOT / "tests" / "lang").rglob("*.chasi")):
        text = path.read_text(errors="replace")
        plain = not any(word in text for word in ("--set", "--params", "--env", "edition", "override"))
        if plain and 4 <= len(items(text)) and path.parent.parent == ROOT / "tests" / "lang":
            found.append(path)
    return found


def deal(pick: random.Random, text: str) -> dict:
    files = {name: "" for name in ("a.chasi", "b.chasi", "c.chasi")[: pick.randint(2, 3)]}
    for item in items(text):
        files[pick.choice(list(files))] += item if item.endswith("\n") else item + "\n"
    return {name: text for name, text in files.items() if text} | {"workspace.chasi": "edition 2026\n"}


MADE = {"many": MANY, "groups": GROUPS, "virtual": VIRTUAL, "shares": SHARES, "modules": MODULES, "layers": LAYERS}
FIRST = {"groups": EDITS_OF_GROUPS, "shares": EDITS_OF_SHARES, "modules": EDITS_OF_MODULES, "layers": EDITS_OF_LAYERS}
TIMES = {"many": 8, "groups": 8, "virtual": 8, "shares": 8, "modules": 4, "layers": 8}  # as many edits as for the others
CHOSEN = {"layers": {"environment": "prod", "parameters": {"extra": "[3, 5]", "most": 40}}, "examples-bank": {"environment": "prod"}, "examples-platform": {"environment": "production"}}
WHOLE = ("modules", "examples-bank", "examples-platform")  # workspaces that the editor has open as a folder


def prepare(name: str, folder: pathlib.Path, pick: random.Random) -> pathlib.Path:
    root = folder / name.replace("/", "-")
    if name in MADE:
        files = MADE[name]
    elif name.startswith("examples/"):
        shutil.copytree(ROOT / name, root)
        return root
    else:
        files = deal(pick, (ROOT / "tests" / "lang" / name).read_text(errors="replace"))
    for file, text in files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    return root
