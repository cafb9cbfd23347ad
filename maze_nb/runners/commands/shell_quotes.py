"""In what quotes the places of a shell's line stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

CODE = "code"
QUOTED = "quoted"
"""In double quotes, or in a text that follows ``<<END``: variables are replaced."""
RAW = "raw"
"""In single quotes, or in a text that follows ``<<'END'``: nothing is replaced."""
COMMENT = "comment"
_HERE = re.compile(r"""<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|(\\?)([^\s;&|<>()'"]+))""")
_WHAT = {"'": RAW, "$'": RAW, '"': QUOTED, "(": CODE, "`": CODE, "": CODE}


def contexts(line: str, places: Sequence[int]) -> list[str]:
    """Return for each of some places, in their order, in what it stands.

    Examples
    --------
    >>> line = '''echo a "b $(c)" 'd' # e'''
    >>> contexts(line, [line.rindex(letter) for letter in "abde"])
    ['code', 'quoted', 'raw', 'comment']
    """
    scan = _Scan(line)
    found = []
    for place in places:
        scan.go_to(place)
        found.append(scan.context)
    return found


class _Scan:
    """Reads a line from its beginning; a place in a comment or a text is reached by its end."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._stack = [""]
        self._pending: list[tuple[str, bool, bool]] = []
        self._past = (0, CODE)

    @property
    def context(self) -> str:
        return _WHAT[self._stack[-1]] if self._at >= self._past[0] else self._past[1]

    def go_to(self, place: int) -> None:
        """Read on to a place."""
        while self._at < place:
            if self._at >= self._past[0]:
                self._step()
                continue
            self._at = min(self._past[0], place)
            if self._at == self._past[0]:
                self._texts()

    def _step(self) -> None:
        line, at, inside = self._line, self._at, self._stack[-1]
        letter = line[at]
        self._at += 1
        if letter == "\\" and inside != "'":
            self._at += 1
        elif inside in ("'", "$'"):
            if letter == "'":
                self._stack.pop()
        elif letter == '"':
            self._toggle('"')
        elif letter == "`":
            self._toggle("`")
        elif line.startswith("$(", at):
            self._at += 1
            self._stack.append("(")
        elif inside != '"':
            self._code(letter, at)

    def _code(self, letter: str, at: int) -> None:
        line = self._line
        if letter == "'":
            self._stack.append("$'" if line[at - 1 : at] == "$" else "'")
        elif letter == "(":
            self._stack.append("(")
        elif letter == ")" and self._stack[-1] == "(":
            self._stack.pop()
        elif letter == "#" and (at == 0 or line[at - 1] in " \t\n;&|("):
            end = line.find("\n", at)
            self._past = (len(line) if end < 0 else end, COMMENT)
        elif letter == "<" and line.startswith("<<", at):
            self._here(at)
        elif letter == "\n":
            self._texts()

    def _toggle(self, quote: str) -> None:
        if self._stack[-1] == quote:
            self._stack.pop()
        else:
            self._stack.append(quote)

    def _here(self, at: int) -> None:
        """Note that a text follows the line."""
        is_word = self._line.startswith("<<<", at)
        found = _HERE.match(self._line, at)
        if is_word or found is None or self._stack[-2:] == ["(", "("]:
            self._at = at + (3 if is_word else 2)
            return
        self._at = found.end()
        ends_with = found[2] or found[3] or found[5]
        self._pending.append((ends_with, bool(found[1]), not found[5] or bool(found[4])))

    def _texts(self) -> None:
        """Go into the next text that was announced, at the beginning of its first line."""
        at_start = self._at > 0 and self._line[self._at - 1 : self._at] == "\n"
        if not self._pending or not at_start or self._at < self._past[0]:
            return
        ends_with, has_tabs, is_raw = self._pending.pop(0)
        end = self._at
        while end < len(self._line):
            stop = self._line.find("\n", end)
            stop = len(self._line) if stop < 0 else stop
            text = self._line[end:stop]
            end = min(stop + 1, len(self._line))
            if (text.lstrip("\t") if has_tabs else text) == ends_with:
                break
        self._past = (end, RAW if is_raw else QUOTED)
