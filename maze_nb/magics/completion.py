"""Completes what is typed behind magics, and says which one a misspelt magic could be."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable
from typing import Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)
from IPython.core.error import UsageError

from maze_nb.magics.session import Session
from maze_nb.magics.table import MAGICS, usage_of
from maze_nb.magics.usage import Offer, Usage

_LINE = re.compile(r"\s*(?:[\w.\[\]'\", ]+=\s*)?%{0,2}((?:maze_|load_maze)\w*)\s+(.*)", re.DOTALL)
_MISSPELT = re.compile(r"magic (?:function )?`(%%?)(\w+)` not found")
_RUNS_OFFERED = 50
_ID_CHARS = 8
_LIKE = 0.75


class Completion:
    """Offers options, task cells, runs and other words.

    Parameters
    ----------
    session
        The state of the magics.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def listen(self, shell: Any) -> None:
        """Have a shell ask for completions, and tell of magics that it does not know."""

        @context_matcher()  # type: ignore[untyped-decorator]
        def maze_matcher(context: CompletionContext) -> SimpleMatcherResult:
            found = [
                SimpleCompletion(text, type="magic")
                for text in self.offers(context.text_until_cursor)
            ]
            # Python's own names make no sense where one of these can stand.
            return {"completions": found, "suppress": bool(found), "ordered": True}

        shell.Completer.custom_matchers.append(maze_matcher)
        shell.events.register("post_run_cell", _hint)

    def offers(self, line: str) -> list[str]:
        """Return what can stand in place of the last word of a line.

        Parameters
        ----------
        line
            As far as it is typed.
        """
        typed = _LINE.fullmatch(line)
        usage = None if typed is None else usage_of(typed[1])
        if typed is None or usage is None:
            return []
        before, current = _last_word(typed[2])
        found = self._of_value(usage, before, current)
        if found is None:
            found = [] if current.startswith("-") else self._of_argument(usage, before)
            if current.startswith("-") or not current:
                found = [*found, *_unused(usage, before)]
        last = re.split(r"[=,]", current)[-1]
        return [offer for offer in found if offer.startswith(last)]

    def _of_value(self, usage: Usage, before: list[str], current: str) -> list[str] | None:
        """Return what is offered for the value of an option, None if there is to be none."""
        name, has_value, _ = current.partition("=")
        option = usage.option(name) if has_value else usage.option(before[-1]) if before else None
        return self._offered(option.offer) if option is not None and option.value else None

    def _of_argument(self, usage: Usage, before: list[str]) -> list[str]:
        place, is_value = 0, False
        for word in before:
            option = usage.option(word.partition("=")[0])
            if option is None and not is_value:
                place += 1
            is_value = option is not None and bool(option.value) and "=" not in word
        if usage.is_open:
            place = min(place, len(usage.arguments) - 1)
        return self._offered(usage.arguments[place][1]) if place < len(usage.arguments) else []

    def _offered(self, offer: Offer) -> list[str]:
        cells = self._session.book.cells()
        if isinstance(offer, tuple):
            return list(offer)
        if offer == "cells":
            return [shlex.quote(cell.name) for cell in cells]
        if offer == "names":
            return [name for cell in cells for name in cell.outputs]
        if offer == "runs":
            # Nothing is waited for: of a cluster that is not in use nobody asks.
            runs = sorted(self._session.clients.at_hand.runs(), key=lambda run: -run.started)
            return _shortened([run.run_id for run in runs[:_RUNS_OFFERED]])
        return []


def _last_word(text: str) -> tuple[list[str], str]:
    words = text.split()
    if not text or text[-1].isspace():
        return words, ""
    return words[:-1], words[-1]


def _unused(usage: Usage, before: Iterable[str]) -> list[str]:
    used = {word.partition("=")[0] for word in before}
    return [
        option.words[-1]
        for option in usage.options
        if option.is_shown and not used & {*option.words}
    ]


def _shortened(run_ids: list[str]) -> list[str]:
    """Return the beginnings of ids that tell them apart."""
    heads = [run_id[:_ID_CHARS] for run_id in run_ids]
    return [
        head if heads.count(head) == 1 else run_id
        for head, run_id in zip(heads, run_ids, strict=True)
    ]


def _hint(result: Any) -> None:
    """Name the magic of ours that is nearest to one that there is not."""
    error = result.error_in_exec or result.error_before_exec
    found = _MISSPELT.search(str(error)) if isinstance(error, UsageError) else None
    names = [usage.name.lstrip("%") for usage in MAGICS]
    near = difflib.get_close_matches(found[2], names, n=1, cutoff=_LIKE) if found else []
    usage = usage_of(near[0]) if near else None
    if usage is not None:
        print(f"did you mean {usage.name}? usage: {usage}")  # noqa: T201
