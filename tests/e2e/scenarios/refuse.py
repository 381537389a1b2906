"""Bad input and bad circumstances: a clear error with the right exit code, and nothing half-done."""

import json
import os
import pathlib
import subprocess
import time

from program import Program
from report import ROOT
from skip import Skip
from specs import SHOP, write


def quick(chasic, problems: list, spec: pathlib.Path, what: str, *words) -> None:
    """`check` ends with 1 within two seconds of the program that users get, and does not crash."""
    release = ROOT / "build" / "release" / "bin" / "chasic"
    program = Program(chasic.state, "release") if release.exists() and "CHASI_PROGRAM" not in os.environ else chasic
    begin = time.monotonic()
    done = program.run("check", spec, *words)
    lasted = time.monotonic() - begin
    if done.code != 1 or "error[CH" not in done.err:
        problems.append(f"{what}: {done.told()}")
    if program is not chasic and lasted > 2:
        problems.append(f"{what}: took {lasted:.1f} s")


def case_hostile_files_are_refused_quickly(chasic):
    problems = []
    texts = {
        "nested brackets": "let a = " + "[" * 100_000,
        "nested and closed": "let a = " + "[" * 100_000 + "]" * 100_000,
        "signs": "let a = " + "-" * 100_000 + "1",
        "unfinished text": 'let a = "' + "x" * 1_000_000,
        "wrong types": "".join(f"let v{i}: Int = \"text\"\n" for i in range(5_000)),
        "truncated": SHOP[: len(SHOP) * 2 // 3],
        "reference cycle": "let a = b\nlet b = c\nlet c = a\n",
        "dotted types": "let a = f(" + ", ".join(["x as a.b.c"] * 20_000) + ")",
        "a type of many parts": "let a = x as " + ".".join("b" * 100_000),
        "a row of indices": "let b = [[1]]\nlet a = b" + "[0]" * 100_000,
        "unknown names": "".join(f"let a{i} = nope{i}\n" for i in range(20_000)),
        "mistakes in one long line": "let a = [" + ", ".join(f"nope{i}" for i in range(20_000)) + "]",
        "a union of many": "type T = " + " | ".join(f'"v{i}"' for i in range(50_000)) + '\nlet a: T = "no"\n',
        "many fields": "schema A {\n" + "".join(f"  f{i}: a.b.c = x\n" for i in range(50_000)) + "}\n",
        "a text that doubles": 'let a0 = "x"\n' + "".join(f'let a{i + 1} = "${{a{i}}}${{a{i}}}"\n' for i in range(64)),
        "types that double": "type T0 = Int\n" + "".join(f"type T{i + 1} = List<T{i}> | Map<String, T{i}>\n" for i in range(60)) + "let x: T60 = [[1]]\n",
        "a pattern as large as its text": 'let a = "0110100110010110".repeat(60000)\nlet b = a.matches("(0|1)*1(0|1){400}x(0|1)*")\n',
        "matches that look far ahead": 'let a = "x".repeat(1000000)\nlet b = a.replaceAll("x*y|x", "z").len()\n',
    }
    for what, text in texts.items():
        quick(chasic, problems, write(chasic.state / what.replace(" ", "-"), text), what)
    folder = write(chasic.state / "binary", "")
    (folder / "main.chasi").write_bytes(bytes(range(256)) * 4000)
    quick(chasic, problems, folder, "binary")
    (folder / "main.chasi").write_bytes(b"let a = 1 // comment\n" * (50 * 1024 * 1024 // 21))
    quick(chasic, problems, folder, "50 MB")
    cycle = write(chasic.state / "cycle", 'import "./a" as a\n')
    (cycle / "a").mkdir()
    (cycle / "a" / "a.chasi").write_text('import "../b" as b\n')
    (cycle / "b").mkdir()
    (cycle / "b" / "b.chasi").write_text('import "../a" as a\n')
    quick(chasic, problems, cycle, "import cycle")
    return problems


def case_usage_mistakes_exit_64_with_a_suggestion(chasic):
    problems = chasic.expect(64, "aply", says="did you mean `chasic apply`?")
    problems += chasic.expect(64, "validate", says="did you mean `chasic check`?") + chasic.expect(64, "uninstall", says="did you mean `chasic destroy`?")
    problems += chasic.expect(64, "plan", "--evn", "dev", says="--env")
    problems += chasic.expect(64, "render", "--format", "jsn", says="json")
    problems += chasic.expect(64, "image", says="build")
    problems += chasic.expect(64, "plan", "a", "b", says="one too many")
    problems += chasic.expect(64, says="usage")
    return problems


def case_every_command_has_help(chasic):
    problems = chasic.expect(0, "--help", says="Exit codes")
    listing = chasic.run("--help").out
    for words in ("init", "check", "test", "diff", "fmt", "eval", "render", "plan", "apply", "destroy", "status", "graph", "explain", "image build", "image inspect",
                  "local up", "local down", "lsp", "completion", "version"):
        problems += chasic.expect(0, *words.split(), "--help", says="usage: chasic " + words)
        if f"  {words} " not in listing:
            problems.append(f"--help does not list {words}")
    return problems


def case_completion_is_shell_code(chasic):
    problems = []
    script = chasic.run("completion", "bash")
    checked = subprocess.run(["bash", "-n"], input=script.out, text=True, capture_output=True)
    if script.code != 0 or checked.returncode != 0:
        problems.append(checked.stderr or script.told())
    asked = script.out + '\nCOMP_WORDS=(chasic pl); COMP_CWORD=1; _chasic; echo "${COMPREPLY[@]}"'
    if subprocess.run(["bash"], input=asked, text=True, capture_output=True).stdout.strip() != "plan":
        problems.append("bash does not complete `chasic pl`")
    for name in ("base", "prod-eu1"):
        write(chasic.state / "shop" / "env", "", f"{name}.chasi")
    asked = script.out + '\nCOMP_WORDS=(chasic plan --env p); COMP_CWORD=3; _chasic; echo "${COMPREPLY[@]}"'
    if subprocess.run(["bash"], input=asked, text=True, capture_output=True, cwd=chasic.state / "shop").stdout.strip() != "prod-eu1":
        problems.append("bash does not complete the names of environments")
    return problems + chasic.expect(0, "completion", "zsh", says="#compdef chasic") + chasic.expect(0, "completion", "fish", says="complete -c chasic")


def case_nothing_is_changed_without_consent(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(64, "apply", spec, says="--yes")
    return problems + chasic.expect(2, "plan", spec, "--detailed-exitcode", says="0 unchanged")


def case_no_cluster_no_context_wrong_file(chasic):
    spec = write(chasic.state / "shop", SHOP)
    problems = chasic.expect(4, "plan", spec, "--cluster", "home=nowhere", says="CH6101")
    config = chasic.state / "config"
    config.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
                                  "users": [{"name": "u", "user": {}}], "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}))
    problems += chasic.expect(4, "plan", spec, "--cluster", "home=x", "--kubeconfig", config, says="CH6102")
    problems += chasic.expect(1, "plan", spec, "--cluster", "hoem=local", says="CH6009")
    problems += chasic.expect(4, "check", chasic.state / "nothing-here", says="CH8001")
    return problems


def case_a_saved_plan_is_applied_exactly_or_not_at_all(chasic):
    spec = write(chasic.state / "shop", SHOP)
    plan = chasic.state / "shop.plan.json"
    problems = chasic.expect(0, "plan", spec, "--out", plan)
    problems += chasic.expect(3, "apply", plan, "--yes", state=chasic.state / "another-cluster", says="CH6201")
    problems += chasic.expect(0, "apply", plan, "--yes")
    problems += chasic.expect(0, "plan", spec, "--set", "copies=3", "--out", plan)
    problems += chasic.expect(0, "apply", spec, "--set", "copies=5", "--yes")
    stale = chasic.run("apply", plan, "--yes")
    if stale.code == 0 or "CH6007" not in stale.err:
        problems.append(f"a stale plan was not refused: {stale.told()}")
    plan.write_text(plan.read_text()[:500])
    return problems + chasic.expect(4, "apply", plan, "--yes", says="CH6001")


def case_the_plan_fits_its_schema(chasic):
    spec = write(chasic.state / "shop", SHOP)
    schema = json.loads(chasic.run("plan", "--schema").out)
    plan = json.loads(chasic.run("plan", spec, "--format", "json").out)
    missing = [k for k in schema.get("required", []) if k not in plan]
    return [f"the plan lacks {missing}"] if missing or plan.get("apiVersion") != "chasi.dev/plan/v1" else []


def case_output_that_cannot_be_written_is_told(chasic):
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(chasic.path), "render", "examples/hello"], cwd=ROOT, env=chasic.environment(), stdout=full, stderr=subprocess.PIPE, text=True)
    return [] if done.returncode == 4 and "cannot be written" in done.stderr else [f"exit {done.returncode}: {done.stderr}"]


def case_a_state_folder_that_cannot_be_used_is_told(chasic):
    spec = write(chasic.state / "shop", SHOP)
    blocked = chasic.state / "a-file"
    blocked.write_text("in the way")
    problems = chasic.expect(4, "plan", spec, state=blocked / "state", says="CH6008")
    damaged = chasic.state / "damaged"
    (damaged / "local").mkdir(parents=True)
    (damaged / "local" / "cluster.db").write_bytes(b"this is no database at all, and long enough to be taken for one" * 40)
    return problems + chasic.expect(4, "plan", spec, state=damaged, says="CH6302")


def case_a_full_disk_loses_nothing(chasic):
    """A small file system of its own; needs the right to mount one."""
    disk = chasic.state / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], capture_output=True).returncode != 0:
        raise Skip("this machine does not let us mount a small disk")
    try:
        spec = write(chasic.state / "shop", SHOP)
        problems = chasic.expect(0, "apply", spec, "--yes", state=disk / "state")
        filler = disk / "filler"
        out = os.open(filler, os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(out, b"x" * 4096):
                pass
        except OSError:
            os.close(out)
        full = chasic.run("apply", spec, "--yes", "--set", "copies=7", "--set", f"color={'y' * 20000}", state=disk / "state")
        if full.code not in (3, 4) or "error[CH" not in full.err:
            problems.append(f"a full disk: {full.told()}")
        filler.unlink()
        problems += chasic.expect(0, "apply", spec, "--yes", "--set", "copies=7", "--lock-timeout", "90s", state=disk / "state")
        return problems + chasic.expect(0, "plan", spec, "--set", "copies=7", "--detailed-exitcode", state=disk / "state")
    finally:
        subprocess.run(["umount", str(disk)], capture_output=True)
