"""Apply against a real API server (tests/cluster), beside the kubectl of the same release and what the server itself can do."""

import asyncio
import contextlib
import json
import pathlib
import statistics
import subprocess
import threading
import time

from cluster import BUILT, Cluster

ROUNDS = 3
IN_FLIGHT = 32


class Far(contextlib.AbstractContextManager):
    """A way to a port of this machine that takes so long: half there, half back."""

    def __init__(self, port: int, milliseconds: int):
        self.port, self.delay = port, milliseconds / 2000
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self.accept, "127.0.0.1", 0), self.loop).result()
        self.here = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def close(self):
        self.server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def accept(self, reader, writer):
        there, to = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.suppress(asyncio.CancelledError):  # the end of the benchmark
            await asyncio.gather(self.carry(reader, to), self.carry(there, writer))

    async def carry(self, source, sink):
        """Each piece arrives so much later than it was sent, however much is on the way."""
        with contextlib.suppress(OSError):
            while piece := await source.read(1 << 16):
                self.loop.call_later(self.delay, sink.write, piece)
        self.loop.call_later(self.delay, sink.close)


def clusters(folder: pathlib.Path):
    """One after the other, each empty."""
    for number in range(ROUNDS):
        with Cluster(folder / str(number)) as api:
            yield api


def seconds(words: list, environment: dict = None) -> tuple:
    """Wall time and peak in MiB of a process."""
    begin = time.monotonic()
    done = subprocess.run(["time", "-f", "%M", *(str(w) for w in words)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wall = time.monotonic() - begin
    if done.returncode != 0:
        raise SystemExit(f"{words[0]}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return wall, int(done.stderr.split()[-1]) / 1024


def plural(kind: str) -> str:
    return {"NetworkPolicy": "networkpolicies"}.get(kind, kind.lower() + "s")


def raw(api: Cluster, objects: list, folder: pathlib.Path) -> float:
    """Apply patches alone, by curl over one connection: what the server can do. What is in a namespace comes after all namespaces."""
    total = 0.0
    for wave in ([o for o in objects if o["kind"] == "Namespace"], [o for o in objects if o["kind"] != "Namespace"]):
        lines = []
        for number, o in enumerate(wave):
            body = folder / f"{number}.json"
            body.write_text(json.dumps(o))
            prefix = "/api/v1" if o["apiVersion"] == "v1" else f"/apis/{o['apiVersion']}"
            where = f"/namespaces/{o['metadata']['namespace']}" if "namespace" in o["metadata"] else ""
            lines += ["next"] if number else []
            lines += [f'url = "https://127.0.0.1:{api.port}{prefix}{where}/{plural(o["kind"])}/{o["metadata"]["name"]}?fieldManager=raw&force=true"', "request = PATCH", "insecure", "http2", "silent", "fail",
                      'output = "/dev/null"', f'header = "Authorization: Bearer {api.token}"', 'header = "Content-Type: application/apply-patch+yaml"', f'data-binary = "@{body}"']
        config = folder / "curl"
        config.write_text("\n".join(lines))
        total += seconds(["curl", "--parallel", "--parallel-max", IN_FLIGHT, "--config", config])[0]
    return total


def measure(chasic, spec: pathlib.Path, folder: pathlib.Path, peers: bool) -> dict:
    """Medians by name: (seconds, MiB)."""
    objects = json.loads(chasic.run("render", spec, "--format", "json", "-q").out)
    folder.mkdir(parents=True, exist_ok=True)
    rendered = folder / "objects.json"
    rendered.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    rows = {}

    def note(name: str, figures: tuple) -> None:
        rows.setdefault(name, []).append(figures)

    for api in clusters(folder / "chasic"):
        ours = dict(chasic.environment(), KUBECONFIG=str(api.kubeconfig()))
        there = ["--cluster", "home=real"]
        note("chasic apply, first", seconds([chasic.path, "apply", "-q", spec, "--yes", *there], ours))
        for _ in range(3):
            note("chasic apply, unchanged", seconds([chasic.path, "apply", "-q", spec, "--yes", *there], ours))
            note("chasic plan, unchanged", seconds([chasic.path, "plan", spec, *there], ours))
        with Far(api.port, 20) as far:
            config = json.loads(pathlib.Path(ours["KUBECONFIG"]).read_text())
            config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{far.here}"
            (folder / "far.json").write_text(json.dumps(config))
            for _ in range(3):
                note("chasic apply, unchanged, 20 ms away", seconds([chasic.path, "apply", "-q", spec, "--yes", *there], dict(ours, KUBECONFIG=str(folder / "far.json"))))
    for api in clusters(folder / "kubectl") if peers else ():
        kubectl = [BUILT / "kubectl", "--kubeconfig", api.kubeconfig(), "--cache-dir", folder / "cache"]
        note("kubectl apply, first", seconds([*kubectl, "apply", "--server-side", "-f", rendered]))
        note("kubectl apply, unchanged", seconds([*kubectl, "apply", "--server-side", "-f", rendered]))
        note("kubectl diff, unchanged", seconds([*kubectl, "diff", "--server-side", "-f", rendered]))
    for api in clusters(folder / "raw"):
        note("patches alone, first", (raw(api, objects, folder), 0.0))
        if peers:
            note("patches alone, unchanged", (raw(api, objects, folder), 0.0))
    return {name: (statistics.median(w for w, _ in figures), max(m for _, m in figures)) for name, figures in rows.items()}


def show(rows: dict, number: int) -> None:
    ratios = {"chasic apply, first": ("patches alone, first", "kubectl apply, first"), "chasic apply, unchanged": ("kubectl apply, unchanged",), "chasic plan, unchanged": ("kubectl diff, unchanged",)}
    for name, (wall, memory) in rows.items():
        told = ", ".join(f"{rows[peer][0] / wall:.2f} of {peer}" for peer in ratios.get(name, ()) if peer in rows)
        print(f"  {f'{name}, {number:,} objects':<52}{wall * 1000:>9.0f} ms {memory:>7.1f} MiB  {'ratio ' + told if told else ''}".rstrip(), flush=True)
