"""Names that notebook code looks up when it runs: a table."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from maze_nb.magics.names_behind import names_behind

# The notebook, what a cell reads, what is behind that, and why.
ROWS = [
    ("k = 1", "k", "", "a plain value has no code"),
    ("def f(): return k", "f", "k", "a function's global"),
    ("def f(): return len(k)", "f", "k", "built-ins are not listed"),
    ("def f(): return g()\ndef g(): return k", "f", "g k", "through two functions"),
    ("def f(): return g()", "f", "g", "a name that is not there yet"),
    ("def f(): return f()", "f", "f", "recursion ends"),
    ("f = lambda: (lambda: k)", "f", "k", "code inside code"),
    ("def f(): return [k for _ in 'a']", "f", "k", "a comprehension"),
    ("class C:\n    def m(self): return k", "C", "k", "a method"),
    ("class C:\n    @staticmethod\n    def m(): return k", "C", "k", "a static method"),
    ("class C:\n    @property\n    def m(self): return k", "C", "k", "a property"),
    ("class B:\n    def m(self): return k\nclass C(B): pass", "C", "k", "an inherited method"),
    ("class C:\n    def m(self): return k\nc = C()", "c", "k", "an instance"),
    ("class C:\n    def m(self): return k\nf = C().m", "f", "k", "a bound method"),
    ("def g(): return k\nf = functools.partial(g)", "f", "k", "a partial"),
    ("@functools.cache\ndef f(): return k", "f", "k", "a wrapped function"),
    ("def d(g): return lambda: g()\n@d\ndef f(): return k", "f", "k", "a closure"),
    ("f = functools.cache", "f", "", "code of an installed package looks elsewhere"),
    ("", "f", "", "a name that does not exist"),
]


@pytest.mark.parametrize(("source", "read", "behind", "why"), ROWS)
def test_names_behind(source, read, behind, why):
    namespace: dict[str, Any] = {"__name__": "__main__", "functools": functools}
    exec(source, namespace)
    assert names_behind([read], namespace) == set(behind.split()), why
