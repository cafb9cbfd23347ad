"""What words in a file mean, as YAML 1.2 and JSON have it: ``no`` is a text, ``1e-3`` a number."""

from __future__ import annotations

import re
from typing import Any

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)\Z")
_NAN = re.compile(r"\.(nan|NaN|NAN)\Z")
_MOST_DIGITS = 300


def meaning_of(word: str) -> Any:
    """Return what a word without quotes means.

    Examples
    --------
    >>> [meaning_of(word) for word in ("1", "1e-3", "no", "true", "~", "1..5", "0x1f")]
    [1, 0.001, 'no', True, None, '1..5', 31]
    """
    if word in _WORDS:
        return _WORDS[word]
    if len(word) > _MOST_DIGITS:
        return word
    if _INT.match(word):
        return int(word)
    if _BASED.match(word):
        return int(word, 0)
    if _FLOAT.match(word):
        return float(word)
    if found := _INFINITE.match(word):
        return float(f"{found[1]}inf")
    return float("nan") if _NAN.match(word) else word
