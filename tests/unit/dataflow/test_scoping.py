"""Which names a cell reads and writes, by Python's scopes: a table of cells."""

from __future__ import annotations

import builtins
import sys

import pytest

from maze_nb.dataflow import analyse_cell

# The cell, the names it reads, the names it writes, and why the row is here.
ASSIGNMENT = [
    ("", "", "", "an empty cell has no names"),
    ("# only words", "", "", "comments have no names"),
    ('"""words"""', "", "", "a docstring has no names"),
    ("x = 1", "", "x", "the plainest write"),
    ("x", "x", "", "the plainest read"),
    ("x = y", "y", "x", "right side is read, left side written"),
    ("x = x", "x", "x", "the right side is read before the left side is written"),
    ("x = 1\ny = x", "", "x y", "a name the cell made itself is not read from outside"),
    ("y = x\nx = 1", "x", "x y", "read before the cell makes it"),
    ("a = b = c", "c", "a b", "chained targets"),
    ("a, b = c", "c", "a b", "tuple target"),
    ("[a, b] = c", "c", "a b", "list target"),
    ("(a, (b, c)) = d", "d", "a b c", "nested target"),
    ("a, *b = c", "c", "a b", "star target"),
    ("x = y = x", "x", "x y", "chained targets after one read"),
    ("x += 1", "x", "x", "augmented assignment reads what it changes"),
    ("x = 1\nx += y", "y", "x", "augmented assignment of an own name"),
    ("x: int = 1", "", "x", "annotated assignment"),
    ("x: T = y", "T y", "x", "a module-level annotation is evaluated"),
    ("x: int", "", "", "an annotation alone binds nothing"),
    ("x: T", "T", "", "but it is evaluated"),
    ("from __future__ import annotations\nx: T = 1", "", "annotations x", "lazy annotations"),
    ("x: 'T' = 1", "", "x", "an annotation in quotes is only text"),
    ("(x := y)", "y", "x", "walrus at top level"),
    ("print(x := 1, x)", "", "x", "walrus before its use in the same call"),
    ("print(x, x := 1)", "x", "x", "walrus after its use in the same call"),
    ("{(k := a): k}", "a", "k", "a dict's key is evaluated before its value"),
    ("f'{x!r:{width}}'", "x width", "", "f-string with a nested format"),
    ("f'{(y := x)}'", "x", "y", "walrus in an f-string"),
    ("'{x}'", "", "", "plain text is not an f-string"),
    ("x[i:j, ::k]", "x i j k", "", "slices are read"),
    ("f(*a, **b)", "f a b", "", "unpacked arguments"),
    ("f(name=a)", "f a", "", "a keyword is no name, its value is"),
    ("{**a, 'k': b}", "a b", "", "unpacked dict"),
    ("x.y.z", "x", "", "attributes are not names"),
    ("x = len(y)", "y", "x", "built-ins are not read"),
    ("len = 3\nlen", "", "len", "a built-in the cell shadows is its own"),
    ("print(__name__, __file__)", "", "", "names every module has are not read"),
    ("await f()", "f", "", "top-level await"),
    ("async for x in y: pass", "y", "x", "top-level async for"),
    ("async with a as b: pass", "a", "b", "top-level async with"),
    ("x = [await f(i) for i in y]", "f y", "x", "await in a comprehension"),
    ("assert x, y", "x y", "", "assert reads the test and the message"),
    ("raise x from y", "x y", "", "raise reads the error and its cause"),
    ("global x\nx = 1", "", "x", "`global` at top level changes nothing"),
    ("x = 1; y = x; z = w", "w", "x y z", "several statements on a line"),
    ("x = (yield_ := a) + yield_", "a", "x yield_", "binary operands go from left to right"),
    ("ä = ö", "ö", "ä", "names outside ASCII"),
    ("ﬁ = 1\nprint(fi)", "", "fi", "Python folds compatible characters (NFKC)"),
    ("pass\n...", "", "", "statements without names"),
    ("x = yield_ if c else d", "yield_ c d", "x", "all parts of a conditional expression"),
    ("a < b < c", "a b c", "", "chained comparison"),
    ("not a or b and -c", "a b c", "", "boolean operators"),
    ("a @ b // c", "a b c", "", "binary operators"),
]

PRIVATE = [
    ("_x = 1", "", "", "names with an underscore are private to the cell"),
    ("_x = 1\ny = _x", "", "y", "and can be used in it"),
    ("_, b = c", "c", "b", "the throw-away name"),
    ("for _ in range(3): x = 1", "", "x", "a throw-away loop name"),
    ("y = _x", "", "y", "a private name of somebody else is no read"),
    ("def _f(): return x\ny = _f()", "x", "y", "a private function still reads"),
    ("__x = 1\n__x__ = 2", "", "", "two underscores are private too"),
]

FUNCTIONS = [
    ("def f(): pass", "", "f", "a definition is a write"),
    ("def f(): return x", "x", "f", "a free name is read from outside"),
    ("def f(x): return x", "", "f", "a parameter is local"),
    ("def f(a, /, b, *c, d, **e): return a, b, c, d, e", "", "f", "every kind of parameter"),
    ("def f(a=x): return a", "x", "f", "a default is evaluated at once"),
    ("def f(*, a=x): return a", "x", "f", "a keyword-only default too"),
    ("def f(x=x): return x", "x", "f", "a default of the same name as the parameter"),
    ("def f():\n    x = 1\n    return x", "", "f", "an assigned name is local"),
    ("def f():\n    print(x)\n    x = 1", "", "f", "local all through, even before assignment"),
    ("def f():\n    if a:\n        x = 1\n    return x", "a", "f", "local on every path"),
    ("def f():\n    for x in y: pass\n    return x", "y", "f", "a loop name is local"),
    ("def f():\n    with a as x: pass\n    return x", "a", "f", "a with name is local"),
    ("def f():\n    import x\n    return x", "", "f", "an import is local"),
    ("def f():\n    try: pass\n    except E as x: pass\n    return x", "E", "f", "except name"),
    ("def f():\n    del x", "", "f", "`del` makes a name local"),
    ("def f():\n    x: int\n    return x", "", "f", "a bare annotation makes a name local"),
    ("def f():\n    x: T = 1", "", "f", "local annotations are never evaluated"),
    ("def f():\n    (x := 1)\n    return x", "", "f", "walrus binds in the function"),
    ("def f():\n    [x := 1 for _ in y]\n    return x", "y", "f", "and out of a comprehension"),
    ("def f():\n    x += 1", "", "f", "augmented assignment makes a name local"),
    ("def f():\n    match a:\n        case [x, *y]: return x, y", "a", "f", "captures are local"),
    ("def f():\n    match a:\n        case {'k': 1, **x}: return x", "a", "f", "mapping rest"),
    ("def f():\n    x[0] = 1", "x", "f", "an item assignment does not make a name local"),
    ("def f():\n    global x\n    x = 1", "", "f x", "`global` writes a name of the cell"),
    ("def f():\n    global x\n    x += 1", "x", "f x", "`global` with a read first"),
    ("def f():\n    global x\n    x = 1\n    return x", "", "f x", "`global` written, then read"),
    ("def f():\n    global x\n    return x", "x", "f", "`global` that is only read"),
    ("def f():\n    global x\n    def g(): return x", "x", "f", "`global` reaches inner functions"),
    ("def f():\n    x = 1\n    def g(): return x", "", "f", "a free name of an outer function"),
    ("def f():\n    def g(): return x", "x", "f", "free through two functions"),
    (
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2",
        "",
        "f",
        "`nonlocal` stays inside",
    ),
    (
        "def f():\n    x = 1\n    def g():\n        global x\n        return x",
        "x",
        "f",
        "an inner `global` passes the outer local by",
    ),
    ("def f(): return f()", "", "f", "a recursive function knows itself"),
    ("def f(): return g()\ndef g(): return x", "x", "f g", "defined later, called never"),
    ("def f(): return x\nx = 1\nf()", "", "f x", "called after the name is made"),
    ("def f(): return x\nf()\nx = 1", "x", "f x", "called before the name is made"),
    ("def f(): return g()\nf()\ndef g(): return 1", "g", "f g", "calls a function not yet made"),
    ("def f(): return g()\ndef g(): return x\nx = 1\nf()", "", "f g x", "through two calls"),
    ("def f(): return g()\ndef g(): return x\nf()\nx = 1", "x", "f g x", "two calls, too early"),
    ("def f(): return g()\ndef g(): return f()\nf()", "", "f g", "mutual recursion ends"),
    ("def f(): return x\ng = f\nx = 1", "x", "f g x", "an alias might be called at once"),
    ("def f(): return x\nx = 1", "", "f x", "not called: what it reads is there in the end"),
    ("def f(): return x\nif c: x = 1", "c x", "f x", "not sure to be there in the end"),
    ("@d\ndef f(): return x\nx = 1", "d x", "f x", "a decorator may call what it gets"),
    ("@d(a)\ndef f(): pass", "d a", "f", "arguments of a decorator are read"),
    ("def f(a: T) -> U: pass", "T U", "f", "annotations are evaluated at definition"),
    ("def f(*a: T, **b: U): pass", "T U", "f", "also those of star parameters"),
    (
        "from __future__ import annotations\ndef f(a: T) -> U: pass",
        "",
        "annotations f",
        "unless they are lazy",
    ),
    ("async def f():\n    await x\n    async for i in y: pass", "x y", "f", "async functions"),
    ("def f():\n    yield x\n    yield from y", "x y", "f", "generators"),
    ("def f():\n    return 1\n    return x", "", "f", "code behind a return is never reached"),
    ("def f():\n    class C:\n        y = x", "x", "f", "a class in a function"),
    ("def f(x):\n    class C:\n        y = x", "", "f", "a class sees the function's names"),
    ("def f(x):\n    class C:\n        x = x", "x", "f", "a class's own name skips the function"),
    ("lambda: x", "x", "", "a lambda's free name"),
    ("lambda x, *y: (x, y)", "", "", "a lambda's parameters"),
    ("lambda x=y: x", "y", "", "a lambda's default"),
    ("f = lambda: x\nx = 1\nf()", "", "f x", "a named lambda counts where it is called"),
    ("f = lambda: x\nf()\nx = 1", "x", "f x", "and here too early"),
    ("call(lambda: x)\nx = 1", "call x", "x", "a lambda given away may be called at once"),
    ("f, g = lambda: x, 1\nx = 1", "x", "f g x", "a lambda in a tuple may be, too"),
    ("d['f'] = lambda: x\nx = 1", "d x", "x", "a lambda put away may be, too"),
    ("lambda: (y := x)", "x", "", "walrus binds inside the lambda"),
    ("def f(): return g\nh = lambda: f()\nh()\ng = 1", "g", "f g h", "a lambda that calls on"),
]

CLASSES = [
    ("class C: pass", "", "C", "a class is a write"),
    ("class C(B, metaclass=M): pass", "B M", "C", "bases and keywords are read"),
    ("class C:\n    x = y", "y", "C", "the body runs at once; its names are its own"),
    ("class C:\n    x = 1\n    y = x", "", "C", "an own name in the body"),
    ("class C:\n    x = x", "x", "C", "from outside before its own"),
    ("class C:\n    if a: x = 1\n    y = x", "a x", "C", "perhaps its own, perhaps from outside"),
    ("class C:\n    x = 1\n    del x\n    y = x", "", "C", "deleted: would fail, reads nothing"),
    ("class C:\n    x = 1\n    def m(self): return x", "x", "C", "methods do not see the body"),
    ("class C:\n    def m(self): return self.x", "", "C", "attributes of self are no names"),
    ("class C:\n    def m(self): return y", "y", "C", "what a method reads"),
    ("class C:\n    def m(self): return y\ny = 1\nC().m()", "", "C y", "method called in time"),
    ("class C:\n    def m(self): return y\nC().m()\ny = 1", "y", "C y", "method called too early"),
    ("class C:\n    x = 1\n    y = [x for _ in z]", "x z", "C", "nor do comprehensions"),
    ("class C:\n    x = 1\n    y = [i for i in x]", "", "C", "but their first iterable does"),
    ("class C:\n    x = 1\n    f = lambda: x", "x", "C", "nor do lambdas"),
    ("class C:\n    global x\n    x = 1", "", "C x", "`global` in a class"),
    ("class C:\n    class D:\n        x = y", "y", "C", "nested class"),
    ("class C:\n    x = 1\n    class D:\n        y = x", "x", "C", "hidden from a nested class"),
    ("@d\nclass C:\n    def m(self): return y\ny = 1", "d y", "C y", "a decorator may use methods"),
    ("class C:\n    @property\n    def p(self): return 1", "", "C", "a built-in decorator"),
    ("class C:\n    x: T = 1", "T", "C", "class annotations are evaluated"),
    ("class C:\n    x: T", "T", "C", "even without a value"),
    ("class C:\n    def m(self) -> C: pass", "C", "C", "its own name is not there yet"),
    ("class C:\n    def m(self): return C()", "", "C", "but it is when a method is called"),
    ("class C:\n    def f(): return x\n    y = f()\nx = 1", "x", "C x", "called in the body"),
    ("class C:\n    m = __qualname__, __module__", "", "C", "names every class body has"),
    ("class C:\n    def m(self): return __class__, super()", "", "C", "names every method has"),
    ("class C:\n    import x\n    y = x", "", "C", "an import in a class is its own"),
    ("class C:\n    for i in a: pass\n    b = i", "a i", "C", "a class loop may not run"),
]

COMPREHENSIONS = [
    ("[x for x in y]", "y", "", "its target is its own"),
    ("{x: k for x in y}", "y k", "", "dict comprehension"),
    ("{x for x in y}", "y", "", "set comprehension"),
    ("list(x for x in y)", "y", "", "generator expression"),
    ("[x for x in x]", "x", "", "the first iterable is evaluated outside"),
    ("[x for y in z for x in y]", "z", "", "a later iterable sees earlier targets"),
    ("[y for x in z for y in y]", "z", "", "a later iterable is evaluated inside"),
    ("[x for x, (y, *w) in z if y if w]", "z", "", "unpacked targets and several tests"),
    ("[a for a in b if c]", "b c", "", "a free name in a test"),
    ("[(k := x) for x in y]", "y", "k", "walrus binds outside the comprehension"),
    ("[(k := x) for x in y]\nk", "y k", "k", "which may not have run at all"),
    ("[k for x in y if (k := x)]", "y", "k", "walrus in a test comes before the element"),
    ("[[(k := x) for x in r] for r in y]", "y", "k", "walrus out of two comprehensions"),
    ("x = 1\n[x for y in z]", "z", "x", "an own name used in a comprehension"),
    ("[lambda: x for x in y]", "y", "", "a lambda sees the comprehension's names"),
    ("[f(x) async for x in y]", "f y", "", "asynchronous comprehension at top level"),
    ("{k: v for k, v in zip(a, b)}", "a b", "", "built-ins inside"),
    ("[i for i in range(n)]\ni", "n i", "", "a target does not leak"),
]

IMPORTS = [
    ("import a", "", "a", "plain import"),
    ("import a.b.c", "", "a", "a dotted import binds the first part"),
    ("import a.b as c", "", "c", "an alias binds the alias"),
    ("from a import b, c as d", "", "b d", "from-import"),
    ("from . import a", "", "a", "relative import"),
    ("from a import *", "", "", "a star import binds names nobody can know here"),
    ("import a\na.b()", "", "a", "an own import is not read"),
    ("a.b()\nimport a", "a", "a", "used before it is imported"),
    ("import _a", "", "", "a private import"),
]


def rows() -> list[tuple[str, str, str, str]]:
    return [*ASSIGNMENT, *PRIVATE, *FUNCTIONS, *CLASSES, *COMPREHENSIONS, *IMPORTS]


@pytest.mark.parametrize(("cell", "reads", "writes", "why"), rows())
def test_names_follow_python_scoping(cell, reads, writes, why, compiled):
    names = analyse_cell(cell)
    assert names.reads == set(reads.split()), why
    assert names.writes == set(writes.split()), why
    by_compiler = compiled(cell)
    assert names.reads | names.soft_reads <= by_compiler.loaded
    assert names.writes <= by_compiler.stored


NEWER = [
    ("type A = list[T]", "T", "A", "the value of an alias is read when asked for"),
    ("type A = list[T]\nT = int", "", "A T", "so it may be made later"),
    ("type A[T] = list[T]", "", "A", "type parameters of an alias are its own"),
    ("def f[T](x: T) -> T: return x", "", "f", "type parameters of a function"),
    ("def f[T: B](x: T): pass", "B", "f", "the bound of a type parameter is read"),
    ("def f[T](x: U = d) -> T: return T", "U d", "f", "what is not a type parameter is read"),
    ("class C[T](B[T]):\n    x: T", "B", "C", "type parameters of a class"),
    ("class C:\n    x = 1\n    def m[T](self, a: x): return x", "x", "C", "annotation sees class"),
    ("f'{d['k']}'", "d", "", "f-strings with the same quotes inside"),
]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
@pytest.mark.parametrize(("cell", "reads", "writes", "why"), NEWER)
def test_names_of_newer_syntax(cell, reads, writes, why):
    names = analyse_cell(cell)
    assert (names.reads, names.writes) == (set(reads.split()), set(writes.split())), why


def test_every_row_says_why_and_is_there_once():
    cells = [row[0] for row in [*rows(), *NEWER]]
    assert len(cells) == len(set(cells))
    assert all(row[3] for row in rows())


def test_every_builtin_is_a_soft_read_only():
    # A notebook has its own idea of some of them.
    ambient = {"display", "exit", "get_ipython", "quit"}
    words = {name for name in dir(builtins) if not name.startswith("_")}
    for name in words - {"True", "False", "None"} - ambient:
        names = analyse_cell(f"value = {name}")
        assert (names.reads, names.soft_reads) == (frozenset(), {name})
