"""The Neovim package, in a Neovim without a window, with the language server at the other end."""

import json
import os
import shutil
import subprocess

from program import Program
from report import ROOT
from skip import Skip

PACKAGE = ROOT / "editors" / "neovim"
HERE = ROOT / "tests" / "editors" / "neovim"
SECONDS = 100


def _neovim(script: str, folder, **variables) -> dict:
    """What a script writes about itself: name of a check → what was wrong, empty when nothing was."""
    if not shutil.which("nvim"):
        raise Skip("nvim is not installed, so the Neovim package was not tested")
    program = Program(folder / "state")
    (folder / "bin").mkdir()
    (folder / "bin" / "chasic").symlink_to(program.path)
    shutil.copytree(ROOT / "examples" / "bank", folder / "bank")
    places = {f"XDG_{n}_HOME": str(folder / n.lower()) for n in ("CONFIG", "DATA", "STATE", "CACHE")}
    environment = dict(program.environment(), OUT=str(folder / "out"), HOME=str(folder), NVIM_LOG_FILE=str(folder / "log"),
                       PATH=f"{folder / 'bin'}:{os.environ['PATH']}", **places, **variables)
    start = ["--headless", "-u", "NORC", "-i", "NONE", "-n", "--cmd", f"set runtimepath^={PACKAGE}", "-c", f"luafile {HERE / script}", "-c", "cquit 9"]
    try:
        done = subprocess.run(["nvim", *start], cwd=folder / "bank", env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        return {script: f"no end after {SECONDS} s\n{late.stderr}"}
    if not (folder / "out").exists():
        return {script: f"exit {done.returncode} and no result:\n{done.stdout}{done.stderr}"}
    return json.loads((folder / "out").read_text())


def _problems(said: dict, least: int) -> list:
    return [f"{name}: {wrong}" for name, wrong in said.items() if wrong] + ([] if len(said) >= least else [f"only {len(said)} checks ran: {said}"])


def case_the_server_attaches_and_answers(folder):
    return _problems(_neovim("server.lua", folder), 8)


def case_commands_show_plans_and_environments(folder):
    return _problems(_neovim("commands.lua", folder), 7)


def case_values_of_parameters_are_chosen(folder):
    return _problems(_neovim("parameters.lua", folder), 12)


def case_files_of_the_standard_library_are_of_the_server_one_came_from(folder):
    return _problems(_neovim("library.lua", folder), 9)


def case_without_the_program_one_message_says_so(folder):
    return _problems(_neovim("absent.lua", folder), 2)


def case_every_lua_file_can_be_read(folder):
    if not shutil.which("nvim"):
        raise Skip("nvim is not installed, so the Neovim package was not tested")
    files = sorted(PACKAGE.rglob("*.lua"))
    check = "for _, f in ipairs(vim.fn.argv()) do local ok, e = loadfile(f); if not ok then io.stderr:write(e .. '\\n'); vim.cmd('cquit 1') end end"
    done = subprocess.run(["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"lua {check}", "-c", "qall!", *files], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=SECONDS)
    return [] if done.returncode == 0 and len(files) > 8 else [done.stderr or f"{len(files)} files"]


def case_help_tells_of_every_command_and_option(folder):
    text = (PACKAGE / "doc" / "chasi-neovim.txt").read_text()
    plugin = (PACKAGE / "plugin" / "chasi.lua").read_text()
    options = (PACKAGE / "lua" / "chasi" / "init.lua").read_text().split("options = {")[1].split("\n  },")[0]
    wanted = [f"*:{line.split(chr(34))[1]}*" for line in plugin.splitlines() if line.startswith("command(")]
    wanted += [f"{line.split('=')[0].strip()} = " for line in options.splitlines() if "=" in line]
    return [f"doc/chasi-neovim.txt does not tell of {w}" for w in wanted if w not in text] + ([] if len(wanted) == 12 else [f"found {wanted}"])
