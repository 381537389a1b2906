"""Small specifications that scenarios write, and their cluster for kubectl: the embedded one, or a real one."""

import contextlib
import json
import pathlib
import shutil
import subprocess

from cluster import BUILT, CONTEXT
from program import Program
from skip import Skip

SHOP = """param copies: Int = 2
param color: String = "blue"

cluster home { context = "local" }

tenant team {
  on    = home
  quota { cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 }
}

system shop {
  tenant = team

  component web {
    image    = "docker.io/library/nginx:1.27.3"
    replicas = copies
    ports    { http = 8080 }
    env      { COLOR = color }
    files    { conf { path = "/etc/shop", content { "shop.conf" = "color=${color}" } } }
    probe    { http = "/", port = ports.http }
  }
}
"""

SECOND_SYSTEM = """
system extra {
  tenant = team
  component job { image = "docker.io/library/busybox:1.37.0", files { notes { path = "/notes", content { "a.txt" = "a" } } } }
}
"""


def write(folder: pathlib.Path, text: str, name: str = "main.chasi") -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workspace.chasi").write_text("// the root\nedition 2026\n")
    (folder / name).write_text(text)
    return folder


def many(tenants: int) -> str:
    return f"""cluster home {{ context = "local" }}

for n in 1..{tenants} {{
  tenant "t-${{n}}" {{ on = home, owners = ["group:g-${{n}}"] }}
}}
"""


def namespace(name: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def config_map(name: str, where: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": where}, "data": {"a": "b"}})


def anywhere(case):
    """Marks a scenario that says nothing of the embedded cluster alone: it runs against a real API server as well (`tests/e2e/run --real`).
    Its specifications name their cluster `home`."""
    case.anywhere = True
    return case


def only_real(*flags: str):
    """Marks a scenario that needs an API server started with these flags."""
    def mark(case):
        case.anywhere, case.flags, case.embedded = True, flags, False
        return case
    return mark


class OnCluster(Program):
    """The program, whose cluster `home` is a real one."""

    def __init__(self, folder: pathlib.Path, cluster, preset: str = "dev"):
        super().__init__(folder, preset)
        self.cluster = cluster
        self.variables["KUBECONFIG"] = str(cluster.kubeconfig())

    def words(self, words: tuple) -> list:
        reaches = words[0] in ("plan", "apply", "destroy", "status", "drift", "history", "rollback") and not {"--offline", "--cluster"} & set(words)
        return [*words, *(["--cluster", f"home={CONTEXT}"] if reaches else [])]

    def run(self, *words, **more):
        return super().run(*self.words(words), **more)

    def start(self, *words, **more):
        return super().start(*self.words(words), **more)


@contextlib.contextmanager
def served(chasic, spec: pathlib.Path):
    """The cluster of a workspace, the embedded one as a server: a function that runs kubectl against it."""
    real = isinstance(chasic, OnCluster)
    if not real and not shutil.which("kubectl"):
        raise Skip("kubectl is not installed")
    program, config = (BUILT / "kubectl", chasic.cluster.kubeconfig()) if real else ("kubectl", chasic.state / "kubeconfig-of-the-test")
    if not real:
        up = chasic.run("local", "up", spec)
        if up.code != 0:
            raise RuntimeError(up.told())
        config.write_text(chasic.run("local", "kubeconfig", spec).out)

    def kubectl(*words, stdin: str = None, check: bool = True) -> str:
        done = subprocess.run([str(program), "--kubeconfig", str(config), "--cache-dir", str(chasic.state / "kubectl-cache"), *words], input=stdin,
                              capture_output=True, text=True, timeout=120, stdin=None if stdin is not None else subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr}{done.stdout}")
        return done.stdout if check else done.stdout + done.stderr

    try:
        yield kubectl
    finally:
        if not real:
            chasic.run("local", "down", spec)


def objects(kubectl, kind: str, namespace: str = None) -> list:
    where = ["-n", namespace] if namespace else ["-A"]
    return json.loads(kubectl("get", kind, *where, "-o", "json"))["items"]
