"""Brings trees of tree-sitter and the compiler's dumps to one form, so that the two can be compared: nested lists of node names.

What a tree of tree-sitter does not show is left out on both sides: the text of leaves, `=` or `+=`, `.` or `?.`, flags.
"""

import re

SAME = {
    "source_file": "File", "import": "Import", "param": "Param", "let": "Let", "function": "Fn", "parameter": "FnParam",
    "type_parameters": "TypeParams", "type_declaration": "TypeDecl", "schema": "Schema", "kind": "Kind", "parent": "Extends",
    "schema_body": "SchemaBody", "field": "Field", "deprecated": "Deprecated", "check": "Check", "nested": "Nested", "lower": "Lower",
    "declaration": "Declaration", "override": "Override", "set": "SetParam", "extends": "Layer", "for_item": "For", "guard": "Guard",
    "item_body": "Body", "member_body": "Body", "policy": "Policy", "policy_for": "PolicyFor", "deny": "Deny", "warn": "Warn",
    "except": "Except", "test": "Test", "with": "With", "assert": "Assert", "expect": "Expect", "snapshot": "Snapshot", "block": "Block",
    "assignment": "Assign", "member_block": "Sub", "nested_declaration": "Inner", "override_member": "Override", "unset": "Unset",
    "spread": "Spread", "named_type": "NamedType", "cast_type": "NamedType", "optional_type": "OptionalType", "union_type": "UnionType",
    "literal_type": "LiteralType", "function_type": "FnType", "negative": "Unary", "dotted_name": "DottedName", "lambda": "Lambda",
    "lambda_parameter": "LambdaParam", "member_expression": "Member", "index_expression": "Index", "call_expression": "Call",
    "named_argument": "NamedArg", "amend_expression": "Amend", "cast_expression": "As", "unary_expression": "Unary",
    "binary_expression": "Binary", "parenthesized_expression": "Paren", "list": "List", "for_element": "ForEntry",
    "if_element": "IfEntry", "match_expression": "Match", "match_arm": "MatchArm", "otherwise": "Else", "binding": "MatchBind",
    "integer": "IntLit", "float": "FloatLit", "quantity": "QuantityLit", "boolean": "BoolLit", "value_body": "BodyExpr",
    "interpolation": "Interp",
}
# Their children count as children of the node around them.
OPEN = {"parameters", "lambda_parameters", "arguments", "type_arguments", "policy_body", "test_body", "match_body", "policy_variable",
        "parenthesized_type"}
CHOICES = {"if_item": "If", "if_member": "If", "if_expression": "IfExpr"}
TEXTS = {"string", "multiline_string", "raw_string"}
COMMENTS = {"line_comment", "block_comment", "doc_comment", "hash_bang"}
# In these fields an identifier is a name that is given or chosen, and a block belongs to what stands before it.
NAMES = {"name", "member", "alias", "kind", "variable", "code", "base"}
BLOCKS = {"body", "changes", "parameters"}


def read(tree: str) -> list:
    """(field, node, children) of an S-expression."""
    stack, field = [("", "", [])], ""
    for label, opening, closing in re.findall(r"(\w+):|\((\w+)|(\))", tree):
        if label:
            field = label
        elif opening:
            stack.append((field, opening, []))
            field = ""
        elif closing:
            node = stack.pop()
            stack[-1][2].append(node)
    return stack[0][2][0]


def of_tree(field: str, node: str, children: list, around: str = "") -> list:
    """The node in the compiler's words: a list of lists, since some stand for none or several."""
    if node in COMMENTS:
        return []
    if node == "identifier":
        return [["Name" if field in NAMES or around in ("dotted_name", "type_parameters") else "NameExpr"]]
    if node == "edition":
        return [["Edition"]]
    if node in TEXTS:
        return [["String", *text(children)]]
    inner = [part for child in children for part in of_tree(*child, around=node)]
    if node in CHOICES:
        return [choice(CHOICES[node], inner)]
    if node in OPEN:
        return inner
    if node == "for_member":
        return [["For" if inner[-1][0] == "Body" else "ForEntry", *inner]]
    if node == "block" and field not in BLOCKS:
        return [["BlockLit", ["Block", *inner]]]
    if any(child[1] == "refinement" for child in children):
        at = next(i for i, part in enumerate(inner) if part[0] == "refinement")
        inner[at - 1:at + 1] = [["RefinedType", inner[at - 1], *inner[at][1:]]]
    return [[SAME.get(node, node), *inner]]


def text(children: list) -> list:
    """Text and its escapes are one piece to the compiler."""
    parts = []
    for child in children:
        part = ["StringText"] if child[1] in ("string_content", "escape_sequence") else of_tree(*child)[0]
        if part != ["StringText"] or parts[-1:] != [part]:
            parts.append(part)
    return parts


def choice(name: str, parts: list) -> list:
    """`else if` is one inside the other to the compiler."""
    return [name, *parts[:2], *(parts[2:] if len(parts) < 4 else [choice(name, parts[2:])])]


def of_dump(dump: str) -> list:
    """A golden file of compiler/syntax/cases: two spaces a level, the name first."""
    alike = {"Append": "Assign", "OptMember": "Member"}
    stack = [[]]
    for line in dump.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name = re.match(r"\w+", line.lstrip())[0]
        node = [alike.get(name, name)]
        del stack[depth + 1:]
        stack[-1].append(node)
        stack.append(node)
    return stack[0][0]


def lines(node: list, depth: int = 0) -> list:
    """One node a line, to show where two differ."""
    return ["  " * depth + node[0]] + [line for child in node[1:] for line in lines(child, depth + 1)]
