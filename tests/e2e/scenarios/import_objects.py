"""`chasic import` of Kubernetes YAML: the module makes the same objects, reads well, and loses nothing without a word."""

import json

from report import shared_data
from skip import Skip

SHOP = """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata:
      name: motd
      labels: {app: web, tier: front}
      uid: 1f0e
      resourceVersion: "7"
      managedFields: []
      annotations: {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    data:
      text: |
        Hello ${USER},
          it is "late" \\o/
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {tier: front, app: web}}
spec:
  selector: {app: web, tier: front}
  ports: [{port: 80, targetPort: 0x50}]
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
spec: {backend: {serviceName: web, servicePort: 80}}
"""

MODULE = '''\
import std.k8s

/// Where objects go that name no namespace.
param namespace: String = "default"

let webLabels = { app = "web", tier = "front" }

cluster main {}

objects web {
  on  = main
  all = [
    k8s.core.v1.ConfigMap {
      metadata { name = "motd", labels = webLabels, namespace = namespace }
      data {
        text = """
          Hello \\${USER},
            it is "late" \\\\o/

          """
      }
    }
    k8s.core.v1.Service {
      metadata { name = "web", namespace = "shop", labels = webLabels }
      spec {
        selector = webLabels
        ports    = [
          { port = 80, targetPort = 80 }
        ]
      }
    }
  ]
}

// Ingress shop/web: Kubernetes 1.36 has no Ingress in extensions/v1beta1; it was removed in Kubernetes 1.22; write `networking.k8s.io/v1`
objects "web-unchecked" {
  on        = main
  unchecked = true
  all       = [
    {
      apiVersion = "extensions/v1beta1"
      kind       = "Ingress"
      metadata   { name = "web", namespace = "shop", labels = webLabels }
      spec {
        backend { serviceName = "web", servicePort = 80 }
      }
    }
  ]
}
'''


def case_a_module_that_reads_well(chasic) -> list:
    (chasic.state / "shop.yaml").write_text(SHOP)
    made = chasic.run("import", "shop.yaml", cwd=chasic.state)
    problems = [] if made.code == 0 and made.out == MODULE else [f"another module: {made.told()}"]
    for said in ("3 objects in 2 declarations, compared", "1 object names a kind", "status, uid and the like of 1 object were left out", "web-unchecked: Ingress (not checked"):
        if said not in made.err:
            problems.append(f"the report does not say \"{said}\": {made.told()}")
    piped = chasic.run("import", "-", stdin=SHOP)
    if piped.code != 0 or piped.out != MODULE:
        problems.append(f"another module from standard input: {piped.told()}")
    problems += chasic.expect(1, "import", "-", stdin="a: 1\na: 2\n", says="stdin.yaml:2:1")
    problems += chasic.expect(0, "import", "shop.yaml", "--out", "shop.chasi", "--namespace", "shop", "--cluster", "core", cwd=chasic.state, says="wrote shop.chasi")
    shown = chasic.run("render", "shop.chasi", "--format", "json", cwd=chasic.state)
    names = [(o["kind"], o["metadata"]["namespace"]) for o in json.loads(shown.out or "[]")]
    if sorted(names) != [("ConfigMap", "shop"), ("Ingress", "shop"), ("Service", "shop")]:
        problems.append(f"other objects: {shown.told()}")
    return problems + chasic.expect(0, "fmt", "--check", "shop.chasi", cwd=chasic.state)


GUESTBOOK = """\
apiVersion: v1
kind: Service
metadata:
  name: frontend
  labels: {app: guestbook, tier: frontend}
spec:
  type: LoadBalancer
  ports:
  - port: 80
  selector: {app: guestbook, tier: frontend}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
spec:
  selector:
    matchLabels: {app: guestbook, tier: frontend}
  replicas: 3
  template:
    metadata:
      labels: {app: guestbook, tier: frontend}
    spec:
      containers:
      - name: php-redis
        image: gcr.io/google-samples/gb-frontend:v5
        resources:
          requests: {cpu: 100m, memory: 100Mi}
        env:
        - name: GET_HOSTS_FROM
          value: dns
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: tok, key: t}}
        ports:
        - containerPort: 80
          name: web
        readinessProbe:
          httpGet: {path: /, port: web}
          periodSeconds: 5
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: db
        image: postgres:17
        ports: [{name: pg, containerPort: 5432}]
        volumeMounts: [{name: data, mountPath: /var/lib/postgresql}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 10Gi}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec:
  clusterIP: None
  selector: {app: db}
  ports: [{name: pg, port: 5432, targetPort: pg}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {a: b}
"""

GUESTBOOK_MODULE = """\
import std.k8s

/// Where objects go that name no namespace.
param namespace: String = "default"

cluster main {}

tenant default {
  on        = main
  namespace = namespace
  existing  = true
}

system "default-apps" {
  tenant = default

  component frontend {
    plain      = true
    objectName = "frontend"
    selector   = { app = "guestbook", tier = "frontend" }
    image      = "gcr.io/google-samples/gb-frontend:v5"
    replicas   = 3
    ports      { web = 80 }
    env        { GET_HOSTS_FROM = "dns", TOKEN = secretKey("tok", "t") }
    resources  { cpu = 100m, memory = 100Mi }
    probe      { http = "/", port = 80, every = 5s }
    patches {
      container {
        name = "php-redis"
        readinessProbe {
          httpGet { port = "web" }
        }
      }
      service {
        metadata {
          labels { app = "guestbook", tier = "frontend" }
        }
        spec {
          type  = "LoadBalancer"
          ports = [
            { port = 80 }
          ]
        }
      }
    }
  }

  component db {
    plain      = true
    objectName = "db"
    selector   = { app = "db" }
    image      = "postgres:17"
    storage {
      data { size = 10Gi, path = "/var/lib/postgresql" }
    }
    ports { pg = 5432 }
    patches {
      pod { terminationGracePeriodSeconds = 30 }
    }
  }
}

objects "default-objects" {
  on  = main
  all = [
    k8s.core.v1.ConfigMap {
      metadata { name = "other", namespace = namespace }
      data     { a = "b" }
    }
  ]
}
"""


def case_workloads_become_components(chasic) -> list:
    (chasic.state / "guestbook.yaml").write_text(GUESTBOOK)
    made = chasic.run("import", "guestbook.yaml", cwd=chasic.state)
    problems = [] if made.code == 0 and made.out == GUESTBOOK_MODULE else [f"another module: {made.told()}"]
    for said in ("5 objects in 2 declarations", "system default-apps: Deployment, 2 Service, StatefulSet as components frontend, db; 7 of 60 values as `patches`"):
        if said not in made.err:
            problems.append(f"the report does not say \"{said}\": {made.told()}")
    raw = chasic.run("import", "guestbook.yaml", "--objects", cwd=chasic.state)
    if raw.code != 0 or "system" in raw.out or raw.out.count("    k8s.") != 5:
        problems.append(f"not everything as objects: {raw.told()}")
    problems += chasic.expect(0, "import", "guestbook.yaml", "--out", "guestbook.chasi", cwd=chasic.state)
    return problems + chasic.expect(0, "apply", "guestbook.chasi", "--yes", cwd=chasic.state, says="5 created")


def case_a_component_that_does_not_fit_stays_an_object(chasic) -> list:
    """Two containers; a Service that is not its own; an autoscaler by memory; more said in patches than in words."""
    two = GUESTBOOK.replace("      - name: db\n", "      - name: side\n        image: side:1\n      - name: db\n")
    (chasic.state / "two.yaml").write_text(two)
    made = chasic.run("import", "two.yaml", cwd=chasic.state)
    problems = [] if made.code == 0 and "component frontend" in made.out and "component db" not in made.out else [made.told()]
    other = GUESTBOOK.replace("clusterIP: None\n  selector: {app: db}", "selector: {role: db}")
    (chasic.state / "other.yaml").write_text(other)
    made = chasic.run("import", "other.yaml", cwd=chasic.state)
    if made.code != 0 or " = false" not in made.out or "k8s.core.v1.Service" not in made.out:
        problems.append(f"a Service that a component would not make: {made.told()}")
    (chasic.state / "wrong.yaml").write_text(GUESTBOOK.replace("memory: 100Mi", "memory: lots"))
    made = chasic.run("import", "wrong.yaml", cwd=chasic.state)
    if made.code != 0 or "component frontend" in made.out or "component db" not in made.out or "unchecked = true" not in made.out:
        problems.append(f"a patch that Kubernetes would refuse: {made.told()}")
    return problems


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.acme.example}
spec:
  group: acme.example
  scope: Namespaced
  names: {kind: Shop, plural: shops}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}
"""


def case_types_of_a_cluster(chasic) -> list:
    problems = chasic.expect(1, "import", "crd", "--context", "local", says="has no CustomResourceDefinition")
    problems += chasic.expect(64, "import", "crd", says="--context NAME") + chasic.expect(64, "import", "crd", "a.yaml", "--context", "local", says="exclude each other")
    problems += chasic.expect(4, "import", "openapi", "--context", "nowhere", says="CH6101")
    (chasic.state / "crd.yaml").write_text(CRD)
    (chasic.state / "workspace.chasi").write_text("edition 2026\n")
    (chasic.state / "a.chasi").write_text('cluster main {}\nobjects it {\n  on  = main\n  all = yamlStream("crd.yaml")\n}\n')
    problems += chasic.expect(0, "apply", "a.chasi", "--yes", cwd=chasic.state)
    live, read = chasic.run("import", "crd", "--context", "local"), chasic.run("import", "crd", "crd.yaml", cwd=chasic.state)
    if live.code != 0 or live.out != read.out or "size?: Int" not in live.out:
        problems.append(f"another module from the cluster: {live.told()}")
    (chasic.state / "list.yaml").write_text("kind: List\nitems:\n- " + CRD.replace("\n", "\n  "))
    listed = chasic.run("import", "crd", "list.yaml", cwd=chasic.state)
    if listed.out != read.out:
        problems.append(f"another module from a list: {listed.told()}")
    kinds = chasic.run("import", "openapi", "--context", "local", "--kinds", "ConfigMap")
    if kinds.code != 0 or "schema ConfigMap {" not in kinds.out:
        problems.append(kinds.told())
    return problems


def case_what_is_no_object_is_refused(chasic) -> list:
    problems = []
    for text, why in (("a: 1\n", "CH7041"), ("", "there is no object"), ("apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}\n", "generateName"),
                      ("apiVersion: v1\nkind: Pod\nkind: Service\n", "no.yaml:3:1"), ("a: [\n", "CH4016")):
        (chasic.state / "no.yaml").write_text(text)
        problems += chasic.expect(1, "import", "no.yaml", "--out", "no.chasi", cwd=chasic.state, says=why)
    if (chasic.state / "no.chasi").exists():
        problems.append("a module was written all the same")
    (chasic.state / "no.yaml").write_text("a: 1\n")
    problems += chasic.expect(1, "import", "crd", "no.yaml", cwd=chasic.state, says="CH7030")
    problems += chasic.expect(4, "import", "missing.yaml", cwd=chasic.state, says="missing.yaml")
    problems += chasic.expect(64, "import", "no.yaml", "--cluster", "My Cluster", cwd=chasic.state, says="try mycluster")
    return problems + chasic.expect(64, "import", "no.yaml", "--namespace", "Shop", cwd=chasic.state, says="small letters")


def case_the_later_of_two_counts(chasic) -> list:
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {x: \"%s\"}\n"
    (chasic.state / "two.yaml").write_text(one % "1" + "---\n" + one % "2")
    made = chasic.run("import", "two.yaml", cwd=chasic.state)
    good = made.code == 0 and 'x = "2"' in made.out and 'x = "1"' not in made.out and "ConfigMap b/a is described twice" in made.err
    return [] if good else [made.told()]


def identity(o: dict) -> tuple:
    return (o["apiVersion"], o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"])


def same(chasic, path) -> list:
    """What a file holds, read by `yamlStream`, and what the module of its import makes. Who names no namespace is in `default`."""
    folder = chasic.state / f"{path.parent.name}-{path.stem}"
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    (folder / "in" / "all.yaml").write_bytes(path.read_bytes())
    (folder / "in" / "workspace.chasi").write_text("edition 2026\n")
    (folder / "in" / "a.chasi").write_text('let all = yamlStream("all.yaml")\n')
    problems = chasic.expect(0, "import", path, "--out", folder / "out" / "a.chasi")
    read = chasic.run("eval", "all", folder / "in")
    made = chasic.run("render", folder / "out", "--format", "json")
    raw = chasic.run("eval", "[for o in all(objects) : o.all].flatten()", folder / "out")
    if problems or read.code or made.code or raw.code:
        return problems + [read.told()[:500], made.told()[:500], raw.told()[:500]]
    want, have = json.loads(read.out), {identity(o): o for o in json.loads(made.out)}
    have |= {identity(o): o for o in json.loads(raw.out) if o["kind"] == "Secret"}  # shown without values by `render`
    for o in want:
        o["metadata"].setdefault("namespace", "default") if identity(o) not in have else None
        if have.pop(identity(o), None) != o:
            problems.append(f"{identity(o)} differs")
    problems += [f"{i} is in no file" for i in have] + chasic.expect(0, "check", folder / "out") + chasic.expect(0, "fmt", "--check", folder / "out")
    return [f"{path.name}: {p}" for p in problems]


def case_the_corpus_and_back(chasic) -> list:
    corpus = shared_data() / "corpus"
    if not corpus.is_dir():
        raise Skip("no corpus of manifests: importing real applications was not tested")
    problems = []
    for path in sorted(p for p in corpus.rglob("*") if p.suffix in (".yaml", ".yml")):
        problems += same(chasic, path)
    monitoring = chasic.run("import", corpus / "kube-prometheus-stack" / "kube-prometheus-stack.yaml")
    return problems + ([] if "129 objects in 4 declarations" in monitoring.err and "component kube-prometheus-stack-kube-state-metrics" in monitoring.err else [monitoring.err])
