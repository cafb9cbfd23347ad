"""What is to be done where a text is no YAML."""

from __future__ import annotations

import yaml

_FLOW = ("expected ',' or '}'", "expected ',' or ']'")
_SPACES = "indent by spaces, not by tabs"
_NO_BEGIN = "@`%"


def remedy(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return what is wrong at the place of an error, and what to do."""
    problem, mark = str(error.problem or ""), error.problem_mark or error.context_mark
    lines = text.split("\n")
    number = mark.line if mark is not None else 0
    line = lines[number] if number < len(lines) else ""
    letter = line[mark.column : mark.column + 1] if mark is not None else ""
    begun = error.context_mark.line + 1 if error.context_mark is not None else 1
    what, how = problem, "check the indentation of this line, and the quotes and brackets before it"
    if "cannot start any token" in problem and letter == "\t":
        what, how = "there is a tab", _SPACES
    elif "cannot start any token" in problem and letter in _NO_BEGIN:
        what, how = f"no text begins with {letter!r}", "put quotes to it"
    elif "mapping values are not allowed" in problem:
        what, how = "there is a ':' too much", "put quotes to the text, or check the indentation"
    elif "${" in line and any(each in problem for each in _FLOW):
        what = "a reference stands in { } or [ ]"
        how = 'put quotes to it, as in {x: "${a.b}"}'
    elif any(each in problem for each in _FLOW):
        what, how = f"what is opened in line {begun} is not closed", "close it, by } or ]"
    elif "end of stream" in problem and "quoted" in str(error.context):
        what, how = f"the quotes of line {begun} are not closed", "close them"
    elif "alphabetic or numeric" in problem:
        what, how = (
            "a * or & begins what is no name",
            "put quotes to a text that begins with * or &",
        )
    elif "escape" in problem:
        what = f"{problem} in double quotes"
        how = "put single quotes, in which a \\ is a \\"
    return f"{what}: {how}"
