"""How a task ended, as the exception that is raised where its result is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from tblib import pickling_support

from maze_nb import errors
from maze_nb.errors import (
    ChildLostError,
    MemoryLimitError,
    PoisonousTaskError,
    TaskCancelledError,
    TaskFailedError,
    TaskSkippedError,
    TaskTimeoutError,
)
from maze_nb.sdk.failure import failure_of
from maze_nb.wire.code import dump_value, load_value


def failed(kind: str, exception: bytes | None = None) -> dict[str, Any]:
    error = {"type": kind, "message": "it went wrong", "attempt": 2, "host": "h"}
    error["exception"] = exception
    data = {"task_name": "t", "error": error, "result": "Traceback: …\n"}
    return {"type": "task_exception", "data": data}


def never_begun(attempt: int) -> dict[str, Any]:
    message = failed("ResourceError")
    message["data"]["error"] |= {"host": "", "attempt": attempt}
    return message


def other(kind: str, reason: str = "so") -> dict[str, Any]:
    return {"type": kind, "data": {"task_name": "t", "reason": reason}}


UNPICKLABLE = b"no pickle"

CASES = [
    (failed("ValueError", dump_value(ValueError("no"), "it")), ValueError, "no"),
    (failed("TaskTimeoutError"), TaskTimeoutError, "it went wrong"),
    (failed("MemoryLimitError"), MemoryLimitError, "it went wrong"),
    (failed("ChildLostError"), ChildLostError, "it went wrong"),
    (failed("PoisonousTaskError"), PoisonousTaskError, "it went wrong"),
    (
        failed("TaskTimeoutError", dump_value(TaskTimeoutError("late"), "it")),
        TaskTimeoutError,
        "late",
    ),
    (failed("CellError"), TaskFailedError, "task 't' failed on h (attempt 2):\nTraceback: …"),
    (failed("TaskTimeoutError", UNPICKLABLE), TaskTimeoutError, "it went wrong"),
    (failed("ValueError", UNPICKLABLE), TaskFailedError, "task 't' failed on h (attempt 2)"),
    (failed("ModuleNotFoundError"), TaskFailedError, "task 't' failed on h (attempt 2)"),
    (failed("nearest"), TaskFailedError, "task 't' failed on h (attempt 2)"),
    (never_begun(1), TaskFailedError, "task 't' failed:\nTraceback"),
    (never_begun(3), TaskFailedError, "task 't' failed (attempt 3):\nTraceback"),
    (other("task_cancelled", "it was cancelled"), TaskCancelledError, "task 't' was cancelled"),
    (other("task_skipped"), TaskSkippedError, "task 't' was skipped: so"),
    (other("task_cancelled"), TaskCancelledError, "task 't' was cancelled: so"),
]


@pytest.mark.parametrize(("message", "kind", "said"), CASES)
def test_failures(message: dict[str, Any], kind: type[Exception], said: str) -> None:
    found = failure_of(message)
    assert type(found) is kind
    assert str(found).startswith(said)
    assert not str(found).endswith("it was cancelled")
    if message["type"] == "task_exception" and kind is not TaskFailedError:
        assert "Traceback: …" in str(found.__cause__)


SKIPPED = [
    (
        failed("ValueError", dump_value(ValueError("no"), "it")),
        ValueError,
        "so: ValueError: it went wrong",
    ),
    (failed("PoisonousTaskError"), PoisonousTaskError, "so: PoisonousTaskError: it went wrong"),
    (other("task_cancelled"), TaskCancelledError, "so"),
    ({"type": "finish_task", "data": {}}, None, "so"),
    (None, None, "so"),
]


@pytest.mark.parametrize(("root", "kind", "said"), SKIPPED)
def test_what_was_skipped_says_why(
    root: dict[str, Any] | None, kind: type[Exception] | None, said: str
) -> None:
    found = failure_of(other("task_skipped"), root)
    assert type(found) is TaskSkippedError
    assert str(found) == f"task 't' was skipped: {said}"
    assert found.__cause__ is None if kind is None else type(found.__cause__) is kind


def test_only_the_first_line_of_a_failure_is_said_of_what_was_skipped() -> None:
    root = failed("ValueError")
    for message, said in (("one\ntwo", "ValueError: one"), ("", "ValueError")):
        root["data"]["error"]["message"] = message
        assert str(failure_of(other("task_skipped"), root)) == f"task 't' was skipped: so: {said}"


ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.MazeError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_travels_with_its_traceback(kind: type[Exception]) -> None:
    pickling_support.install()
    try:
        raise kind("it went wrong")
    except kind as error:
        found = load_value(dump_value(error, "the exception"))
    assert type(found) is kind
    assert str(found) == "it went wrong"
    assert found.__traceback__ is not None


@pytest.mark.parametrize(
    ("kind", "builtin"), [("TaskTimeoutError", TimeoutError), ("MemoryLimitError", MemoryError)]
)
def test_they_are_what_python_calls_them_too(kind: str, builtin: type[Exception]) -> None:
    assert isinstance(failure_of(failed(kind)), builtin)
