"""Which notebook variables hold what tasks made, and which a person assigned since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class _Known:
    """A variable as it was when a task that makes it was begun, or its value was bound.

    ``value`` is the ``id`` of its value: holding that itself would keep it alive.
    """

    when: int
    value: int
    run_id: str


class Values:
    """Guards that no value of a task takes the place of one that a person assigned after it.

    Parameters
    ----------
    variables
        The notebook's variables.
    """

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables
        self._clock = 0
        self._known: dict[str, _Known] = {}
        self._assigned: dict[str, int] = {}
        self._by: dict[str, str] = {}
        self._lent: set[str] = set()

    def begin(self, names: Iterable[str]) -> None:
        """Note that a task was begun that makes these names: it comes after what they are now."""
        for name in names:
            self._note(name, self._run_of(name))

    def bind(self, made: Mapping[str, Any], run_id: str) -> dict[str, str]:
        """Bind what a task of a run made.

        Returns
        -------
        dict
            The names of which it took the place of what a person's cell had made of them, and the
            cells.
        """
        lost = {name: self._by.pop(name) for name in made if name in self._by}
        lost = {name: by for name, by in lost.items() if self.is_there(name)}
        self._variables.update(made)
        for name in made:
            self._note(name, run_id)
        return lost

    def assign(self, names: Iterable[str], by: str = "a cell") -> None:
        """Note that a person's own cell has just assigned, or changed, what has these names."""
        self._clock += 1
        for name in names:
            self._assigned[name] = self._clock
            self._by[name] = by

    def lend(self, names: Iterable[str]) -> None:
        """Note that variables are to hold, until the next run, what a task had or made."""
        self._lent.update(name for name in names if not self.is_persons(name))

    def take_back(self) -> None:
        """Note that a run begins, before which what was lent counts for nothing."""
        for name in self._lent:
            self._by.pop(name, None)
        self.begin(self._lent)
        self._lent.clear()

    def persons(self, names: Iterable[str]) -> dict[str, str]:
        """Return which variables hold what a person assigned, and the cells that did."""
        return {name: self._by.get(name, "a cell") for name in names if self.is_persons(name)}

    def is_there(self, name: str) -> bool:
        """Whether the notebook has such a variable."""
        return name in self._variables

    def is_from(self, name: str, run_id: str) -> bool:
        """Whether a variable was bound to what a run made, or was changed in place since."""
        return self.is_there(name) and self._run_of(name) == run_id

    def is_persons(self, name: str) -> bool:
        """Whether a variable holds what a person assigned after a task that makes it was begun."""
        if not self.is_there(name):
            return False
        known = self._known.get(name)
        return (
            known is None
            or self._assigned.get(name, 0) > known.when
            or id(self._variables[name]) != known.value
        )

    def _run_of(self, name: str) -> str:
        known = self._known.get(name)
        return known.run_id if known is not None and not self.is_persons(name) else ""

    def _note(self, name: str, run_id: str) -> None:
        self._clock += 1
        value = id(self._variables.get(name, _NOTHING))
        self._known[name] = _Known(self._clock, value, run_id)
