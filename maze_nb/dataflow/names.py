"""What a cell does to names: the result of its analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ImportedName:
    """A name that an ``import`` at the top level of a cell binds.

    Parameters
    ----------
    name
        The name that is bound.
    statement
        An import statement that binds just this name, such as ``"import numpy as np"``.
    target
        What it stands for: ``"numpy"`` for ``import numpy as np``, ``"os"`` for
        ``import os.path`` and ``"math.pi"`` for ``from math import pi``.
    line
        Line of the cell, counted from 1.
    """

    name: str
    statement: str
    target: str
    line: int


@dataclass(frozen=True)
class MagicLine:
    """A line of IPython syntax other than a shell command: ``%name`` or ``%%name``."""

    name: str
    line: int
    is_cell_magic: bool = False


@dataclass(frozen=True)
class CellNames:
    """The names that a cell takes from outside, leaves behind, and changes.

    Names that begin with an underscore are private to a cell: they are in none of the sets
    but `private_reads`.

    Parameters
    ----------
    reads
        Names whose value may come from outside the cell.
    writes
        Names that may hold a value made by the cell when it ends.
    mutates
        Names of outside values that the cell changes in place, by attribute or item
        (``df["x"] = 1``). All of them are in `reads` too.
    deletes
        Names that the cell deletes and does not make again.
    imports
        Those of `writes` that are bound by import statements which all say the same.
    definitions
        Those of `writes` that a ``def`` or ``class`` binds.
    maybe_writes
        Those of `writes` that some path through the cell leaves alone, so that the value
        from outside, if there is one, stays.
    soft_reads
        Names it uses that are reads only where another cell or the notebook makes them:
        built-in names, and names in shell commands (``!ls $folder {pattern}``).
    private_reads
        Underscore names that may be read before the cell assigns them.
    import_lines
        Every import at the top level, in order.
    star_imports
        Modules of ``from module import *``, in order.
    magics
        IPython magics used in the cell, in order.
    is_empty
        True for a cell of nothing but comments and blank lines.
    lines
        The first line on which each name occurs in its role of the sets above, counted
        from 1; where a name is both read and written, the line of the read.
    outputs
        `writes` and `mutates` without `imports`, in the order in which the cell first makes
        them.
    loop_names
        Those of `writes` that only ``for`` loops bind, and that nothing reads outside of these
        before they do.
    looked_up
        Names of the notebook that functions and classes of the cell read whenever they are called,
        also those that the cell makes.
    """

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    mutates: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    definitions: frozenset[str] = frozenset()
    maybe_writes: frozenset[str] = frozenset()
    soft_reads: frozenset[str] = frozenset()
    private_reads: frozenset[str] = frozenset()
    import_lines: tuple[ImportedName, ...] = ()
    star_imports: tuple[str, ...] = ()
    magics: tuple[MagicLine, ...] = ()
    is_empty: bool = False
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)
    outputs: tuple[str, ...] = ()
    loop_names: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()
