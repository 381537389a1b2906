"""Queries of `editors/tree-sitter-chasi`: colours, outline, indentation, as editors make them out of captures."""

import os
import re
import shutil
import subprocess

import grammar
import treesitter
from report import ROOT
from skip import Skip
from treesitter import PACKAGE

QUERIES = PACKAGE / "queries"


def examples() -> list:
    return sorted([*(ROOT / "examples").rglob("*.chasi"), *(ROOT / "stdlib").rglob("*.chasi")])


def case_queries_are_read(folder):
    sample = examples() + [ROOT / "compiler/syntax/cases/good/all.chasi"]
    wanted = {"highlights", "folds", "indents", "injections", "locals", "tags"}
    queries = sorted(QUERIES.glob("*.scm"))
    problems = [f"queries/{q.name} finds nothing" for q in queries if not treesitter.captures(q, sample)]
    return problems + [f"there is no queries/{name}.scm" for name in wanted - {q.stem for q in queries}]


def case_colours_are_the_expected_ones(folder):
    problems, checked = [], 0
    for path in sorted((PACKAGE / "test" / "highlight").glob("*.chasi")):
        colours = {}
        for _, pattern, row, column, end_row, end_column, name in treesitter.captures(QUERIES / "highlights.scm", [path]):
            if end_row == row:  # the innermost node counts, and of its patterns the last; captures come in this order but for the patterns
                for at in range(column, end_column):
                    size, before, _ = colours.get((row, at), (10**6, -1, ""))
                    if end_column - column < size or (end_column - column == size and pattern > before):
                        colours[row, at] = (end_column - column, pattern, name)
        for row, column, name, wanted in treesitter.expectations(path):
            checked += 1
            got = colours.get((row, column), (0, 0, "nothing"))[2]
            if (got == name) != wanted:
                problems.append(f"{path.name}:{row + 1}:{column + 1}: {'' if wanted else 'not '}{name} is wanted, and it is {got}")
    return problems + ([] if checked > 300 else [f"only {checked} places were checked"])


def case_outline_lists_what_is_declared(folder):
    file = folder / "case.chasi"
    file.write_text('kind k { f: Int }\nk "a-${x}" { k b { } }\nk c { }\nfn g() -> Int = 1\nlet h = 1\ntype T = Int\npolicy "p" {\n}\n')
    found = treesitter.captures(QUERIES / "tags.scm", [file])
    lines = file.read_text().splitlines()
    names = [lines[row][column:end] for _, _, row, column, _, end, name in found if name == "name"]
    wanted = {"k", "f", "a-", "b", "c", "g", "h", "T", "p", "Int"}
    return [] if set(names) == wanted else [f"names in the outline are {sorted(set(names))}"]


def case_colours_know_every_word_and_builtin(folder):
    text = re.sub(r"^;.*", "", (QUERIES / "highlights.scm").read_text(), flags=re.M)
    lists = dict(re.findall(r"\(#any-of\? @([\w.]+)\s+([^)]*)\)", text))
    rest = re.sub(r"\(#[^)]*\)", "", text)
    words, signs = set(re.findall(r'"(\w+)"', rest)), set(re.findall(r'"([^\w\s"]+)"', rest)) - {"{", "}", "(", ")", "[", "]", ",", "${"}
    problems = grammar.compare("highlights.scm", words, set(grammar.keywords()) - set(grammar.constants()))
    problems += grammar.compare("highlights.scm", signs, set(grammar.operators()))
    problems += grammar.compare("function.builtin", set(re.findall(r'"(\w+)"', lists.get("function.builtin", ""))), set(grammar.builtin_functions()))
    for pattern in re.findall(r"\(#any-of\? @type.builtin\s+([^)]*)\)", text):
        problems += grammar.compare("type.builtin", set(re.findall(r'"(\w+)"', pattern)), set(grammar.builtin_types()))
    return problems


NEOVIM = """
vim.opt.runtimepath:append('FOLDER')
vim.cmd('edit SAMPLE')
local said = {}
local ok, trouble = pcall(function()
  local parser = vim.treesitter.get_parser(0, 'chasi')
  local root = parser:parse()[1]:root()
  if root:has_error() then table.insert(said, 'the sample has a mistake') end
  for _, name in ipairs { 'highlights', 'folds', 'indents', 'injections', 'locals', 'tags' } do
    local found, query = 0, (vim.treesitter.query.get or vim.treesitter.get_query)('chasi', name)
    for _ in query:iter_captures(root, 0, 0, -1) do found = found + 1 end
    if found == 0 then table.insert(said, name .. ' finds nothing') end
  end
  vim.treesitter.highlighter.new(parser)
end)
if not ok then table.insert(said, tostring(trouble)) end
vim.fn.writefile(said, 'FOLDER/said')
vim.cmd('qa!')
"""


def case_neovim_reads_them(folder):
    neovim = shutil.which("nvim")
    if not neovim:
        raise Skip("no `nvim`: that Neovim reads the parser and the queries was not tried")
    treesitter.shared_library(folder / "parser" / "chasi.so")
    shutil.copytree(QUERIES, folder / "queries" / "chasi")
    script = NEOVIM.replace("FOLDER", str(folder)).replace("SAMPLE", str(ROOT / "compiler/syntax/cases/good/all.chasi"))
    (folder / "script.lua").write_text(script)
    done = subprocess.run([neovim, "--headless", "--clean", "-n", "-c", f"luafile {folder / 'script.lua'}"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, env=dict(os.environ, HOME=str(folder), XDG_STATE_HOME=str(folder)))
    if not (folder / "said").exists():
        return [f"Neovim ended with {done.returncode}: {done.stdout}{done.stderr}"]
    return (folder / "said").read_text().splitlines()


# --- indentation -----------------------------------------------------------------------------------------------------------


def levels(nodes: list, row: int, column: int) -> int:
    """How far in a line stands by the captures around its first token, the innermost first: once a row, as Neovim counts."""
    level, counted = 0, set()
    for (first_row, first_column, last_row, last_column), names in nodes:
        if first_row in counted or not (first_row, first_column) <= (row, column) < (last_row, last_column):
            continue
        step = -1 if "indent.branch" in names and first_row == row else 0
        if not step and "indent.begin" in names and row != first_row != last_row:
            step = 1
        if step:
            level += step
            counted.add(first_row)
    return level


def wrong_lines(text: str, nodes: dict) -> tuple:
    """(how many lines there are, those that stand elsewhere than the captures say)"""
    size = lambda place: (place[2] - place[0], place[3] - place[1] if place[0] == place[2] else 0, -place[0], -place[1])  # noqa: E731
    ordered = sorted(nodes.items(), key=lambda entry: size(entry[0]))
    ignored = {r for (first, _, last, _), names in ordered if "indent.ignore" in names for r in range(first + 1, last + 1)}
    lines = [(row, line) for row, line in enumerate(text.splitlines()) if line.strip() and row not in ignored]
    wrong = [row for row, line in lines if levels(ordered, row, len(line) - len(line.lstrip())) * 2 != len(line) - len(line.lstrip())]
    return len(lines), wrong


def case_lines_stand_where_the_formatter_puts_them(folder):
    files = examples()
    captured = [{} for _ in files]
    for file, _, *place, name in treesitter.captures(QUERIES / "indents.scm", files):
        captured[file].setdefault(tuple(place), set()).add(name)
    counts = [wrong_lines(f.read_text(), nodes) for f, nodes in zip(files, captured)]
    total, wrong = sum(n for n, _ in counts), sum(len(w) for _, w in counts)
    # The formatter also moves in what stands on the line below `=`, `:` or the `for` of a policy, which brackets do not tell.
    if total < 5000 or wrong > total // 25:
        return [f"{f}: lines {[row + 1 for row in w]}" for f, (_, w) in zip(files, counts) if w] + [f"{wrong} of {total} lines"]
    return []
