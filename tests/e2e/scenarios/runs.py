"""Runs over several clusters, and what they leave behind: a cluster that is away, history, rollback, audit log, waves, signals."""

import contextlib
import json
import signal
import socket
import subprocess
import threading
import time

from cluster import Cluster
from program import Program
from specs import SHOP, OnCluster, anywhere, many, write

BOTH = """cluster east { context = "east" }
cluster west { context = "west" }
tenant here  { on = west, quota { cpu = 1, memory = 1Gi } }
tenant there { on = east, quota { cpu = 1, memory = 1Gi } }
"""

ROLLOUT = """param image: String = "1.27.3"
cluster home { context = "local" }
tenant team { on = home, quota { cpu = 4, memory = 8Gi, storage = 20Gi, pods = 40 } }
for n in 1..6 {
  system "s-${n}" { tenant = team, component web { image = "docker.io/library/nginx:${image}" } }
}
rollout everything {
  systems = all(system)
  pause   = 1s
  wave canary { systems = [all(system)[0]] }
  wave half   { share = 50% }
  wave rest   { share = 100% }
}
"""


class Relay:
    """Passes a port on until it is frozen: connections stay open, and nothing goes through any more."""

    def __init__(self, port: int):
        self.to = port
        self.frozen = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.to))
                for a, b in ((client, server), (server, client)):
                    threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, a: socket.socket, b: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                if self.frozen.is_set():
                    time.sleep(3600)
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def servers(chasic, *names):
    """Clusters by name: the port, and a user; real ones where the scenario runs on one, otherwise embedded ones with states of their own. The program
    that comes first knows of none."""
    plain, place = Program(chasic.state), write(chasic.state / "place", many(1))
    found = {}
    with contextlib.ExitStack() as stack:
        for name in names:
            if isinstance(chasic, OnCluster):
                api = stack.enter_context(Cluster(chasic.state / name, nodes=1))  # which end namespaces
                found[name] = {"port": api.port, "user": {"token": api.token}, "tls": True}
                continue
            up = plain.run("local", "up", place, state=plain.state / name)
            if up.code != 0:
                raise RuntimeError(up.told())
            stack.callback(plain.run, "local", "down", place, state=plain.state / name)
            told = plain.run("local", "status", place, state=plain.state / name)
            found[name] = {"port": int(told.out.split("127.0.0.1:")[1].split()[0].rstrip(",/;)")), "user": {}, "tls": False}
        yield plain, found


def kubeconfig(chasic, clusters: dict, **ports) -> dict:
    """The environment of a kubeconfig with a context for each; `ports` are where some of them seem to be."""
    file = chasic.state / "kubeconfig.json"
    address = lambda name, c: f"{'https' if c['tls'] else 'http'}://127.0.0.1:{ports.get(name, c['port'])}"
    file.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "users": [{"name": n, "user": c["user"]} for n, c in clusters.items()],
        "clusters": [{"name": n, "cluster": {"server": address(n, c), **({"insecure-skip-tls-verify": True} if c["tls"] else {})}} for n, c in clusters.items()],
        "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in clusters]}))
    return {"KUBECONFIG": str(file)}


def history(chasic, spec, **more) -> list:
    return json.loads(chasic.run("history", spec, "--format", "json", **more).out)["runs"]


@anywhere
def case_a_cluster_that_is_away_does_not_stop_the_others(chasic):
    spec = write(chasic.state / "both", BOTH)
    with servers(chasic, "east", "west") as (chasic, both):
        away = kubeconfig(chasic, both, east=1)
        planned = chasic.run("plan", spec, **away)
        problems = [] if planned.code == 4 and planned.out.count("CH6102") == 1 and "cluster east is left out" in planned.out else [planned.told()]
        problems += chasic.expect(4, "apply", spec, "--yes", "--require-all", says="CH6102", **away)
        saved = chasic.state / "both.plan.json"
        problems += chasic.expect(4, "plan", spec, "--out", saved, **away)
        problems += chasic.expect(3, "apply", saved, "--yes", says="cluster east was left out", **away)
        problems += chasic.expect(0, "apply", spec, "--yes", "--target", "cluster.west", **away)
        problems += chasic.expect(3, "status", spec, says="cluster east", **away)
        problems += chasic.expect(4, "history", spec, says="cluster east", **away)
        problems += chasic.expect(3, "destroy", spec, "--yes", says="cluster east was left out", **away)
        there = kubeconfig(chasic, both)
        problems += chasic.expect(0, "apply", spec, "--yes", **there)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", **there)
        runs = history(chasic, spec, **there)
        if [len(r["clusters"]) for r in runs] != [2, 1, 1] or [r["outcome"] for r in runs] != ["succeeded", "incomplete", "incomplete"]:
            problems.append(f"history: {[(r['outcome'], r['clusters'], r['failures']) for r in runs]}")
    return problems


@anywhere
def case_history_and_the_way_back(chasic):
    spec = write(chasic.state / "shop", SHOP)
    git = lambda *words: subprocess.run(["git", "-C", spec, "-c", "user.name=x", "-c", "user.email=x@example.com", *words], check=True, capture_output=True, text=True).stdout.strip()
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    problems = chasic.expect(0, "apply", spec, "--yes", "--set", "color=red")
    problems += chasic.expect(0, "apply", spec, "--yes", "--set", "color=red")  # changes nothing, and is no run
    (spec / "more.chasi").write_text("// nothing\n")
    problems += chasic.expect(0, "apply", spec, "--yes", "--set", "color=green")
    runs = history(chasic, spec)
    head = git("rev-parse", "HEAD")
    if len(runs) != 2 or [r["dirty"] for r in runs] != [True, False] or {r["commit"] for r in runs} != {head}:
        problems.append(f"history: {runs}")
    problems += chasic.expect(0, "history", runs[1]["run"][:8], spec, says=head)
    problems += chasic.expect(1, "rollback", "0000beef", spec, "--yes", says="CH6227")
    problems += chasic.expect(64, "rollback", spec, says="--yes")
    problems += chasic.expect(0, "rollback", spec, "--yes", says=f"back to run {runs[1]['run'][:8]}")
    problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", "--set", "color=red")
    problems += chasic.expect(2, "plan", spec, "--detailed-exitcode", "--set", "color=green")
    if history(chasic, spec)[0]["restores"] != runs[1]["run"]:
        problems.append("the rollback is not recorded as one")
    problems += chasic.expect(0, "destroy", spec, "--yes")
    problems += chasic.expect(0, "rollback", spec, "--yes")
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode", "--set", "color=red")


@anywhere
def case_an_audit_log_has_every_write_and_no_secret(chasic):
    canary = "canary-audit-5e1f"
    spec = write(chasic.state / "shop", SHOP.replace("COLOR = color", 'COLOR = color, PASSWORD = secret("env/PASSWORD")'))
    log = chasic.state / "audit.jsonl"
    problems = chasic.expect(0, "apply", spec, "--yes", "--audit", log, PASSWORD=canary)
    problems += chasic.expect(0, "apply", spec, "--yes", CHASI_AUDIT=str(log), PASSWORD=canary)  # changes nothing
    problems += chasic.expect(0, "destroy", spec, "--yes", CHASI_AUDIT=str(log))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    if canary in log.read_text():
        problems.append("the audit log holds a secret")
    if [l["event"] for l in lines if l["event"] != "write"] != ["start", "end", "start", "end"]:
        problems.append(f"events: {[l['event'] for l in lines]}")
    if not all(l["object"]["kind"] and l["outcome"] == "done" for l in lines if l["event"] == "write"):
        problems.append(f"writes: {lines}")
    if lines[0]["run"] != history(chasic, spec)[1]["run"]:
        problems.append("log and history name the run differently")
    if canary in chasic.run("history", spec, "--format", "json").out:
        problems.append("the history holds a secret")
    problems += chasic.expect(4, "apply", spec, "--yes", "--audit", "/dev/full", says="CH6229", PASSWORD=canary)
    problems += chasic.expect(4, "apply", spec, "--yes", "--audit", chasic.state / "no" / "log", says="CH6229", PASSWORD=canary)
    return problems + chasic.expect(2, "plan", spec, "--detailed-exitcode", PASSWORD=canary)


def case_a_reader_that_ends_or_a_full_disk_never_ends_an_apply(chasic):
    problems = []
    for name, out in (("pipe", None), ("full", "/dev/full")):
        spec = write(chasic.state / name, many(20))
        words = [str(chasic.path), "apply", str(spec), "--yes", "--format", "json"]
        state = chasic.state / f"state-{name}"
        if out:
            with open(out, "w") as full:
                done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=chasic.environment(state), timeout=120)
            code = done.returncode
        else:
            run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=chasic.environment(state))
            run.stdout.readline()
            run.stdout.close()
            code = run.wait(120)
        if code != 4:
            problems.append(f"{name}: exit {code}")
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", state=state)
    return problems


@anywhere
def case_waves_go_one_after_the_other(chasic):
    spec = write(chasic.state / "rollout", ROLLOUT)
    problems = chasic.expect(0, "apply", spec, "--yes")
    done = chasic.run("apply", spec, "--yes", "--format", "json", "--set", "image=1.27.4")
    rows = [json.loads(line) for line in done.out.splitlines()]
    order = [r["operation"].split("/")[0] for r in rows if r["event"] == "done" and "/Deployment/" in r["operation"]]
    if done.code != 0 or order[0] != "system.s-1" or set(order[1:3]) != {"system.s-2", "system.s-3"} or len(order) != 6:
        problems.append(f"{order} {done.told()}")
    problems += chasic.expect(0, "plan", spec, "--set", "image=1.27.5", says="wave 2 of 3 (half)")
    return problems


@anywhere
def case_a_signal_ends_a_run_in_time_even_when_nothing_answers(chasic):
    spec = write(chasic.state / "many", many(40).replace('"local"', '"it"'))
    problems = []
    with servers(chasic, "it") as (chasic, one):
        for signals in (1, 2):
            relay = Relay(one["it"]["port"])
            run = chasic.start("apply", spec, "--yes", "--format", "json", **kubeconfig(chasic, one, it=relay.port))
            for _ in range(25):
                run.stdout.readline()
            relay.frozen.set()
            time.sleep(0.3)
            begin = time.monotonic()
            for number in range(signals):
                run.send_signal(signal.SIGTERM)
                time.sleep(0.2 if number == 0 and signals > 1 else 0)
            run.communicate(timeout=60)
            lasted = time.monotonic() - begin
            if run.returncode != 130 or lasted > (5 if signals == 1 else 1.5):
                problems.append(f"{signals} signals: exit {run.returncode} after {lasted:.1f} s")
        there = kubeconfig(chasic, one)
        if not any(r["outcome"] == "did not end" for r in history(chasic, spec, **there)):
            problems.append("no run is recorded as one that did not end")
        problems += chasic.expect(0, "apply", spec, "--yes", "--lock-timeout", "60s", **there)
        problems += chasic.expect(0, "plan", spec, "--detailed-exitcode", **there)
    return problems


@anywhere
def case_a_lock_can_be_broken_by_its_name(chasic):
    spec = write(chasic.state / "shop", SHOP.replace('"local"', '"it"'))
    with servers(chasic, "it") as (chasic, one):
        there = kubeconfig(chasic, one)
        problems = chasic.expect(0, "unlock", spec, says="nobody holds a lock", **there)
        relay = Relay(one["it"]["port"])
        run = chasic.start("apply", spec, "--yes", "--format", "json", **kubeconfig(chasic, one, it=relay.port))
        for _ in range(4):
            run.stdout.readline()
        relay.frozen.set()
        there = kubeconfig(chasic, one)
        listed = chasic.run("unlock", spec, **there)
        holder = listed.out.split(": ")[1].split(" since")[0] if ": " in listed.out else "nobody"
        problems += chasic.expect(3, "unlock", spec, "--yes", "--holder", "somebody", says="CH6230", **there)
        problems += chasic.expect(64, "unlock", spec, "--holder", holder, **there)
        problems += chasic.expect(0, "unlock", spec, "--yes", "--holder", holder, says="is broken", **there)
        run.kill()
        run.communicate()
        problems += chasic.expect(0, "apply", spec, "--yes", **there)
    return problems
