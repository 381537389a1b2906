"""The VS Code extension: its types, its manifest, its grammar, its features against an editor by hand, and the package."""

import json
import re
import zipfile

import node
from program import Program
from report import ROOT

MANIFEST = json.loads((node.EXTENSION / "package.json").read_text())
CONTRIBUTES = MANIFEST["contributes"]
LARGEST = 400_000  # bytes of the package; the client library is the most of it


def _sources() -> str:
    return "\n".join(p.read_text() for p in sorted((node.EXTENSION / "src").glob("*.ts")))


def case_types_are_right_and_the_package_is_made(folder):
    return node.built()


def case_features_against_an_editor_by_hand(folder):
    problems = node.built()
    if problems:
        return problems
    tests = sorted((node.WORK / "test").glob("*.test.ts"))
    bundle = ["--bundle", "--platform=node", "--format=cjs", "--target=node18", "--log-level=warning", f"--outdir={folder}",
              "--alias:vscode=./test/double/vscode.ts", "--alias:vscode-languageclient/node=./test/double/client.ts"]
    problems = node.told(node.run("node_modules/.bin/esbuild", *tests, *bundle))
    if problems:
        return problems
    done = node.run("node", "--test", *sorted(folder.glob("*.js")))
    ran = re.search(r"^. tests (\d+)$", done.stdout, re.M)
    if done.returncode == 0 and (not ran or int(ran.group(1)) < len(tests)):
        return [f"no tests ran:\n{done.stdout[-2000:]}"]
    return node.told(done)


def case_the_grammar_gives_the_scopes(folder):
    problems = node.built()
    if problems:
        return problems
    cases = sorted((node.EXTENSION / "test" / "grammar").glob("*.chasi"))
    done = node.run("node_modules/.bin/vscode-tmgrammar-test", "-g", "syntaxes/chasi.tmLanguage.json", *cases)
    if done.returncode == 0 and done.stdout.count("run successfuly") != len(cases):  # spelled so by the tool
        return [f"not every case ran:\n{done.stdout}"]
    return node.told(done)


def _scopes(*files):
    return node.run("node", ROOT / "tests" / "editors" / "scopes.mjs", node.WORK, node.EXTENSION / "syntaxes" / "chasi.tmLanguage.json", *files)


def case_nothing_of_the_examples_is_wrong_or_stays_open(folder):
    node.packages()
    files = sorted([*(ROOT / "examples").rglob("*.chasi"), *(ROOT / "stdlib" / "core").glob("*.chasi"), *(ROOT / "stdlib" / "sizes").glob("*.chasi")])
    return node.told(_scopes(*files)) or ([] if len(files) > 20 else [f"only {len(files)} files are there"])


def case_what_is_wrong_or_open_is_seen(folder):
    node.packages()
    (folder / "wrong.chasi").write_text("let a = 5minutes\n")
    (folder / "open.chasi").write_text('let a = """\n')
    return [f"{name} passes" for name in ("wrong.chasi", "open.chasi") if _scopes(folder / name).returncode == 0]


def case_a_wrong_scope_fails(folder):
    """The tool says what it is asked to say: a case with another scope does not pass."""
    node.packages()
    text = (node.EXTENSION / "test" / "grammar" / "numbers.chasi").read_text()
    (folder / "wrong.chasi").write_text(text.replace("constant.numeric.quantity", "constant.numeric.other", 1))
    done = node.run("node_modules/.bin/vscode-tmgrammar-test", "-g", node.EXTENSION / "syntaxes" / "chasi.tmLanguage.json", folder / "wrong.chasi")
    return [] if done.returncode else ["a wrong scope was accepted"]


def case_the_manifest_names_files_that_are_there(folder):
    made = {"./dist/extension.js"}
    named = re.findall(r'"(\./[^"]+)"', json.dumps(MANIFEST))
    return [f"package.json names {n}, which is not there" for n in named if n not in made and not (node.EXTENSION / n).is_file()] or \
        ([] if len(named) >= 4 else ["package.json names no files any more"])


def case_every_command_is_declared_registered_and_shown_right(folder):
    declared = {c["command"] for c in CONTRIBUTES["commands"]}
    registered = set(re.findall(r'registerCommand\("([^"]+)"', _sources()))
    used = {m["command"] for menu in CONTRIBUTES["menus"].values() for m in menu}
    return [f"{c} is declared, and nothing registers it" for c in sorted(declared - registered)] + \
        [f"{c} is registered and not declared" for c in sorted(registered - declared)] + \
        [f"a menu has {c}, which is not declared" for c in sorted(used - declared)]


def case_every_setting_is_read_and_every_one_read_is_declared(folder):
    declared = {name.removeprefix("chasi.") for name in CONTRIBUTES["configuration"]["properties"]}
    read = set(re.findall(r'(?:read(?:<[^>]+>)?|inspect<string>|update)\("([\w.]+)"', _sources()))
    read.add("trace.server")  # by the client library, under the name that the client has
    if 'new LanguageClient("chasi"' not in _sources():
        return ["the client has another name, so chasi.trace.server is not read"]
    restricted = {n.removeprefix("chasi.") for n in MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]}
    return [f"chasi.{n} is declared, and nothing reads it" for n in sorted(declared - read)] + \
        [f"chasi.{n} is read and not declared" for n in sorted(read - declared)] + \
        [f"chasi.{n} is restricted and not declared" for n in sorted(restricted - declared)]


def case_every_scope_that_the_manifest_names_is_one_of_the_grammar(folder):
    grammar = (node.EXTENSION / "syntaxes" / "chasi.tmLanguage.json").read_text()
    known = set(re.findall(r'"(?:name|contentName)": "([^"]+)"', grammar))
    known = {part for names in known for part in names.split()}
    named = {s for scopes in CONTRIBUTES["semanticTokenScopes"][0]["scopes"].values() for s in scopes if s.endswith(".chasi")}
    named |= set(CONTRIBUTES["grammars"][0]["embeddedLanguages"])
    # A theme matches by beginnings: `variable.parameter` colours what is `variable.parameter.loop`.
    return [f"no rule of the grammar gives {s}" for s in sorted(named) if not any(k == s or k.startswith(s.removesuffix("chasi")) for k in known)]


def case_every_rule_that_the_grammar_includes_is_there(folder):
    grammar = json.loads((node.EXTENSION / "syntaxes" / "chasi.tmLanguage.json").read_text())
    included = set(re.findall(r'"include": "#([\w-]+)"', json.dumps(grammar)))
    there = set(grammar["repository"])
    return [f"#{n} is included and not there" for n in sorted(included - there)] + [f"#{n} is there, and nothing includes it" for n in sorted(there - included)]


def case_the_problem_matcher_reads_what_the_program_writes(folder):
    """The same lines twice: as text through the matcher, and as JSON."""
    (folder / "a.chasi").write_text('tenant retail {\n  foo = b\n}\nlet unused = "größe"\nlet c: Int = "ä" + "x"\n')
    program = Program(folder / "state")
    text = program.run("check", "a.chasi", "--color", "never", cwd=folder).err
    told = json.loads(program.run("check", "a.chasi", "--format", "json", cwd=folder).out)["diagnostics"]
    head, place = (re.compile(p["regexp"], re.M) for p in CONTRIBUTES["problemMatchers"][0]["pattern"])
    lines = text.splitlines()
    found = []
    for first, second in zip(lines, lines[1:]):
        a, b = head.match(first), place.match(second)
        if a and b:
            found.append((a.group(1), a.group(2), b.group(1), int(b.group(2)), int(b.group(3))))
    wanted = [(d["severity"], d["code"], d["file"], d["range"]["start"]["line"], d["range"]["start"]["column"]) for d in told]
    if len(wanted) < 3:
        return [f"the example gives too few errors to compare: {wanted}"]
    return [] if found == wanted else [f"the matcher reads {found}, the program means {wanted}\n{text}"]


def case_the_package_holds_what_an_editor_needs_and_no_more(folder):
    problems = node.built()
    if problems:
        return problems
    package = ROOT / "build" / "editors" / f"chasi-{MANIFEST['version']}.vsix"
    with zipfile.ZipFile(package) as archive:
        names = set(archive.namelist())
        shipped = json.loads(archive.read("extension/package.json"))
        code = archive.read("extension/dist/extension.js").decode()
        about = archive.read("extension.vsixmanifest").decode()
    wanted = {f"extension/{n.removeprefix('./')}" for n in re.findall(r'"(\./[^"]+)"', json.dumps(MANIFEST))}
    wanted |= {"extension/package.json", "extension/README.md", "extension/LICENSE", "extension.vsixmanifest", "[Content_Types].xml"}
    problems = [f"{n} is missing" for n in sorted(wanted - names)] + [f"{n} is too much" for n in sorted(names - wanted)]
    if package.stat().st_size > LARGEST:
        problems.append(f"{package.stat().st_size} bytes; {LARGEST} are enough")
    if "dependencies" in shipped:
        problems.append("the package asks for dependencies that are bundled")
    # What is not bundled must be of node or of the editor.
    foreign = set(re.findall(r'require\("([^"]+)"\)', code)) - {"vscode"} - set(node.run("node", "-p", "require('module').builtinModules.join(' ')").stdout.split())
    problems += [f"the bundle needs {n}" for n in sorted(f for f in foreign if not f.startswith("node:"))]
    if f'Version="{MANIFEST["version"]}"' not in about:
        problems.append("extension.vsixmanifest has another version")
    return problems


def case_the_extension_starts_as_it_is_packed(folder):
    """The bundle loads in node, with nothing but an editor that gives nothing; it exports what an editor calls."""
    problems = node.built()
    if problems:
        return problems
    load = ("const m = require('module'), load = m._load;"
            "const any = new Proxy(function () {}, { get: (t, k) => k === 'prototype' ? t.prototype : k === Symbol.toPrimitive ? () => '1.82.0' : any, apply: () => any, construct: () => ({}) });"
            "m._load = (name, ...rest) => name === 'vscode' ? any : load(name, ...rest);"
            "const e = require(process.argv[1]); process.exit(typeof e.activate === 'function' && typeof e.deactivate === 'function' ? 0 : 1)")
    return node.told(node.run("node", "-e", load, node.WORK / "dist" / "extension.js"))
