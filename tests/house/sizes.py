"""Files and functions stay small enough to be read at one sitting (habits: 150–250 lines a file, 60 a function)."""

import re

LIMIT = 600
FUNCTION_LIMIT = 120
FUNCTION_REPORT = 60


def file_sizes(files: list) -> list:
    return [f"{f.name}: {len(f.lines)} lines, the limit is {LIMIT}" for f in files if f.is_code and len(f.lines) > LIMIT]


def function_sizes(files: list) -> list:
    return [f"{name}:{line}: a function of {length} lines, the limit is {FUNCTION_LIMIT}"
            for name, line, length in functions(files) if length > FUNCTION_LIMIT]


def long_functions(files: list) -> list:
    found = [f for f in functions(files) if f[2] > FUNCTION_REPORT]
    return [f"note: {name}:{line}: a function of {length} lines (aim: {FUNCTION_REPORT})"
            for name, line, length in sorted(found, key=lambda f: -f[2])]


def functions(files: list) -> list:
    """Name, first line and length of each function body, told by the layout that clang-format gives."""
    found = []
    head = re.compile(r"^( {0,4})[A-Za-z~].*[)\w] (?:const |noexcept |override )*\{$")
    other = re.compile(r"^\s*(namespace|struct|class|enum|union|extern|switch|for|if|else|while|do|return|try|case)\b")
    for f in files:
        if not f.is_code:
            continue
        closing, begin = None, 0
        for number, line in enumerate(f.lines, 1):
            if closing is None:
                match = head.match(line)
                if match and "(" in line and not other.match(line):
                    closing, begin = match.group(1) + "}", number
            elif line.rstrip(";,)") == closing or line == closing:
                found.append((f.name, begin, number - begin + 1))
                closing = None
    return found


ALL = [file_sizes, function_sizes]
