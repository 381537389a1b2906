"""Policies, tests and the difference of two environments, as people and pipelines use them."""

import json
import os
import pathlib
import signal
import subprocess
import time
import xml.etree.ElementTree as xml

from specs import SHOP, served, write

POLICY = """
policy "few copies" {
  for s in all(system), c in s.components
    deny if c.replicas > 3 : "${s.name}.${c.name} runs ${c.replicas} times"
  except shop.web reason "a sale" until "2026-12-31"
}
"""

TESTS = """
test "two copies" {
  assert shop.web.replicas == 2
}

test "as many as it is told <to> & \\"more\\"" {
  with { copies = 3 }
  assert shop.web.replicas == 3
}

test "what becomes of it" {
  snapshot [for o in operations() if o.part == "web" : "${o.kind} ${o.name}"]
}
"""


def case_a_policy_stops_an_apply_before_anything_is_written(chasic):
    spec = write(chasic.state / "shop", SHOP + POLICY.replace("  except", "  // except"))
    problems = chasic.expect(0, "apply", spec, "--yes")
    for words in (["check"], ["render"], ["plan"], ["plan", "--offline"], ["apply", "--yes"]):
        problems += chasic.expect(1, *words, spec, "--set", "copies=4", says="shop.web runs 4 times")
    with served(chasic, spec) as kubectl:
        if kubectl("get", "deployment", "shop-web", "-n", "team", "-o", "jsonpath={.spec.replicas}") != "2":
            problems.append("the denied plan was applied")
    # What takes things away, and what only looks, does not ask.
    problems += chasic.expect(0, "status", spec, "--set", "copies=4")
    problems += chasic.expect(0, "destroy", spec, "--yes", "--set", "copies=4")
    return problems


def case_an_exception_ends_on_the_day_that_the_run_is_told(chasic):
    spec = write(chasic.state / "shop", SHOP + POLICY)
    many = [spec, "--set", "copies=4"]
    problems = chasic.expect(0, "check", *many, says="nobody said what day it is")
    quiet = chasic.run("plan", "--offline", *many, "--date", "2026-12-30")
    if quiet.code != 0 or "warning" in quiet.err:
        problems.append(quiet.told())
    problems += chasic.expect(1, "plan", "--offline", *many, "--date", "2026-12-31", says="CH4103")
    problems += chasic.expect(0, "check", spec, "--date", "2026-12-30", says="CH4104")
    problems += chasic.expect(64, "check", spec, "--date", "tomorrow", says="YYYY-MM-DD")
    return problems


def case_tests_pass_fail_and_keep_snapshots(chasic):
    spec = write(chasic.state / "shop", SHOP + TESTS)
    taken = spec / "__snapshots__" / "what-becomes-of-it.yaml"
    problems = chasic.expect(1, "test", ".", cwd=spec, says="`chasic test --update`")
    if taken.exists():
        problems.append("a run without --update wrote a snapshot")
    problems += chasic.expect(0, "test", spec, "--update", says="1 snapshot written")
    problems += chasic.expect(0, "test", spec, says="3 passed")
    if "Deployment shop-web" not in taken.read_text():
        problems.append(taken.read_text())
    taken.write_text(taken.read_text().replace("Deployment", "StatefulSet").replace("\n", "\r\n"))
    differs = chasic.run("test", spec)
    if differs.code != 1 or "- - \"StatefulSet shop-web\"" not in differs.out or "+ - \"Deployment shop-web\"" not in differs.out or "\r" in differs.out:
        problems.append(differs.told())
    old = taken.with_name("of-a-test-that-is-gone.yaml")
    old.write_text("1\n")
    problems += chasic.expect(0, "test", spec, "--update", says="removed")
    if old.exists():
        problems.append("the snapshot of a test that is gone stayed")
    old.write_text("1\n")
    problems += chasic.expect(0, "test", spec, says="no test takes")
    problems += chasic.expect(0, "test", spec, "--update", "--filter", "two copies")
    if not old.exists():
        problems.append("a filtered run took a snapshot away")
    problems += chasic.expect(1, "test", spec, "--filter", "nothing like that", says="none of the 3 tests")
    return problems


def case_reports_of_tests_are_read_by_programs(chasic):
    spec = write(chasic.state / "shop", SHOP + TESTS)
    chasic.run("test", spec, "--update")
    (spec / "main.chasi").write_text((spec / "main.chasi").read_text().replace("replicas == 2", "replicas == 9"))
    file = chasic.state / "report.xml"
    run = chasic.run("test", spec, "--format", "junit", "--out", file)
    problems = [] if run.code == 1 and "1 failed, 2 passed" in run.out else [run.told()]
    suite = xml.parse(file).getroot().find("testsuite")
    cases = suite.findall("testcase")
    if suite.get("tests") != "3" or suite.get("failures") != "1" or len(cases) != 3:
        problems.append(file.read_text())
    if cases[1].get("name") != 'as many as it is told <to> & "more"' or "replicas" not in cases[0].find("failure").get("message"):
        problems.append(file.read_text())
    plain = chasic.run("test", spec, "--format", "junit")
    xml.fromstring(plain.out)
    report = json.loads(chasic.run("test", spec, "--format", "json").out)
    if (report["passed"], report["failed"]) != (2, 1) or report["tests"][0]["diagnostics"][0]["code"] != "CH4201":
        problems.append(json.dumps(report))
    problems += chasic.expect(64, "test", spec, "--out", file, says="add --format json, junit or sarif")
    (spec / "main.chasi").write_text("let a = b\n")
    problems += chasic.expect(1, "test", spec, says="CH2001")
    return problems


class Watched:
    """A run with --watch whose output goes to a file, so that waiting for words blocks nothing."""

    def __init__(self, chasic, spec: pathlib.Path):
        self.file = chasic.state / "watched.txt"
        self.out = self.file.open("w")
        self.process = subprocess.Popen([str(chasic.path), "test", str(spec), "--watch"], env=chasic.environment(), stdin=subprocess.DEVNULL,
                                        stdout=self.out, stderr=subprocess.STDOUT)

    def said(self, words: str, times: int = 1, seconds: float = 60) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self.file.read_text().count(words) >= times:
                return True
            time.sleep(0.05)
        return False

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=60)
        finally:
            self.out.close()


def case_watching_runs_again_when_a_file_changes_and_ends_on_interrupt(chasic):
    spec = write(chasic.state / "shop", SHOP + TESTS)
    chasic.run("test", spec, "--update")
    watched = Watched(chasic, spec)
    problems = []
    try:
        if not watched.said("watching"):
            problems.append("the first run did not end")
        text = (spec / "main.chasi").read_text()
        (spec / "main.chasi").write_text(text.replace("copies: Int = 2", "copies: Int = 7"))
        if not watched.said("1 failed, 2 passed"):
            problems.append("a changed file was not noticed")
        watched.said("watching", 2)
        (spec / "main.chasi").write_text(text)
        (spec / "more.chasi").write_text('test "one more" { assert shop.web.replicas == 2 }\n')
        if not watched.said("4 passed"):
            problems.append("a new file was not noticed")
        watched.said("watching", 3)
        (spec / "more.chasi").write_text("test \n")
        if not watched.said("CH1001"):
            problems.append("a broken file was not told")
        code = watched.interrupt()
        if code != 130:
            problems.append(f"an interrupt ended it with {code}")
    finally:
        if watched.process.poll() is None:
            os.kill(watched.process.pid, signal.SIGKILL)
    return problems + ([watched.file.read_text()] if problems else [])


def case_the_difference_of_two_environments(chasic):
    spec = write(chasic.state / "shop", SHOP)
    (spec / "env").mkdir()
    (spec / "env" / "dev.chasi").write_text("set copies = 1\n")
    (spec / "env" / "prod.chasi").write_text("set copies = 3\noverride team { quota { pods = 80 } }\n")
    both = ["diff", spec, "--env", "dev", "--env", "prod"]
    problems = chasic.expect(0, *both, says="spec.replicas: 1 → 3")
    problems += chasic.expect(2, *both, "--detailed-exitcode", says="quota.pods: 40 → 80")
    problems += chasic.expect(2, *both, "--set", "copies=5", "--detailed-exitcode", says="declarations: 0 only in dev, 0 only in prod, 1 different")
    problems += chasic.expect(0, "diff", spec, "--env", "dev", "--env", "dev", "--detailed-exitcode", says="no differences")
    found = json.loads(chasic.run(*both, "--format", "json").out)
    if [d["id"] for d in found["declarations"]] != ["system.shop", "tenant.team"] or found["same"]["operations"] < 5:
        problems.append(json.dumps(found))
    problems += chasic.expect(64, "diff", spec, says="--env A --env B")
    problems += chasic.expect(64, "diff", spec, "--env", "dev", says="--env A --env B")
    problems += chasic.expect(1, "diff", spec, "--env", "dev", "--env", "prd", says="did you mean `prod`?")
    return problems
