"""Names in what only IPython reads, or only newer Pythons."""

from __future__ import annotations

from tests.unit.dataflow.cases.case import Case

# fmt: off
# IPython syntax
IPYTHON = [
    Case("!ls", "", "", "a shell command"),
    Case("!ls {folder} $name",
         "", "", "names that IPython fills in if they exist", soft="folder name"),
    Case("!echo $$HOME", "", "", "a doubled dollar is left to the shell"),
    Case("!awk '{print $1}' f", "", "", "braces that are no Python"),
    Case("!ls {a[i]}", "", "", "an expression to fill in", soft="a i"),
    Case("x = 1\n!echo {x}", "", "x", "an own name in a shell command"),
    Case("files = !ls {folder}", "", "files", "the output of a shell command", soft="folder"),
    Case("%matplotlib inline\nx = y", "y", "x", "a line magic"),
    Case("x = %env HOME", "", "x", "the value of a line magic"),
    Case("x?", "", "", "help"),
    Case("x??\ny = z", "z", "y", "help with source, then code"),
    Case("%%timeit\nx = y", "", "", "a cell magic hides what is in it"),
    Case("if a:\n    !ls\n    %pwd", "a", "", "indented IPython syntax"),
    Case("%%bash\necho $x", "", "", "a cell of another language"),
    Case("!pip install {pkg}", "", "", "a name in a command", soft="pkg"),
    Case("files = !ls\nlen(files)", "", "files", "the output of a command, used"),
    Case("?x", "", "", "help in front"),
    Case("x = %time f()", "", "x", "code in the line of a magic cannot be seen"),
    Case("%time y = x", "", "", "nor what it assigns"),
    Case("!ls | grep $pat > {out}", "", "", "two kinds of names in one command", soft="out pat"),
    Case("%load_ext a\n%autoreload 2\nx = 1", "", "x", "several magics"),
    Case("!!ls {folder}", "", "", "the form that gives its output back", soft="folder"),
    Case("for f in files:\n    !cat {f}", "files", "f", "a command in a loop", maybe="f"),
    Case("def g(p):\n    !cat {p}", "", "g", "a command that uses a parameter"),
]


# Syntax of newer Pythons
NEWER = [
    Case("type A = list[T]",
         "T", "A", "the value of an alias is read when asked for", since=(3, 12)),
    Case("type A = list[T]\nT = int", "", "A T", "so it may be made later", since=(3, 12)),
    Case("type A[T] = list[T]", "", "A", "type parameters of an alias are its own", since=(3, 12)),
    Case("def f[T](x: T) -> T: return x", "", "f", "type parameters of a function", since=(3, 12)),
    Case("def f[T: B](x: T): pass",
         "B", "f", "the bound of a type parameter is read", since=(3, 12)),
    Case("def f[T](x: U = d) -> T: return T",
         "U d", "f", "what is not a type parameter is read", since=(3, 12)),
    Case("class C[T](B[T]):\n    x: T", "B", "C", "type parameters of a class", since=(3, 12)),
    Case("class C:\n    x = 1\n    def m[T](self, a: x): return x",
         "x", "C", "annotation sees class", since=(3, 12)),
    Case("f'{d['k']}'", "d", "", "f-strings with the same quotes inside", since=(3, 12)),
    Case("type A[*Ts, **P] = tuple[*Ts]", "", "A", "every kind of type parameter", since=(3, 12)),
    Case("class C[T: (B, D)]: pass", "B D", "C", "constraints of a type parameter", since=(3, 12)),
    Case("def f[T](x: T = d): pass", "d", "f", "a default next to a type parameter", since=(3, 12)),
    Case("type A = B\nprint(A.__value__)",
         "B", "A", "an alias that is asked for its value", since=(3, 12)),
    Case("class C:\n    type A = x\n    x = 1",
         "x", "C", "an alias in a class sees the body", since=(3, 12)),
    Case("def f():\n    type A = x", "x", "f", "an alias in a function", since=(3, 12)),
    Case("@d\nclass C[T]:\n    def m(self) -> T: return y",
         "d y", "C", "a decorated generic class", since=(3, 12)),
    Case("def f[T = D](x: T): pass", "D", "f", "the default of a type parameter", since=(3, 13)),
    Case("async def f[T](x: T) -> list[T]: return [x async for x in y]",
         "y", "f", "an async generic function", since=(3, 12)),
    Case('f"{x!r:{\'>\'}{w}}"', "w x", "", "quotes inside of a format", since=(3, 12)),
]
