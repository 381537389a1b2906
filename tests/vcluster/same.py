"""Lists of objects as JSON values: 1 and 1.0 are the same number, the order of keys says nothing, the order of lists does."""

import base64
import difflib
import json


def short(value) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 160 else text[:160] + "…"


def is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def differences(want, got, path: str = "") -> list:
    if type(want) is not type(got) and not (is_number(want) and is_number(got)):
        return [f"{path}: expected {short(want)}, got {short(got)}"]
    if isinstance(want, dict):
        found = [f"{path}.{k}: missing, expected {short(v)}" for k, v in want.items() if k not in got]
        found += [f"{path}.{k}: too much: {short(v)}" for k, v in got.items() if k not in want]
        return found + [d for k in want if k in got for d in differences(want[k], got[k], f"{path}.{k}")]
    if isinstance(want, list):
        found = [] if len(want) == len(got) else [f"{path}: {len(want)} elements expected, got {len(got)}"]
        return found + [d for i, (a, b) in enumerate(zip(want, got)) for d in differences(a, b, f"{path}[{i}]")]
    if want == got:
        return []
    if path.endswith(".data.config.yaml"):
        texts = [base64.b64decode(t).decode().splitlines() for t in (want, got)]
        return [path, *difflib.unified_diff(*texts, lineterm="", n=1)]
    return [f"{path}: expected {short(want)}, got {short(got)}"]
