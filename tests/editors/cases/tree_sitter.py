"""`editors/tree-sitter-chasi`: its trees, its queries, and that it takes what the compiler takes."""

import collections
import difflib
import hashlib
import random
import re
import subprocess

import grammar
import shape
import treesitter
from program import Program
from report import ROOT
from treesitter import PACKAGE

# Where the two part: what chasic says, and why the editor's parser does not.
LATER = [
    ("not UTF-8", "an editor hands on characters, not bytes"),
    ("levels deep", "a limit of the compiler"),
    ("of more than 1000 levels", "a limit of the compiler"),
]
# In damaged files only, besides those. The parser looks for what fits at its place, so it goes on where a lexer cannot.
LENIENT = [
    ("found `>=`", "`List<Int>= []` is read as meant"),
    ("found the end of the line", "a line break where something is missing"),
]


def goldens() -> list:
    places = [ROOT / p for p in ("examples", "stdlib", "tests", "compiler/syntax/cases")]
    return sorted(p for place in places for p in place.rglob("*.chasi"))


def compiler_says(files: list, folder) -> dict:
    """File → the first syntax error of chasic, or nothing. `fmt` stops at those and at nothing else."""
    chasic = Program(folder / "state")
    told = {f: "" for f in files}
    for begin in range(0, len(files), 100):
        outcome = chasic.run("fmt", "--check", "--color", "never", *files[begin:begin + 100])
        for message, place in re.findall(r"^error\[\w+\]: (.*)\n *--> (.*\.chasi):\d+:\d+$", outcome.out + outcome.err, re.M):
            file = next(f for f in files if str(f).endswith(place.removeprefix(".")))
            told[file] = told[file] or message
    return told


def differing(files: list, folder) -> dict:
    """File → what chasic and the tree say, of those that one takes and the other does not."""
    compiler, parser = compiler_says(files, folder), treesitter.mistakes(files)
    return {file: (compiler[file], parser[file]) for file in files if bool(compiler[file]) != bool(parser[file])}


def without(differing: dict, reasons: list) -> list:
    """Those that no reason explains."""
    return [f"{file}: chasic says {compiler or 'nothing'!r}, the tree {parser or 'nothing'!r}"
            for file, (compiler, parser) in differing.items() if not any(r in compiler for r, _ in reasons)]


# --- what is taken ---------------------------------------------------------------------------------------------------------


def case_examples_and_library_have_no_mistake(folder):
    files = [f for f in goldens() if f.is_relative_to(ROOT / "examples") or f.is_relative_to(ROOT / "stdlib")]
    return [f"{f}:{at}" for f, at in treesitter.mistakes(files).items() if at] + ([] if len(files) > 50 else ["hardly any file was found"])


def case_takes_what_the_compiler_takes(folder):
    return without(differing(goldens(), folder), LATER)


def case_takes_what_the_compiler_takes_in_documents(folder):
    blocks = []
    for page in sorted(p for p in ROOT.rglob("*.md") if "build" not in p.relative_to(ROOT).parts and "node_modules" not in p.parts):
        blocks += re.findall(r"^```chasi\n(.*?)^```$", page.read_text(), re.M | re.S)
    files = [folder / f"{number}.chasi" for number in range(len(blocks))]
    for file, block in zip(files, blocks):
        file.write_text(block)
    return without(differing(files, folder), LATER) + ([] if len(files) > 100 else [f"only {len(files)} examples were found"])


PIECE = re.compile(r'//[^\n]*|"(?:[^"\\\n$]|\\.)*"|\w+|\n *| +|' + "|".join(re.escape(s) for s in sorted(grammar.operators(), key=len, reverse=True)) + "|.", re.S)


def damaged(dice: random.Random, text: str) -> str:
    """One token less, more, another, or two that have changed places."""
    pieces = PIECE.findall(text)
    at, what = dice.randrange(len(pieces)), dice.randrange(4)
    extra = dice.choice([*grammar.keywords(), *grammar.operators(), *"\n\n\n(){}[],,1x", '"s"', "\n// c\n", "/* c */", "\nelse ", "\nwhere "])
    if what == 0:
        del pieces[at]
    elif what == 1:
        pieces.insert(at, extra)
    elif what == 2:
        pieces[at] = extra
    else:
        other = min(len(pieces) - 1, at + 1 + dice.randrange(3))
        pieces[at], pieces[other] = pieces[other], pieces[at]
    return "".join(pieces)


def case_takes_what_the_compiler_takes_when_damaged(folder):
    dice = random.Random(2026)
    whole = [f for f, says in compiler_says(goldens(), folder).items() if not says and 0 < f.stat().st_size < 3000]
    files = [folder / f"{number:03}.chasi" for number in range(300)]
    for file in files:
        file.write_text(damaged(dice, dice.choice(whole).read_text()))
    found = differing(files, folder)
    strict, problems = without(found, LATER), without(found, LATER + LENIENT)
    if len(strict) > len(files) // 50:
        problems.append(f"{len(strict)} of {len(files)} differ:\n" + "\n".join(strict))
    return problems


# --- trees -----------------------------------------------------------------------------------------------------------------


def case_trees_are_the_expected_ones(folder):
    cases = treesitter.corpus()
    problems = [] if len(cases) >= 60 else [f"only {len(cases)} cases were found in test/corpus"]
    for (where, title, _, wanted), got in zip(cases, treesitter.trees([text for _, _, text, _ in cases], folder)):
        if wanted != got:
            problems.append(f"{where}: {title}\n  wanted {wanted}\n  got    {got}")
    return problems


def case_a_mistake_leaves_other_items_alone(folder):
    dice = random.Random(7)
    whole = [f for f, at in treesitter.mistakes([g for g in goldens() if g.stat().st_size > 800]).items() if not at]
    texts = [dice.choice(whole).read_text() for _ in range(200)]
    before, after = treesitter.trees(texts, folder), treesitter.trees([damaged(dice, text) for text in texts], folder)
    there = kept = 0
    for old, new in zip(map(treesitter.items, before), map(treesitter.items, after)):
        there += len(old) - 1  # the damaged one
        kept += (collections.Counter(old) & collections.Counter(new)).total()
    return [] if there > 2000 and kept >= there * 0.97 else [f"{kept} of {there} items are still there"]


def case_trees_have_the_shape_of_the_compilers(folder):
    problems = []
    dumps = sorted((ROOT / "compiler/syntax/cases/good").glob("*.tree"))
    for dump in dumps:
        wanted = shape.lines(shape.of_dump(dump.read_text()))
        tree = treesitter.ask("print", dump.with_suffix(".chasi"))[0]
        got = shape.lines(shape.of_tree(*shape.read(tree))[0])
        problems += [f"{dump.name}: {line}" for line in difflib.unified_diff(wanted, got, "compiler", "tree-sitter", lineterm="", n=4)]
    return problems + ([] if dumps else ["there is no golden tree"])


def case_expected_trees_show_every_node(folder):
    text = (PACKAGE / "grammar.js").read_text()
    rules = re.findall(r"^    ([a-z]\w*): (?:\$|_) =>", text, re.M)
    shown = set(re.findall(r"\((\w+)", " ".join(tree for *_, tree in treesitter.corpus())))
    return [f"no case of test/corpus shows {rule}" for rule in rules if rule not in shown] + ([] if rules else ["no rule was found"])


# --- the same words as the compiler ----------------------------------------------------------------------------------------


def case_words_and_operators_are_those_of_the_compiler(folder):
    text = (PACKAGE / "grammar.js").read_text().split("const BINARY", 1)[1]
    for no_token in (r"//.*", r"`[^`\n]*`", r"field\('\w+'", r"name: 'chasi'"):
        text = re.sub(no_token, "", text)
    spelled = set(re.findall(r"'([^'\n]+)'", text))
    words = {s for s in spelled if re.fullmatch(r"[a-z]+", s)}
    signs = {s for s in spelled if re.fullmatch(r"[^\w\s\"'{}()\[\],$#]+", s)}
    return grammar.compare("grammar.js", words, set(grammar.keywords())) + grammar.compare("grammar.js", signs, set(grammar.operators()))


def case_the_scanner_knows_the_reserved_words(folder):
    scanner = (PACKAGE / "src" / "scanner.c").read_text()
    table = scanner.split("RESERVED[] = {")[1].split("};")[0]
    externals = (PACKAGE / "grammar.js").read_text().split("externals:")[1].split("],")[0]
    listed = re.findall(r"^ +'import'.*$", externals, re.M)
    problems = grammar.compare("src/scanner.c", set(re.findall(r'"(\w+)"', table)), set(grammar.reserved()))
    if not listed or re.findall(r"'(\w+)'", listed[0]) != re.findall(r'"(\w+)"', table):
        problems.append("the reserved words of grammar.js and src/scanner.c are not in the same order")
    names = [n.upper().lstrip("_") for n in re.findall(r"\$\.(\w+),", externals)]
    order = re.findall(r"^  ([A-Z_0-9]+),", scanner.split("enum TokenType {")[1].split("}")[0], re.M)
    order = [n for n in order if n not in ("TEXT_OPEN", "FIRST_RESERVED")]
    return problems + ([] if names == [{"ERROR_MARK": "ERROR"}.get(n, n) for n in order] else [f"tokens of the scanner: {names} and {order}"])


# --- what is made, edits, speed --------------------------------------------------------------------------------------------


def case_the_parser_is_made_of_the_grammar(folder):
    noted = dict(reversed(line.split("  ", 1)) for line in (PACKAGE / "src" / "made.sha256").read_text().splitlines())
    problems = [] if {"grammar.js", "src/parser.c"} <= set(noted) else [f"src/made.sha256 tells only of {sorted(noted)}"]
    for name, digest in noted.items():
        if hashlib.sha256((PACKAGE / name).read_bytes()).hexdigest() != digest:
            problems.append(f"{name} has changed since the parser was made: run editors/tree-sitter-chasi/generate")
    if "#define LANGUAGE_VERSION 14\n" not in (PACKAGE / "src" / "parser.c").read_text():
        problems.append("src/parser.c is not of form 14")
    return problems


def case_edits_are_followed_and_break_nothing(folder):
    files = [f for f in goldens() if f.stat().st_size < 6000][:200]
    ended = treesitter.ask("edit", 2026, 12, *files, kind="checked")
    print(f"    tree-sitter: {ended[0]} in {len(files)} files")
    return [] if len(files) == 200 else [f"only {len(files)} files were found"]


def case_hostile_files_take_no_time(folder):
    many = 20000
    texts = {
        "comments inside of a value": "let a = b\n" + "// c\n" * many + "  .c\n" + "/* c */\n" * many + "  .d\n",
        "comments without an end": "let a = 1\n" + "/* x\n" * many,
        "a raw text without an end": 'let a = r#"' + '" ' * many,
        "a text without an end": 'let a = """' + '"" ' * many,
        "brackets that close nothing": "}\n" * many,
        "brackets that open": "[(" * many,
        "texts in texts": 'let a = ' + '"${' * many + "1" + '}"' * many,
        "functions in parentheses": "let a = " + "(x, y) => " * many + "1",
        "casts and comparisons": "let a = " + "x as A < " * many + "1",
        "quotes": '"' * many,
    }
    files = {}
    for number, (name, text) in enumerate(texts.items()):
        files[folder / f"{number}.chasi"] = name
        (folder / f"{number}.chasi").write_text(text)
    treesitter.reader()
    problems = []
    for file, name in files.items():
        try:
            treesitter.ask("check", file, timeout=20)
        except (AssertionError, subprocess.TimeoutExpired) as trouble:
            problems.append(f"{name}: {trouble}")
    return problems


def case_large_files_are_read(folder):
    big = folder / "big.chasi"
    declarations = [f.read_text() for f in goldens() if f.is_relative_to(ROOT / "stdlib")]
    big.write_text("\n".join(declarations * 8))
    at = treesitter.mistakes([big])[big]
    print(f"    tree-sitter: {treesitter.ask('speed', big)[0]} MB/s of {big.stat().st_size} bytes")
    return [f"a mistake at {at}"] if at else []
