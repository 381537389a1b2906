"""Sudden death at every single request to what is inside a virtual cluster: the next run goes on where that one was."""

import collections
import concurrent.futures
import contextlib
import os
import threading

from scenarios import virtual_clusters
from specs import anywhere, write
from trouble import Lose, Way
from virtual import Api, hosted

MOST = 90  # deaths for which there is a virtual cluster


def spec_of(chasic, name: str):
    """A workspace of its own, so that one host and one inside serve for all."""
    shop = "".join(f'  component {part} {{ image = "registry.example/shop/{part}:1", ports {{ http = 8080 }}, files {{ conf {{ path = "/etc/a", content {{ "a" = "b" }} }} }} }}\n'
                   for part in ("web", "api"))
    return write(chasic.state / name, f'cluster home {{}}\ntenant {name} {{ on = home, vcluster {{}} }}\nsystem "shop-{name}" {{\n  tenant = {name}\n{shop}}}\n')


def left_open(api: Api, workspace: str) -> list:
    """Records that are not closed. The lock of a run that ended before it let go of it stays until the next one that writes, and is in nobody's way."""
    found = []
    for o in api.get("/api/v1/namespaces/chasi-system/configmaps")["items"]:
        mark = o["metadata"].get("annotations", {}).get("chasi.dev/run", "")
        if o["metadata"]["name"].startswith(f"chasi-{workspace}") and mark and not mark.endswith("/end"):
            found.append(o["metadata"]["name"])
    return found


def made_inside(inside: Api, name: str) -> dict:
    kinds = {"deployments": "/apis/apps/v1", "services": "/api/v1", "configmaps": "/api/v1", "serviceaccounts": "/api/v1", "networkpolicies": "/apis/networking.k8s.io/v1"}
    ours = lambda o: "applyset.kubernetes.io/part-of" in o["metadata"].get("labels", {})  # noqa: E731
    return {kind: sorted(o["metadata"]["name"].replace(name, "NAME") for o in inside.get(f"{group}/namespaces/{name}/{kind}")["items"] if ours(o)) for kind, group in kinds.items()}


def applied_and_killed(chasic, name: str, way: Way, at: int, after: bool) -> tuple:
    """Whether the first of two runs died at a request to the inside, and what is wrong then."""
    spec, began = spec_of(chasic, name), threading.Event()

    def rule(seen):
        if seen.number < at:
            return None
        began.wait()
        run.kill()
        return Lose(after if seen.number == at else False)

    way.clear()
    way.rule = rule
    run = chasic.start("apply", spec, "--yes", "--timeout", "60s")
    began.set()
    run.communicate(timeout=120)
    died = len(way.log) >= at
    way.rule = lambda seen: None
    when = f"killed at request {at} {'after' if after else 'before'} it was carried out"
    again = chasic.run("apply", spec, "--yes", "--lock-timeout", "60s", "--timeout", "60s")
    problems = [] if again.code == 0 else [f"{when}: {again.told()}"]
    quiet = chasic.run("apply", spec, "--yes")
    problems += [] if " 0 writes" in quiet.err else [f"{when}: not settled by one run: {quiet.told()}"]
    made = collections.Counter(s.path for s in way.log if s.method == "PATCH" and not s.dry and s.status == 201)
    double = [path for path, times in made.items() if times > 1]
    return died, problems + ([f"{when}: made twice: {double}"] if double else [])


@anywhere
def case_death_at_every_request_inside_is_continued(chasic):
    names = ["whole", *(f"c{n}" for n in range(MOST))]
    with contextlib.ExitStack() as stack:
        host, insides, planes = stack.enter_context(hosted(chasic, spec_of(chasic, "whole"), "inside"))
        inside = insides["inside"]
        ways = {name: stack.enter_context(Way(inside.server, inside.token)) for name in names}
        planes.insides.update({name: Api(way.url) for name, way in ways.items()})
        whole = chasic.run("apply", spec_of(chasic, "whole"), "--yes", "--timeout", "60s")
        if whole.code != 0:
            return [whole.told()]
        requests = len(ways["whole"].log)
        # Each request once, by turns before and after it was carried out; CHASI_EVERY does both for all.
        every = os.environ.get("CHASI_EVERY")
        deaths = [(at, after) for at in range(1, requests + 1) for after in (False, True) if every or after == (at % 2 == 0)]
        if len(deaths) > MOST:
            return [f"{len(deaths)} deaths, and virtual clusters for {MOST}"]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda each: applied_and_killed(chasic, each[0], ways[each[0]], *each[1]), zip(names[1:], deaths)))
        problems = [p for _, found in results for p in found]
        if sum(died for died, _ in results) < len(deaths) * 9 // 10:
            problems.append(f"only {sum(died for died, _ in results)} of {len(deaths)} runs met their end")
        wanted = made_inside(inside, "whole")
        problems += [] if len(wanted["deployments"]) == 2 and wanted["configmaps"] else [f"the whole one has {wanted}"]
        for name in names[1:len(deaths) + 1]:
            has, opened = made_inside(inside, name), [*left_open(inside, name), *left_open(host, name)]
            problems += [] if has == wanted else [f"inside {name} there is {has}, and not {wanted}"]
            problems += [f"{name} left {opened}"] if opened else []
        return problems


@anywhere
def case_a_record_that_was_lost_inside_is_written_again(chasic):
    record = "/api/v1/namespaces/chasi-system/configmaps/chasi-shop"
    spec = write(chasic.state / "shop", virtual_clusters.spec_of())
    with hosted(chasic, spec, "retail") as (_, insides, _planes):
        inside = insides["retail"]
        problems = chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s")
        code, _ = inside.ask("DELETE", record)
        write(spec, virtual_clusters.spec_of("resources { cpu = 300m }"))
        problems += [] if code == 200 else [f"the record: {code}"]
        problems += chasic.expect(0, "apply", spec, "--yes", "--timeout", "60s")
        problems += [] if inside.get(record) else ["there is no record inside"]
        return problems + chasic.expect(0, "apply", spec, "--yes", says=" 0 writes")
