"""Runs every suite of tests and counts their cases. Started by tests/run, which has built everything before.

A case is one GoogleTest case, one golden file, one lint, one end-to-end scenario. The last line is
`N passed, N failed`.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

from report import ROOT

RESULTS = ROOT / "build" / "results"
SHOWING = threading.Lock()
COLOR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

# Name, command, does it take long? Quick ones first; a suite that cannot start counts as one failure. Two lanes run side by side: in the second
# are those that wait for clusters most of the time, and what both need is built there once.
SCRIPTS = [
    ("house", ["tests/house/run"], False),
    ("unit", None, False),
    ("lang", ["tests/lang/run"], False),
    ("pages", ["tests/pages/run"], False),
    ("tools", ["tests/tools/run"], False),
    ("vcluster", ["tests/vcluster/run"], False),
    ("examples", ["tests/examples/run"], False),
    ("lsp", ["tests/lsp/run"], False),
    ("edits", ["tests/edits/run"], False),
    ("editors", ["tests/editors/run"], False),
    ("cascades", ["tests/cascades/run"], True),
    ("fuzz", ["tests/fuzz/run"], True),
]
WAITING = [
    ("e2e", ["tests/e2e/run"], True),
    ("cluster", ["tests/cluster/run"], True),
    ("real", ["tests/e2e/run", "--real"], True),
]


def paint(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOR else text


def run_script(name: str, command: list) -> list:
    rows = RESULTS / f"{name}.jsonl"
    log = RESULTS / f"{name}.log"
    environment = dict(os.environ, CHASI_RESULTS=str(rows), NO_COLOR="1")
    with log.open("wb") as out:
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment)
    results = [json.loads(line) for line in rows.read_text().splitlines()] if rows.exists() else []
    if done.returncode != 0 and not any(r["status"] == "failed" for r in results):
        results.append({"name": f"{name} ended with {done.returncode}", "status": "failed", "detail": log.read_text(errors="replace")[-4000:]})
    if not results:
        results.append({"name": f"{name} ran no case", "status": "failed", "detail": ""})
    return results


def run_unit() -> list:
    """The GoogleTest programs, through ctest; their own reports tell the cases."""
    folder = RESULTS / "unit"
    folder.mkdir()
    environment = dict(os.environ, GTEST_OUTPUT=f"json:{folder}/", GTEST_COLOR="no",
                       UBSAN_OPTIONS="print_stacktrace=1", ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0")
    log = RESULTS / "unit.log"
    with log.open("wb") as out:
        done = subprocess.run(["ctest", "--test-dir", str(ROOT / "build/dev"), "--parallel", "2", "--output-on-failure",
                               "--no-tests=error", "--timeout", "300"],
                              stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment)
    results = []
    reasons = skip_reasons((ROOT / "build/dev/Testing/Temporary/LastTest.log").read_text(errors="replace"))
    for path in sorted(folder.glob("*.json")):
        results += gtest_cases(path, reasons)
    if done.returncode != 0 and not any(r["status"] == "failed" for r in results):
        results.append({"name": "ctest", "status": "failed", "detail": log.read_text(errors="replace")[-6000:]})
    return results


def skip_reasons(log: str) -> dict:
    """What GTEST_SKIP was given, by test: GoogleTest writes it into its output and not into its JSON."""
    said = re.findall(r": Skipped\n(.*)\n\[  SKIPPED \] (\S+)", log)
    return {test: reason.strip() for reason, test in said}


def gtest_cases(path: pathlib.Path, reasons: dict) -> list:
    cases = []
    for suite in json.loads(path.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            name = f"{path.stem}: {suite['name']}.{case['name']}"
            if case.get("failures"):
                cases.append({"name": name, "status": "failed", "detail": "\n".join(f["failure"] for f in case["failures"])})
            elif case.get("result") == "SKIPPED":
                why = reasons.get(f"{suite['name']}.{case['name']}", "")
                cases.append({"name": name, "status": "skipped", "detail": why or "no reason given"})
            elif case.get("status") == "RUN":
                cases.append({"name": name, "status": "passed", "detail": ""})
    return cases


def show(name: str, results: list, seconds: float) -> None:
    count = {s: sum(r["status"] == s for r in results) for s in ("passed", "failed", "skipped")}
    mark = paint("31", "✗") if count["failed"] else paint("32", "✓")
    extra = "".join(f", {count[s]} {s}" for s in ("failed", "skipped") if count[s])
    print(f"  {mark} {name:<10}{count['passed']:>5} passed{extra}  {seconds:.1f} s", flush=True)
    for r in results:
        if r["status"] == "failed":
            print(paint("31", f"    failed: {r['name']}"))
            lines = r["detail"].splitlines()
            for line in lines[:40]:
                print(f"      {line}")
            if len(lines) > 40:
                print(f"      … {len(lines) - 40} more lines in build/results/{name}.jsonl")
    for r in results:
        if r["status"] == "skipped":
            print(f"    skipped: {r['name']}: {r['detail']}")
    sys.stdout.flush()


def run_lane(suites: list) -> list:
    """One after the other."""
    everything = []
    for name, command, _ in suites:
        begin = time.monotonic()
        results = run_unit() if command is None else run_script(name, command)
        with SHOWING:
            show(name, results, time.monotonic() - begin)
        everything += results
    return everything


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("--fast", action="store_true", help="leave out what takes long")
    parser.add_argument("filter", nargs="?", default="", help="run the suites whose name contains this")
    arguments = parser.parse_args()
    lanes = [[s for s in lane if arguments.filter in s[0] and not (arguments.fast and s[2])] for lane in (SCRIPTS, WAITING)]
    if not any(lanes):
        print(f"no suite is named like \"{arguments.filter}\"; there are {', '.join(s[0] for s in SCRIPTS + WAITING)}", file=sys.stderr)
        return 64
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        results = [r for lane in pool.map(run_lane, lanes) for r in lane]
    passed, failed = (sum(r["status"] == status for r in results) for status in ("passed", "failed"))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
