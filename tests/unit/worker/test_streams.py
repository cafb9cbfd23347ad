"""What tasks print, on its way to the worker's own streams and to logs."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import io
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest

from maze_nb.worker.current_task import CurrentTask, now_running, running
from maze_nb.worker.streams import TaskStream, install, uninstall


class Deaf(io.TextIOBase):
    """A stream that nobody reads any more."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise BrokenPipeError("nobody reads")

    def flush(self) -> None:
        raise BrokenPipeError("nobody reads")


@pytest.fixture
def task(tmp_path) -> CurrentTask:
    return CurrentTask("run", "task", "name", 1, "w", "node", (), str(tmp_path))


@pytest.fixture
def own() -> io.TextIOWrapper:
    """Give a stream that only knows ASCII."""
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)


@contextlib.contextmanager
def logged(stream: Any) -> Iterator[None]:
    """Make `stream` the standard output, which has logs for tasks inside the block.

    This cannot be a fixture, as pytest itself puts something else in its place before a test.
    """
    with contextlib.redirect_stdout(stream):
        install()
        try:
            yield
        finally:
            uninstall()
        assert sys.stdout is stream


def with_logs(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test with its stream `own` as the standard output."""

    @functools.wraps(test)
    def run(**given: Any) -> None:
        with logged(given["own"]):
            test(**given)

    return run


def text_of(stream: io.TextIOWrapper) -> str:
    return stream.buffer.getvalue().decode()


def log_of(task: CurrentTask) -> str:
    path = task.folder / "stdout.log"
    return path.read_text() if path.exists() else ""


@with_logs
def test_what_a_task_prints_goes_to_both(own, task):
    print("before")
    with running(task):
        print("one", "two")
        assert log_of(task) == "one two\n"
        sys.stdout.writelines(["a", "b\n"])
        print("not at its end", end="", flush=True)
        assert log_of(task) == "one two\nab\nnot at its end"
    print("after")
    assert text_of(own) == "before\none two\nab\nnot at its endafter\n"
    assert log_of(task) == "one two\nab\nnot at its end"


@with_logs
def test_a_task_that_prints_nothing_has_no_folder(own, task):
    with running(task):
        sys.stdout.flush()
        print(end="")
    assert not task.has_folder
    assert not task.folder.parent.exists()


@with_logs
def test_errors_are_printed_to_the_same_log(own, task):
    with running(task):
        print("out")
        print("error", file=sys.stderr)
    assert log_of(task) == "out\nerror\n"


@with_logs
def test_threads_print_to_the_log_only_if_they_know_the_task(own, task):
    async def print_in_thread() -> None:
        await asyncio.to_thread(print, "knows")

    with running(task):
        thread = threading.Thread(target=print, args=("does not",))
        thread.start()
        thread.join(10)
        asyncio.run(print_in_thread())
    assert log_of(task) == "knows\n"
    assert text_of(own) == "does not\nknows\n"


@with_logs
def test_what_a_task_left_running_prints_to_no_log(own, task):
    with running(task):
        found = now_running()
    found.printed("stdout", "late\n")
    assert not task.has_folder


@with_logs
def test_two_tasks_do_not_mix(own, tmp_path):
    tasks = [CurrentTask("run", str(each), "n", 1, "w", "n", (), str(tmp_path)) for each in (0, 1)]

    def print_much(task: CurrentTask) -> None:
        with running(task):
            for _ in range(200):
                print("of", task.task_id)

    threads = [threading.Thread(target=print_much, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [log_of(task) for task in tasks] == ["of 0\n" * 200, "of 1\n" * 200]


@with_logs
def test_what_the_own_stream_cannot_encode_is_escaped_there(own, task):
    with running(task):
        print("ä\ud800")
    assert text_of(own) == "\\xe4\\ud800\n"
    assert log_of(task) == "ä\\ud800\n"
    with pytest.raises(UnicodeEncodeError):
        print("ä")


def test_a_stream_that_nobody_reads_fails_no_task(task):
    with logged(Deaf()):
        with running(task):
            print("text", flush=True)
        with pytest.raises(BrokenPipeError):
            print("text")
    assert log_of(task) == "text\n"


@with_logs
def test_only_text_can_be_written(own, task):
    with running(task), pytest.raises(TypeError, match="must be str, not bytes"):
        sys.stdout.write(b"bytes")
    assert log_of(task) == ""


@with_logs
def test_a_task_may_put_something_else_in_its_place(own, task):
    with running(task):
        with contextlib.redirect_stdout(io.StringIO()) as caught:
            print("caught")
        print("printed")
    assert caught.getvalue() == "caught\n"
    assert log_of(task) == "printed\n"


@with_logs
def test_a_task_cannot_close_the_stream_of_all(own, task):
    with running(task):
        with sys.stdout as stream:
            print("within", file=stream)
        sys.stdout.close()
        print("goes on")
    assert log_of(task) == "within\ngoes on\n"


@with_logs
def test_it_is_like_the_stream_itself(own):
    assert isinstance(sys.stdout, TaskStream)
    assert isinstance(sys.stdout, io.TextIOBase)
    assert sys.stdout.encoding == "ascii"
    assert not sys.stdout.isatty()
    assert sys.stdout.buffer is own.buffer
    assert not hasattr(sys.stdout, "no_such_thing")
    with pytest.raises(io.UnsupportedOperation):
        sys.stdout.fileno()


@pytest.mark.parametrize("module", [pickle, cloudpickle])
@with_logs
def test_it_arrives_as_the_stream_of_whoever_reads_it(own, module):
    assert module.loads(module.dumps({"stream": sys.stdout}))["stream"] is sys.stdout
    data = module.dumps(sys.stdout)
    with contextlib.redirect_stdout(io.StringIO()) as other:
        assert module.loads(data) is other


@with_logs
def test_a_copy_is_the_same(own):
    assert copy.copy(sys.stdout) is sys.stdout
    assert copy.deepcopy([sys.stdout])[0] is sys.stdout


@with_logs
def test_it_is_there_as_long_as_anybody_wants_it(own):
    install()
    uninstall()
    assert isinstance(sys.stdout, TaskStream)
    assert not isinstance(sys.stdout._stream, TaskStream)


def test_no_stream_at_all_stays_none():
    with logged(None):
        assert sys.stdout is None
        print("nowhere")


@with_logs
def test_a_log_that_cannot_be_written_fails_no_task(own, tmp_path):
    (tmp_path / "file").touch()
    task = CurrentTask("run", "task", "n", 1, "w", "n", (), str(tmp_path / "file"))
    with running(task):
        print("goes on")
    assert text_of(own) == "goes on\n"
    assert not task.has_folder
