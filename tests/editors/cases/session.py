"""A session with `chasic lsp`, held by the client library that editors of the VS Code family use."""

import functools
import json
import re
import shutil

import node
from program import Program, scratch
from report import ROOT
from skip import Skip

HERE = ROOT / "tests" / "editors"
FEATURES = re.findall(r'^  "?([\w ]+?)"?: (?:\{|asks\()', (HERE / "session_features.mjs").read_text(), re.M)


@functools.cache
def _session() -> dict:
    """Feature → what the session said of it."""
    node.packages()
    with scratch("session") as folder:
        workspace = folder / "bank"
        shutil.copytree(ROOT / "examples" / "bank", workspace)
        program = Program(folder / "state")
        done = node.run("node", HERE / "session.mjs", node.WORK, program.path, workspace)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    said = {r["feature"]: r for r in rows}
    if "shutdown" not in said:
        lost = [r["problem"] for r in rows if r["problem"]] or [(done.stdout + done.stderr)[-3000:]]
        raise AssertionError("the session did not come to its end:\n" + "\n".join(lost))
    return said


def case_every_feature_that_the_server_announces(folder):
    said = _session()
    silent = [f"{f}: the session said nothing of it" for f in FEATURES if f not in said]
    return silent + [f"{f}: {r['problem']}" for f, r in said.items() if r["problem"]]


def case_features_that_the_server_does_not_announce(folder):
    absent = [f for f, r in _session().items() if not r["announced"]]
    if absent:
        raise Skip(f"not announced, so not driven: {', '.join(absent)}")
    return []


def case_features_are_listed(folder):
    return [] if len(FEATURES) > 25 else [f"only {len(FEATURES)} features are found in session_features.mjs"]
