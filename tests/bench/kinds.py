"""Ten kinds of objects, with the types of std.k8s and without."""

KINDS = [  # module, apiVersion, kind, name, what is behind the metadata
    ("apps.v1", "apps/v1", "Deployment", "web", """spec {
      replicas = 2
      selector { matchLabels { app = "web" } }
      template {
        metadata { labels { app = "web" } }
        spec { containers = [{ name = "web", image = "example.org/web:1.2", ports = [{ name = "http", containerPort = 8080 }], resources { requests { cpu = 250m } } }] }
      }
    }"""),
    ("apps.v1", "apps/v1", "StatefulSet", "db", """spec {
      serviceName = "db"
      selector { matchLabels { app = "db" } }
      template {
        metadata { labels { app = "db" } }
        spec { containers = [{ name = "db", image = "example.org/db:17.2" }] }
      }
    }"""),
    ("core.v1", "v1", "Service", "web", """spec { selector { app = "web" }, ports = [{ name = "http", port = 80, targetPort = "http" }] }"""),
    ("core.v1", "v1", "ConfigMap", "web", """data { mode = "fast" }"""),
    ("core.v1", "v1", "ServiceAccount", "web", """automountServiceAccountToken = false"""),
    ("networking.v1", "networking.k8s.io/v1", "Ingress", "web", """spec {
      rules = [{
        host = "web.example.org"
        http { paths = [{ path = "/", pathType = "Prefix", backend { service { name = "web", port { name = "http" } } } }] }
      }]
    }"""),
    ("networking.v1", "networking.k8s.io/v1", "NetworkPolicy", "web", """spec {
      podSelector { matchLabels { app = "web" } }
      policyTypes = ["Ingress"]
      ingress     = [{ ports = [{ port = 8080, protocol = "TCP" }] }]
    }"""),
    ("rbac.v1", "rbac.authorization.k8s.io/v1", "Role", "web", """rules = [{ apiGroups = [""], resources = ["configmaps"], verbs = ["get"] }]"""),
    ("policy.v1", "policy/v1", "PodDisruptionBudget", "web", """spec { minAvailable = 1, selector { matchLabels { app = "web" } } }"""),
    ("batch.v1", "batch/v1", "CronJob", "nightly", """spec {
      schedule = "0 3 * * *"
      jobTemplate {
        spec {
          template {
            metadata { labels { app = "nightly" } }
            spec { restartPolicy = "Never", containers = [{ name = "job", image = "example.org/job:1.0" }] }
          }
        }
      }
    }"""),
]


def specification(typed: bool) -> str:
    def one(module: str, version: str, kind: str, name: str, rest: str) -> str:
        head = f"k8s.{module}.{kind} {{" if typed else f'{{\n    apiVersion = "{version}"\n    kind = "{kind}"'
        return f'  {head}\n    metadata {{ name = "{name}", namespace = "web" }}\n    {rest}\n  }},\n'

    objects = "".join(one(*of) for of in KINDS)
    return ("import std.k8s\n\n" if typed else "") + f"cluster home {{}}\ntenant web {{ on = home }}\nobjects all_of_them {{\n  on = home\n  all = [\n{objects}  ]\n}}\n"
