"""A cell, and what it does to names: a row of the tables beside this file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A cell as a person types it, and names by their roles, with blanks between them.

    Parameters
    ----------
    reads, writes
        What it takes from outside, and what may hold a value of its own when it ends.
    why
        Why the row is there.
    maybe
        Those of `writes` that are made on some paths only.
    mutates
        Those of `reads` whose values it changes in place.
    deletes
        What it deletes and does not make again.
    soft
        What it reads if it is there, built-in names apart.
    private
        Names with an underscore that it reads before it makes them.
    imports
        Those of `writes` that imports bind, all to the same.
    since
        The first Python that has this syntax.
    """

    cell: str
    reads: str
    writes: str
    why: str
    maybe: str = ""
    mutates: str = ""
    deletes: str = ""
    soft: str = ""
    private: str = ""
    imports: str = ""
    since: tuple[int, int] = (3, 11)

    def __str__(self) -> str:
        return self.cell
