"""The lints. Each takes the list of files and gives the problems it found, one text a problem, beginning with the file."""

import json
import re
import subprocess
import sys

from report import ROOT

COMPILER = ["source", "syntax", "sema", "eval", "manifest", "lint", "doc", "lower", "package", "import", "lsp", "driver"]
RUNTIME = ["os", "plan", "kube", "image", "vcluster", "engine", "local"]

# What a room may include, itself aside. Written out, so that a new arrow is a change of this table and is seen.
ARROWS = {
    "compiler/source": [],
    "compiler/syntax": ["compiler/source"],
    "compiler/sema": ["compiler/source", "compiler/syntax"],
    "compiler/eval": ["compiler/source", "compiler/syntax", "compiler/sema"],
    "compiler/manifest": ["compiler/source", "compiler/sema", "runtime/plan"],
    "compiler/lint": ["compiler/source", "compiler/syntax", "compiler/sema", "compiler/eval", "compiler/manifest", "runtime/plan"],
    "compiler/doc": ["compiler/source", "compiler/syntax", "compiler/sema"],
    "compiler/lower": ["compiler/source", "compiler/syntax", "compiler/sema", "compiler/eval", "compiler/manifest", "runtime/plan"],
    "compiler/package": ["compiler/source", "compiler/syntax"],
    "compiler/import": ["compiler/source", "compiler/syntax"],
    "compiler/lsp": ["compiler/source", "compiler/syntax", "compiler/sema", "compiler/eval", "compiler/lint", "compiler/lower", "runtime/plan"],
    "compiler/driver": [f"compiler/{r}" for r in COMPILER] + [f"runtime/{r}" for r in RUNTIME],
    "runtime/os": [],
    "runtime/plan": [],
    "runtime/kube": ["runtime/os", "runtime/plan"],
    "runtime/image": ["runtime/os", "runtime/plan"],
    "runtime/vcluster": ["runtime/plan", "runtime/kube"],
    "runtime/engine": ["runtime/plan", "runtime/kube", "runtime/image", "runtime/vcluster"],
    "runtime/local": ["runtime/os", "runtime/plan"],
}

# Spelled in pieces, so that this file does not offend itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]) + r")\b")
PRETENCE = re.compile(r"\b(st" r"ub(s|bed)?|place" r"holder|not implem" r"ented)\b", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.$}-])/(?:wo" r"rk|ro" r"ot|ho" r"me/[a-z]+|t" r"mp)/[\w.]")
HOUSE_NAMES = re.compile(r"\b(class|struct)\s+\w*(Manager|Helper|Util|Utils)\b")


class SourceFile:
    def __init__(self, name: str):
        self.name = name
        self.path = ROOT / name
        self.suffix = self.path.suffix
        self.is_code = self.suffix in (".cpp", ".h", ".cc", ".hpp")
        self._text = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.path.read_bytes().decode("utf-8", errors="replace")
        return self._text

    @property
    def lines(self) -> list:
        return self.text.splitlines()

    @property
    def is_text(self) -> bool:
        return b"\0" not in self.path.read_bytes()[:4000]

    @property
    def room(self) -> str:
        parts = self.name.split("/")
        return "/".join(parts[:2]) if len(parts) > 2 and parts[0] in ("compiler", "runtime") else ""

    @property
    def is_test(self) -> bool:
        return self.name.startswith("tests/") or "_test." in self.name or "/testing/" in self.name


def room_arrows(files: list) -> list:
    problems = []
    for f in files:
        if not f.is_code or not f.room:
            continue
        if f.room not in ARROWS:
            problems.append(f"{f.name}: the room {f.room} is not in the table of tests/house/lints.py")
            continue
        for number, line in enumerate(f.lines, 1):
            match = re.match(r'\s*#\s*include\s*"((?:compiler|runtime)/[^/"]+)', line)
            if not match or match.group(1) == f.room or match.group(1) in ARROWS[f.room]:
                continue
            # A test may bring its room together with a neighbour on the same side.
            if f.is_test and match.group(1).split("/")[0] == f.room.split("/")[0]:
                continue
            problems.append(f"{f.name}:{number}: {f.room} may not see {match.group(1)}")
    return problems


def libraries_are_walled(files: list) -> list:
    """Heavy or throwing libraries are seen by the room that wraps them, and by nothing else."""
    owners = {"antlr4-runtime": ("compiler/syntax",), "sqlite3.h": ("runtime/local",), "microhttpd.h": ("runtime/os",),
              "curl/": ("runtime/os", "runtime/kube", "runtime/image"), "archive": ("runtime/image",), "zstd.h": ("runtime/image",),
              "yaml-cpp/": ("runtime/kube", "compiler/package", "compiler/driver", "compiler/eval"), "re2/": ("compiler/eval", "runtime/plan"), "CLI/": ("compiler/driver",)}
    problems = []
    for f in files:
        if not f.is_code or not f.room or f.is_test:
            continue
        for number, line in enumerate(f.lines, 1):
            match = re.match(r"\s*#\s*include\s*<([^>]+)>", line)
            for prefix, rooms in owners.items():
                if match and match.group(1).startswith(prefix) and f.room not in rooms:
                    problems.append(f"{f.name}:{number}: <{match.group(1)}> belongs to {', '.join(rooms)}")
    return problems


def words(files: list) -> list:
    problems = []
    for f in files:
        if f.name == "LICENSE" or not f.is_text:
            continue
        for number, line in enumerate(f.lines, 1):
            where = f"{f.name}:{number}"
            if UNFINISHED.search(line):
                problems.append(f"{where}: unfinished work belongs into an issue: {line.strip()}")
            if MACHINE.search(line) and not (f.is_test and f.room == "runtime/image"):  # there, places inside images
                problems.append(f"{where}: a path of one machine: {line.strip()}")
            if f.room and not f.is_test and PRETENCE.search(line):
                problems.append(f"{where}: says that something is not real: {line.strip()}")
            if f.is_code and HOUSE_NAMES.search(line):
                problems.append(f"{where}: a name that says nothing: {line.strip()}")
    return problems


def rooms_have_notes(files: list) -> list:
    names = {f.name for f in files}
    rooms = sorted({f.room for f in files if f.is_code and f.room})
    rooms += [d for d in ("grammar", "stdlib", "examples", "tests", "editors") if any(n.startswith(d + "/") for n in names)]
    return [f"{room}/README.md is missing: what comes in, what goes out, where to start" for room in rooms
            if f"{room}/README.md" not in names]


def codes_are_produced(files: list) -> list:
    """Each diagnostic is the result of at least one test, so its text and place have been looked at."""
    tested = "\n".join(f.text for f in files if f.is_test and f.is_text and f.suffix in (".out", ".cases", ".cpp", ".py", ".h"))
    problems = []
    for source, pattern in (("compiler/source/codes.def", r'CHASI_CODE\("(CH\d+)", (\w+)'), ("runtime/plan/faults.def", r'CHASI_FAULT\("(CH\d+)"()')):
        for match in re.finditer(pattern, (ROOT / source).read_text()):
            code, name = match.groups()
            if code in tested or (name and re.search(rf"Code::{name}\b", tested)):
                continue
            problems.append(f"{source}: no test produces {code} {name}")
    return problems


def presets_are_there(files: list) -> list:
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    names = {p["name"] for p in presets["configurePresets"]}
    built = {p["name"] for p in presets["buildPresets"]}
    return [f"CMakePresets.json: no preset {n}" for n in ("dev", "tsan", "release", "coverage") if n not in names or n not in built]


def scripts_parse(files: list) -> list:
    problems = []
    for f in files:
        first = f.lines[0] if f.is_text and f.lines else ""
        if f.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", first):
            done = subprocess.run(["bash", "-n", str(f.path)], capture_output=True, text=True)
            if done.returncode:
                problems.append(f"{f.name}: {done.stderr.strip()}")
        elif f.suffix == ".py" or re.match(r"#!.*python", first):
            try:
                compile(f.text, f.name, "exec")
            except SyntaxError as error:
                problems.append(f"{f.name}:{error.lineno}: {error.msg}")
        if first.startswith("#!") and not f.path.stat().st_mode & 0o111:
            problems.append(f"{f.name}: has a first line for running it, but may not be run")
    return problems


def dependencies_are_listed(files: list) -> list:
    """README's table names every package that CMake looks for, and nothing else."""
    cmake = (ROOT / "CMakeLists.txt").read_text()
    used = set(re.findall(r"find_package\((\w[\w-]*)", cmake)) | set(re.findall(r"IMPORTED_TARGET (\w+)\)", cmake))
    used -= {"Threads", "PkgConfig"}  # the compiler's own, and the means to find others
    readme = ROOT / "README.md"
    if not readme.exists():
        return ["README.md is missing"]
    listed = set(re.findall(r"^\| `([\w-]+)` \|", readme.read_text(), re.MULTILINE))
    return [f"README.md: the table of dependencies lacks `{n}`" for n in sorted(used - listed)] + \
           [f"README.md: the table of dependencies has `{n}`, which CMakeLists.txt does not look for" for n in sorted(listed - used)]


def setup_installs_what_is_found(files: list) -> list:
    """The Debian packages that README's table names are those that tests/setup installs."""
    setup = (ROOT / "tests/setup").read_text()
    readme = ROOT / "README.md"
    table = re.findall(r"^\| `[\w-]+` \| `([\w.-]+)`", readme.read_text(), re.MULTILINE) if readme.exists() else []
    return [f"tests/setup: does not install {p}, which README.md names" for p in table if not re.search(rf"(?<![\w-]){re.escape(p)}(?![\w-])", setup)]


ALL = [room_arrows, libraries_are_walled, words, rooms_have_notes, codes_are_produced, presets_are_there, scripts_parse,
       dependencies_are_listed, setup_installs_what_is_found]

if __name__ == "__main__":
    sys.exit("start tests/house/run")
