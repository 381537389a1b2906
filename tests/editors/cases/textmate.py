"""What editors/generate makes, and the bundle as other editors read it."""

import json
import plistlib
import re
import subprocess
import sys

import grammar
from program import Program
from report import ROOT

BUNDLE = ROOT / "editors" / "textmate" / "chasi.tmbundle"


def case_what_is_generated_is_current(folder):
    done = subprocess.run([sys.executable, ROOT / "editors" / "generate", "--check"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def case_both_forms_of_the_grammar_are_one(folder):
    one = plistlib.loads((BUNDLE / "Syntaxes" / "chasi.tmLanguage").read_bytes())
    other = json.loads((ROOT / "editors" / "vscode" / "syntaxes" / "chasi.tmLanguage.json").read_text())
    return [] if one == other else ["the grammar of the bundle is not that of VS Code"]


def case_the_parts_of_the_bundle_are_read_and_have_names_of_their_own(folder):
    problems, seen = [], {}
    for path in sorted(p for p in BUNDLE.rglob("*") if p.is_file()):
        part = plistlib.loads(path.read_bytes())
        if part["uuid"] in seen:
            problems.append(f"{path.name} has the uuid of {seen[part['uuid']]}")
        seen[part["uuid"]] = path.name
        if path.suffix == ".tmSnippet" and not (part["tabTrigger"] and part["scope"] == "source.chasi"):
            problems.append(f"{path.name} is for another language")
    for folder_name in ("Syntaxes", "Preferences", "Snippets"):
        if not list((BUNDLE / folder_name).glob("*")):
            problems.append(f"the bundle has no {folder_name}")
    return problems


def case_every_word_and_sign_of_the_grammar_is_in_some_rule(folder):
    """The generator knows more words than it uses unless something looks."""
    text = json.dumps(json.loads((BUNDLE.parent.parent / "vscode" / "syntaxes" / "chasi.tmLanguage.json").read_text()))
    patterns = re.findall(r'"(?:match|begin|end)": ("(?:[^"\\]|\\.)*")', text)
    patterns = [json.loads(p) for p in patterns]
    words = {w for p in patterns for w in re.findall(r"[A-Za-z][A-Za-z0-9]*", re.sub(r"\\[a-zA-Z]", " ", p))}
    missing = [w for w in grammar.keywords() + grammar.builtin_functions() + grammar.builtin_types() if w not in words]
    signs = [s for s in grammar.operators() if not any(re.escape(s) == p for p in patterns)]
    return [f"no rule has {m}" for m in missing + signs]


# What a person writes at the end of a snippet, and around it, so that a whole file stands there.
WRITTEN = {"fn": "value", "kind": "", "test": "true", "override": "x = 1", "for": "tenant t {}"}
AROUND = {"component": "system s {{\n{}\n}}", "comprehension": "let a = {}"}


def case_snippets_are_chasi_that_can_be_read(folder):
    program = Program(folder / "state")
    snippets = json.loads((ROOT / "editors" / "vscode" / "snippets" / "chasi.json").read_text())
    for name, snippet in snippets.items():
        text = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", "\n".join(snippet["body"])).replace("$0", WRITTEN.get(name, ""))
        (folder / f"{name}.chasi").write_text(AROUND.get(name, "{}").format(text) + "\n")
    done = [program.run("fmt", "--stdout", folder / f"{name}.chasi") for name in snippets]
    return [outcome.told() for outcome in done if outcome.code or "error" in outcome.err]
