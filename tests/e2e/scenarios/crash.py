"""Sudden death at every single request of an apply: the next run goes on where that one was."""

import collections
import concurrent.futures
import json
import os
import threading

from specs import anywhere, objects, served, write
from trouble import Lose, Way, on_the_way

TENANTS = 7  # 63 objects


def spec_of(chasic, number: str):
    """A workspace of its own, so that one cluster serves for all."""
    return write(chasic.state / f"crash{number}", "".join(
        ['cluster home { context = "local" }\n', *(f'tenant "c{number}-{n}" {{ on = home, owners = ["group:g-{n}"] }}\n' for n in range(TENANTS))]))


def applied_and_killed(chasic, whole, spec, at: int, after: bool) -> tuple:
    """What two runs wrote, the first of which died at a request, and what is wrong then. The processes of one workspace share a way of
    their own: what they send is counted."""
    with Way(f"{whole.there.scheme}://{whole.there.netloc}", whole.token) as way:
        config = chasic.state / f"{spec.name}.json"
        config.write_text(whole.kubeconfig.read_text().replace(whole.url, way.url))
        words = ["--cluster", "home=way", "--kubeconfig", str(config)]
        started = threading.Event()

        def rule(seen):
            if seen.number < at:
                return None
            started.wait()
            run.kill()
            return Lose(after if seen.number == at else False)

        way.rule = rule
        run = chasic.start("apply", spec, "--yes", *words)
        started.set()
        run.communicate(timeout=120)
        died = len(way.log) >= at
        way.rule = lambda seen: None
        again = chasic.run("apply", spec, "--yes", "--lock-timeout", "60s", *words)
        problems = [] if again.code == 0 else [f"killed at request {at} {'after' if after else 'before'} it was carried out: {again.told()}"]
        quiet = chasic.run("apply", spec, "--yes", *words)
        if " 0 writes" not in quiet.err:
            problems.append(f"killed at request {at}: not settled by one run: {quiet.told()}")
        made = collections.Counter(s.path for s in way.log if s.method == "PATCH" and not s.dry and s.status == 201)
        double = [path for path, times in made.items() if times > 1]
        if double:
            problems.append(f"killed at request {at}: made twice: {double}")
        return died, problems


@anywhere
def case_death_at_every_single_request_is_continued(chasic):
    spec = spec_of(chasic, "x")
    problems = []
    with on_the_way(chasic, spec) as way:
        whole = chasic.run("apply", spec, "--yes", *way.words)
        if whole.code != 0:
            return [whole.told()]
        requests = len(way.log)
        # Each request once, by turns before and after it was carried out; CHASI_EVERY does both for all.
        every = os.environ.get("CHASI_EVERY")
        deaths = [(at, after) for at in range(1, requests + 1) for after in (False, True) if every or after == (at % 2 == 0) or at > requests - 8]

        def one(numbered):
            number, (at, after) = numbered
            return applied_and_killed(chasic, way, spec_of(chasic, str(number)), at, after)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(one, enumerate(deaths)))
        problems += [p for _, found in results for p in found]
        if sum(died for died, _ in results) < len(deaths) * 9 // 10:
            problems.append(f"only {sum(died for died, _ in results)} of {len(deaths)} runs met their end")
        with served(chasic, spec) as kubectl:
            problems += orphans(kubectl, len(deaths))
    return problems


def orphans(kubectl, workspaces: int) -> list:
    """Every tenant has all that it needs, each inventory lists as much as there is, no lock is held."""
    problems = []
    found = collections.Counter()
    for kind in ("namespaces", "resourcequotas", "limitranges", "networkpolicies", "serviceaccounts", "roles", "rolebindings"):
        for o in objects(kubectl, kind):
            ns = o["metadata"].get("namespace") or o["metadata"]["name"]
            if ns.startswith("c") and "-" in ns and "applyset.kubernetes.io/part-of" in o["metadata"].get("labels", {}):
                found[ns.split("-")[0]] += 1
    wrong = {name: count for name, count in found.items() if count != 9 * TENANTS}
    if wrong or len(found) != workspaces + 1:
        problems.append(f"{len(found)} of {workspaces + 1} workspaces are there; these have another number of objects: {wrong}")
    parents = {o["metadata"]["name"]: o for o in json.loads(kubectl("get", "configmaps", "-n", "chasi-system", "-o", "json"))["items"]}
    unfinished = [name for name, o in parents.items() if "chasi.dev/run" in o["metadata"].get("annotations", {}) and not o["metadata"]["annotations"]["chasi.dev/run"].endswith("/end")]
    return problems + ([f"records that are not closed: {unfinished}"] if unfinished else [])
