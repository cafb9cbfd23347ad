"""Calls of functions in child processes, without a cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import dask.config
import pytest

from maze_nb.wire.code import dump_value
from maze_nb.wire.task_call import FailureReport, Limits, TaskCall, decode_failure, encode
from maze_nb.worker.children.isolate import IsolatedCall
from maze_nb.worker.children.pool import Children
from maze_nb.worker.current_task import CurrentTask


class Desk:
    """Calls functions in child processes of its own."""

    def __init__(self) -> None:
        self.children = Children("node")

    def prepare(
        self,
        function: Callable[[], Any],
        *,
        gpu_ids: tuple[int, ...] = (),
        module: str = "",
        **limits: float,
    ) -> tuple[IsolatedCall, bytes]:
        """Return a call that has not begun, and its code."""
        code = dump_value(function, "the function")
        call = TaskCall(
            *("python", "run", "task", "the-task", "plain", hashlib.sha256(code).hexdigest()),
            *({}, [], ("result",), module, Limits(True, **limits)),
        )
        task = CurrentTask("run", "task", "the-task", 1, "tcp://w", "node", gpu_ids)
        return IsolatedCall(encode(call), call, task, self.children), code

    def call(self, function: Callable[[], Any], **options: Any) -> Any:
        """Return what a function returns, or the report of its failure."""
        isolated, code = self.prepare(function, **options)
        answer, outputs = isolated.run(code, b"", ())
        if not answer.is_well:
            report: FailureReport = decode_failure(answer.report)
            return report
        return outputs["result"].load()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with dask.config.set({"maze.kill-grace": "0.5s"}):
        made = Desk()
        yield made
        made.children.close(10)
        assert made.children.pids == []
