"""The messages of a run, like a list that grows while it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from maze_nb.sdk.interrupt import telling_that_it_goes_on
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.presenter import Printer
from maze_nb.wire.messages import Message


class Messages(Sequence[Message]):
    """The messages of a run, like a list.

    Iterating goes along with the run until it ends; its length, and what stands at a position
    from the end, wait for the end.
    """

    def __init__(
        self, log: MessageLog, goes_on_at: str | None = None, *, is_printed: bool = False
    ) -> None:
        self._log = log
        self._goes_on_at = goes_on_at
        self._printer = Printer() if is_printed else None
        self._printed = 0

    def __iter__(self) -> Iterator[Message]:
        with telling_that_it_goes_on(self._log, self._goes_on_at):
            for message in self._log.follow():
                self._print_up_to(message["seq"])
                yield message

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        if isinstance(index, int) and index >= 0:
            with telling_that_it_goes_on(self._log, self._goes_on_at):
                found = self._log.wait(index)
            if not found:
                raise IndexError(f"run {self._log.run_id} has {self._log.last_seq} messages")
            self._print_up_to(index + 1)
            return found[0]
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        state = "all" if self._log.is_complete else "so far"
        return f"<{self._log.last_seq} messages of run {self._log.run_id}, {state}>"

    def _all(self) -> list[Message]:
        for _ in self:
            pass
        return self._log.read()

    def _print_up_to(self, seq: int) -> None:
        if self._printer is not None and seq > self._printed:
            for message in self._log.read(self._printed)[: seq - self._printed]:
                self._printer.take(message)
            self._printed = seq
