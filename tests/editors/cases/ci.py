"""The pipelines and hooks of editors/ci: they can be read, and their commands run on examples/bank as they are written."""

import json
import os
import re
import shutil
import subprocess

from program import Program
from report import ROOT
from skip import Skip

CI = ROOT / "editors" / "ci"
SECONDS = 180
GITHUB = ["Set up chasic", "Layout", "Check", "Test", "Plan"]
GITLAB = ["chasi fmt", "chasi check", "chasi test", "chasi plan"]


def _read(name: str):
    try:
        import yaml
    except ImportError as why:
        raise Skip("python3-yaml is not installed, so the pipelines of editors/ci were not read") from why
    return yaml.safe_load((CI / name).read_text())


def _github() -> list:
    return _read("github-workflow.yml")["jobs"]["chasi"]["steps"]


def _run(folder, script: str, **variables) -> list:
    """A script as a runner would run it, in a folder that holds the bank."""
    program = Program(folder / "state")
    (folder / "bin").mkdir(exist_ok=True)
    if not (folder / "bin" / "chasic").exists():
        (folder / "bin" / "chasic").symlink_to(program.path)
    shutil.copytree(ROOT / "examples" / "bank", folder / "bank", dirs_exist_ok=True)
    environment = dict(program.environment(), PATH=f"{folder / 'bin'}:{os.environ['PATH']}", CHASI_PATH="bank", CHASI_ENVIRONMENT="prod", **variables)
    done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=SECONDS)
    return [] if done.returncode == 0 else [f"exit {done.returncode}\n{script}\n{(done.stdout + done.stderr)[-2000:]}"]


def _knows(program: Program, command: str, form: str) -> bool:
    """Whether --help names a form, in the list of them or in the lines that tell of it."""
    told = re.search(r"^  --format\b.*?(?=^  -|^$)", program.run(command, "--help").out, re.M | re.S)
    return bool(told) and bool(re.search(rf"\b{form}\b", told.group(0)))


def _commands() -> list:
    """Every command line of chasic in the three files, without what a shell puts in."""
    text = "\n".join((CI / n).read_text() for n in ("github-workflow.yml", "gitlab-template.yml", "pre-commit-hooks.yaml"))
    lines = re.findall(r"\bchasic ((?:fmt|check|test|plan|render|apply|version)\b[^\n|;]*)", "\n".join(line for line in text.splitlines() if "#" not in line))
    return [re.sub(r"\$\{\w+:\+(--\w+) [^}]*\}", r"\1", line) for line in lines]


def case_every_command_and_flag_is_one_that_help_knows(folder):
    program = Program(folder / "state")
    problems, commands = [], _commands()
    for line in commands:
        help_text = program.run(line.split()[0], "--help").out
        problems += [f"chasic {line}: --help does not know {flag}" for flag in re.findall(r"(?<!\S)--[a-z-]+", line) if not re.search(rf"{flag}\b", help_text)]
        problems += [f"chasic {line}: --help does not know {form}" for form in re.findall(r"--format (\w+)", line)
                     if not _knows(program, line.split()[0], form)]
    return problems if len(commands) >= 12 else problems + [f"only {len(commands)} commands are found: {commands}"]


def case_the_steps_for_github_run_on_the_bank(folder):
    steps = {s["name"]: s for s in _github() if "run" in s}
    problems = [f"there is no step {n}" for n in GITHUB if n not in steps]
    if problems:
        return problems
    summary = folder / "summary.md"
    for name in GITHUB:
        problems += [f"{name}: {p}" for p in _run(folder, steps[name]["run"], CHASI_SETUP="true", GITHUB_STEP_SUMMARY=str(summary), KUBECONFIG_TEXT="", RUNNER_TEMP=str(folder))]
    if problems:
        return problems
    left = {n: (folder / n).read_text() for n in ("chasi.sarif", "chasi-tests.xml", "chasi-plan.md", "chasi-plan.json")}
    problems += [] if json.loads(left["chasi.sarif"])["version"] == "2.1.0" else ["chasi.sarif is no SARIF"]
    problems += [] if "<testsuite" in left["chasi-tests.xml"] else ["chasi-tests.xml is no report of tests"]
    problems += [] if json.loads(left["chasi-plan.json"])["environment"] == "prod" else ["chasi-plan.json is not of prod"]
    problems += [] if re.search(r"^(#|\||<)", left["chasi-plan.md"], re.M) else ["the plan is no Markdown"]
    return problems + ([] if summary.read_text() == left["chasi-plan.md"] else ["the summary is not the plan"])


def case_a_wrong_specification_fails_the_check_and_leaves_the_report(folder):
    check = next(s["run"] for s in _github() if s.get("name") == "Check")
    shutil.copytree(ROOT / "examples" / "bank", folder / "bank")
    (folder / "bank" / "wrong.chasi").write_text("let wrong: Int = absent\n")
    problems = [] if _run(folder, check) else ["a specification that is wrong passed"]
    return problems + ([] if "CH2001" in (folder / "chasi.sarif").read_text() else ["the report does not have the error"])


def case_the_jobs_for_gitlab_run_on_the_bank(folder):
    template = _read("gitlab-template.yml")
    problems = [f"there is no job {n}" for n in GITLAB if n not in template]
    before = "\n".join(template[".chasi"]["before_script"])
    for name in GITLAB if not problems else []:
        job = template[name]
        script = "\n".join([before, *job["script"], *job.get("after_script", [])])
        problems += [f"{name}: {p}" for p in _run(folder, script, CHASI_SETUP="", CHASI_OFFLINE=template["variables"]["CHASI_OFFLINE"])]
        kept = job.get("artifacts", {})
        made = kept.get("paths", []) + ([kept["reports"]["junit"]] if "reports" in kept else [])
        problems += [f"{name} keeps {m}, which it does not make" for m in made if not (folder / m).exists()]
    return problems


def case_the_hooks_run_on_the_bank(folder):
    hooks = _read("pre-commit-hooks.yaml")
    problems = [f"{h.get('id')} has no {key}" for h in hooks for key in ("id", "name", "entry", "language", "files") if key not in h]
    for hook in hooks:
        names = " bank/*.chasi" if hook.get("pass_filenames", True) else ""
        script = hook["entry"] + names if names else f"cd bank && {hook['entry']}"
        problems += [f"{hook['id']}: {p}" for p in _run(folder, script)]
    return problems


def case_nothing_from_outside_becomes_text_of_a_script(folder):
    """`${{ … }}` in a script is how a title of a pull request runs commands."""
    return [f"{s['name']}: {s['run']}" for s in _github() if "${{" in s.get("run", "")]
