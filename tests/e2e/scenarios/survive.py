"""Kills, races, signals: whatever happens to a run, the next one continues."""

import concurrent.futures
import json
import random
import signal
import time

from specs import SHOP, anywhere, many, namespace, objects, served, write


def events(text: str) -> list:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@anywhere
def case_kill_9_at_any_moment_then_running_again_converges(chasic):
    spec = write(chasic.state / "many", many(30))
    whole = chasic.run("apply", spec, "--yes", state=chasic.state / "measure")
    problems = [] if whole.code == 0 else [whole.told()]
    begin = time.monotonic()
    chasic.run("apply", spec, "--yes", state=chasic.state / "measure2")
    lasts = time.monotonic() - begin
    moments = random.Random(7)
    for _ in range(8):
        run = chasic.start("apply", spec, "--yes")
        time.sleep(moments.uniform(0.02, lasts))
        run.kill()
        run.communicate()
    # The lock of a killed run expires by itself.
    problems += chasic.expect(0, "apply", spec, "--yes", "--lock-timeout", "90s")
    again = chasic.run("apply", spec, "--yes")
    if " 0 writes" not in again.err:
        problems.append(f"not settled after the kills: {again.told()}")
    with served(chasic, spec) as kubectl:
        names = {o["metadata"]["name"] for o in json.loads(kubectl("get", "namespaces", "-o", "json"))["items"]}
        if len([n for n in names if n.startswith("t-")]) != 30:
            problems.append(f"namespaces: {sorted(names)}")
        if len(objects(kubectl, "resourcequotas")) != 30:
            problems.append("a quota is missing or double")
    return problems


@anywhere
def case_two_applies_at_once_never_both_write(chasic):
    spec = write(chasic.state / "many", many(60))
    problems = []
    with served(chasic, spec):
        first = chasic.start("apply", spec, "--yes", "--format", "json")
        line = first.stdout.readline()  # it has begun
        # Its events must be read meanwhile: a run whose reader stands still stands still too, until its lock is lost.
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as reader:
            ending = reader.submit(first.communicate, timeout=180)
            second = chasic.run("apply", spec, "--yes")
            out, err = ending.result()
        if first.returncode != 0:
            problems.append(f"the first run: exit {first.returncode} {line}{out[-500:]}{err[-1500:]}")
        # The second either met the lock, or came when nothing was left to do.
        if second.code != 0 and "CH6207" not in second.err:
            problems.append(second.told())
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_an_interrupt_ends_cleanly_and_the_next_run_continues(chasic):
    spec = write(chasic.state / "many", many(120))
    run = chasic.start("apply", spec, "--yes", "--format", "json")
    for _ in range(12):
        run.stdout.readline()
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    problems = []
    if run.returncode not in (130, 0):
        problems.append(f"exit {run.returncode}: {err[-1500:]}")
    problems += chasic.expect(0, "apply", spec, "--yes")
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")


@anywhere
def case_events_are_json_lines_in_order(chasic):
    spec = write(chasic.state / "shop", SHOP)
    done = chasic.run("apply", spec, "--yes", "--format", "json")
    rows = events(done.out)
    problems = [] if done.code == 0 else [done.told()]
    if [r["seq"] for r in rows] != list(range(1, len(rows) + 1)):
        problems.append(f"numbers with gaps: {[r['seq'] for r in rows]}")
    kinds = [r["event"] for r in rows]
    if not kinds or kinds[0] != "plan" or kinds[-1] != "summary" or "done" not in kinds:
        problems.append(f"events: {kinds}")
    if len(rows) != len(done.out.splitlines()):
        problems.append("something that is no event stands on standard output")
    return problems


def case_a_cluster_that_was_killed_has_everything_that_it_acknowledged(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(0, "apply", spec, "--yes")
    with served(chasic, spec) as kubectl:
        kubectl("create", "-f", "-", stdin=namespace("proof"))
        status = chasic.run("local", "status", spec)
        pid = int(status.out.split("process ")[1].split(")")[0])
        import os
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
    with served(chasic, spec) as kubectl:
        if "proof" not in kubectl("get", "namespaces"):
            problems.append("an acknowledged write was lost")
    return problems + chasic.expect(0, "plan", spec, "--detailed-exitcode")
