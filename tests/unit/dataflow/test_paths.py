"""Reads and writes where a name is made on some paths only: a table of cells."""

from __future__ import annotations

import pytest

from maze_nb.dataflow import analyse_cell

# The cell, the names it reads, those it writes on every path, those it writes on some, and why.
CONDITIONS = [
    ("if c: x = 1", "c", "", "x", "made on one branch"),
    ("if c: x = 1\nelse: x = 2", "c", "x", "", "made on both branches"),
    ("if c: x = 1\nx", "c x", "", "x", "may be read before it is made"),
    ("if c: x = 1\nelse: x = 2\nx", "c", "x", "", "made on both, so never read from outside"),
    ("if c: x = 1\nelif d: x = 2\nx", "c d x", "", "x", "elif without else"),
    ("if c: x = 1\nelif d: x = 2\nelse: x = 3\nx", "c d", "x", "", "elif with else"),
    ("if c: x = 1\nelse: raise E\nx", "c E", "x", "", "the other branch ends"),
    ("if c:\n    x = 1\n    y = x", "c", "", "x y", "made and used on the same branch"),
    ("if True: x = 1\nx", "", "x", "", "a constant test"),
    ("if False: x = y", "", "", "", "a branch never taken"),
    ("if (x := a): pass\nx", "a", "x", "", "a walrus in a test always runs"),
    ("if a and (x := b): x\nx", "a b x", "", "x", "sure inside the branch, not behind it"),
    ("if not (a and (x := b)): raise E\nx", "a b E", "x", "", "sure behind a guard"),
    ("if a or (x := b): y = x", "a b x", "", "x y", "`or` may stop before the walrus"),
    ("if not (a or (x := b)): x", "a b", "", "x", "`or` that was false ran it all"),
    ("(x := a) and x", "a", "x", "", "`and` has run its first operand"),
    ("a and (x := b)\nx", "a b x", "", "x", "`and` may not run its second"),
    ("(x := 1) if a else 2\nx", "a x", "", "x", "walrus in a conditional expression"),
    ("((x := 1) if a else (x := 2)) + x", "a", "x", "", "walrus on both sides of one"),
    ("a < (x := b)\nx", "a b", "x", "", "the first comparison always runs"),
    ("a < b < (x := c)\nx", "a b c x", "", "x", "the second may not"),
    ("assert (x := a)\nx", "a", "x", "", "behind an assert"),
    ("assert a, (x := b)", "a b", "", "", "the message of an assert runs only to fail"),
    ("if c: del x\nelse: x = 1\nx", "c x", "x", "", "gone or made: nothing stays"),
    ("if c:\n    def f(): return x\nelse:\n    def f(): return y\nf()", "c x y", "f", "", "two fs"),
    ("if c: import x\nelse: x = None\nx", "c", "x", "", "imported on one path"),
    ("raise E\nx = y", "E", "", "", "code behind a raise is never reached"),
]

LOOPS = [
    ("for x in y: pass", "y", "", "x", "a loop over nothing does not make its name"),
    ("for x in y: pass\nx", "y x", "", "x", "so that the name may come from outside"),
    ("for x in [1, 2]: pass\nx", "", "x", "", "a list that is surely not empty"),
    ("for x in (a, b): pass\nx", "a b", "x", "", "a tuple that is surely not empty"),
    ("for x in 'ab': pass\nx", "", "x", "", "text that is surely not empty"),
    ("for x in range(3): pass\nx", "", "x", "", "a range that is surely not empty"),
    ("for x in range(n): pass\nx", "n x", "", "x", "a range that may be empty"),
    ("for x in range(0): pass\nx", "x", "", "x", "a range that is empty"),
    ("for x in [*a]: pass\nx", "a x", "", "x", "a list that may be empty"),
    ("for x, *y in [z]: x, y", "z", "x y", "", "unpacking in a loop"),
    ("for i in a:\n    x = i\nprint(x)", "a x", "", "i x", "made in a loop that may not run"),
    ("for i in a:\n    print(x)\n    x = i", "a x", "", "i x", "from the round before, or outside"),
    ("for i in a: x = 1\nelse: x = 2\nx", "a", "x", "i", "else runs unless the loop breaks"),
    ("for i in a:\n    break\nelse: x = 2\nx", "a x", "", "i x", "a break skips else"),
    ("for i in [1]:\n    x = 1\n    break\nx", "", "i x", "", "made before the break"),
    ("for i in [1]:\n    if c: break\n    x = 1\nx", "c x", "i", "x", "made after a break"),
    ("for i in [1]:\n    if c: continue\n    x = 1\nx", "c x", "i", "x", "made after a continue"),
    ("total = 0\nfor i in a: total += i", "a", "total", "i", "a running total of its own"),
    ("for i in a: total += i", "a total", "", "i total", "a running total of somebody else"),
    ("while c: x = 1", "c", "", "x", "a while loop may not run"),
    ("while c: x = 1\nelse: x = 2\nx", "c", "x", "", "else of a while loop"),
    ("while True:\n    x = 1\n    break\nx", "", "x", "", "an endless loop runs once"),
    ("while True:\n    if c: break\n    x = 1\nx", "c x", "", "x", "left before it is made"),
    ("while True:\n    x = f()\n    if x: break\nx", "f", "x", "", "the read-until loop"),
    ("while True: pass\nx", "", "", "", "an endless loop without break is never left"),
    ("while (x := f()): y = x\nx", "f", "x", "y", "a walrus in the test of a loop"),
    ("n = 3\nwhile n: n -= 1", "", "n", "", "a countdown of its own"),
    ("while n: n -= 1", "n", "", "n", "a countdown of somebody else"),
    ("for a[i] in b: pass", "a b i", "", "", "an item as the target of a loop"),
]

ERRORS_AND_CONTEXTS = [
    ("try: x = f()\nexcept E: pass\nx", "f E x", "", "x", "the body may break off"),
    ("try: x = f()\nexcept E: x = 0\nx", "f E", "x", "", "made by the handler too"),
    ("try: x = f()\nexcept E: raise\nx", "f E", "x", "", "the handler goes no further"),
    ("try: f()\nexcept E: pass\nelse: x = 1\nx", "f E x", "", "x", "else runs without an error"),
    ("try: f()\nfinally: x = 1\nx", "f", "x", "", "finally always runs"),
    ("try: x = 1\nfinally: print(x)", "x", "x", "", "finally may run before the name is made"),
    (
        "try: pass\nexcept E as e: print(e)",
        "E",
        "",
        "",
        "the name of an error lives in its handler",
    ),
    ("try: f()\nexcept E as e: x = e\ne", "f E e", "", "x", "and is gone, or as before, behind it"),
    ("e = 1\ntry: f()\nexcept E as e: pass", "f E", "e", "", "a name that an error may delete"),
    ("try: f()\nexcept (A, B): pass", "f A B", "", "", "several kinds of error"),
    ("try: f()\nexcept* E as g: x = g", "f E", "", "x", "groups of errors"),
    ("try: import a\nexcept ImportError: a = None\na", "", "a", "", "an optional import"),
    ("try: raise E\nexcept E: x = 1\nx", "E", "x", "", "only the handler is left"),
    ("try: x = 1\nexcept E: y = x\nx", "E x", "", "x y", "a handler may come too early"),
    ("with a as b: c = b", "a", "b c", "", "what a with block makes"),
    ("with a as (b, *c), d(b): pass", "a d", "b c", "", "several contexts, unpacked"),
    ("with (a as b, c as d): b, d", "a c", "b d", "", "contexts in brackets"),
    ("with a as b.c: pass", "a b", "", "", "an attribute as the name of a context"),
    ("with suppress(E): x = 1\nx", "suppress E x", "", "x", "a context known to swallow errors"),
    ("with contextlib.suppress(E): x = 1\nx", "contextlib E x", "", "x", "the same, dotted"),
    ("with open(p) as f: x = f.read()\nx", "p", "f x", "", "any other context lets errors out"),
]

MATCHES = [
    ("match a:\n    case 1: x = 1", "a", "", "x", "a case may not match"),
    ("match a:\n    case 1: x = 1\n    case _: x = 2\nx", "a", "x", "", "a wildcard matches all"),
    ("match a:\n    case 1: x = 1\n    case y: x = y\nx", "a", "x", "y", "so does a bare name"),
    ("match a:\n    case _ if b: x = 1\nx", "a b x", "", "x", "not with a guard"),
    ("match a:\n    case [x, *r]: x, r", "a", "", "x r", "sequence pattern"),
    ("match a:\n    case {'k': x, **r}: x, r", "a", "", "x r", "mapping pattern"),
    ("match a:\n    case C(x, y=z): x, z", "a C", "", "x z", "class pattern reads the class"),
    ("match a:\n    case m.K: pass", "a m", "", "", "a dotted name is a value"),
    ("match a:\n    case (1 | 2) as x: x", "a", "", "x", "alternatives with a name"),
    ("match a:\n    case [x] | (x, _): x", "a", "", "x", "alternatives bind the same names"),
    ("match a:\n    case x if x > b: y = x", "a b", "", "x y", "a guard sees what was captured"),
    ("match a:\n    case x: pass\nx", "a", "x", "", "a name that always matches is made"),
    ("match a:\n    case -1 | 'b' | None: pass", "a", "", "", "literal patterns have no names"),
]

ROWS = [*CONDITIONS, *LOOPS, *ERRORS_AND_CONTEXTS, *MATCHES]


@pytest.mark.parametrize(("cell", "reads", "always", "perhaps", "why"), ROWS)
def test_a_name_is_read_only_if_it_may_come_first(cell, reads, always, perhaps, why, compiled):
    names = analyse_cell(cell)
    assert names.reads == set(reads.split()), why
    assert names.maybe_writes == set(perhaps.split()), why
    assert names.writes - names.maybe_writes == set(always.split()), why
    by_compiler = compiled(cell)
    assert names.writes <= by_compiler.stored


def test_every_row_is_there_once():
    cells = [row[0] for row in ROWS]
    assert len(cells) == len(set(cells))
