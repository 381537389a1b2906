"""What every suite written in Python tells about its cases: one line for people, one JSON line for the test run.

A suite makes a Report, calls passed/failed/skipped for each case, and ends with sys.exit(report.finish()). When the
environment variable CHASI_RESULTS names a file, the results are appended there.
"""

import json
import os
import pathlib
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent


def binary(preset: str = "dev") -> pathlib.Path:
    """The program under test; CHASI_PROGRAM chooses another one."""
    given = os.environ.get("CHASI_PROGRAM")
    path = pathlib.Path(given) if given else ROOT / "build" / preset / "bin" / "chasic"
    if not path.exists():
        raise SystemExit(f"{path} is not there; build it with: cmake --build build/{preset}")
    return path


def shared_data() -> pathlib.Path:
    """Real-world input beside the checkout; may be absent, then the case is skipped with a reason."""
    return pathlib.Path(os.environ.get("CHASI_SHARED_DATA", ROOT.parent / "shared" / "data"))


class Report:
    def __init__(self, suite: str):
        self.suite = suite
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self._lock = threading.Lock()
        target = os.environ.get("CHASI_RESULTS")
        self._file = open(target, "a", encoding="utf-8") if target else None

    def _add(self, name: str, status: str, detail: str = "") -> None:
        with self._lock:
            self.counts[status] += 1
            if self._file:
                row = {"suite": self.suite, "name": name, "status": status, "detail": detail}
                self._file.write(json.dumps(row) + "\n")
                self._file.flush()
            elif status != "passed":
                print(f"{status}: {name}" + (f"\n{detail}" if "\n" in detail else f": {detail}"), flush=True)

    def passed(self, name: str) -> None:
        self._add(name, "passed")

    def failed(self, name: str, detail: str) -> None:
        self._add(name, "failed", detail)

    def skipped(self, name: str, reason: str) -> None:
        self._add(name, "skipped", reason)

    def check(self, name: str, problems: list) -> None:
        """A case that is right when nothing is listed."""
        if problems:
            self.failed(name, "\n".join(str(p) for p in problems))
        else:
            self.passed(name)

    def finish(self) -> int:
        c = self.counts
        if self._file:
            self._file.close()
        else:
            print(f"{self.suite}: {c['passed']} passed, {c['failed']} failed, {c['skipped']} skipped")
        return 1 if c["failed"] or not (c["passed"] or c["skipped"]) else 0
