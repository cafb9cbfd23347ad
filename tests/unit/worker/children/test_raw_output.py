"""What is written past Python's own streams, on its way to a task and to the worker's output."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from maze_nb.worker.children.raw_output import RawFiles, RawOutput, past_files
from maze_nb.worker.masking import masking


class Piped:
    """The files of a process, and a pipe in the place of the worker's own output."""

    def __init__(self) -> None:
        self.files = RawFiles()
        self._ends = [os.pipe(), os.pipe()]
        for own in self.files.through:
            os.close(own)
        self.files.through[:] = [write for _, write in self._ends]
        self.raw = RawOutput(self.files.read, self.files.through)
        self.told: list[tuple[str, str]] = []

    def write(self, text: str | bytes, stream: int = 0) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        assert os.write(self.files.written[stream], data) == len(data)

    def note(self, stream: str, text: str) -> None:
        self.told.append((stream, text))

    @property
    def passed(self) -> list[bytes]:
        found = []
        for read, _ in self._ends:
            os.set_blocking(read, False)
            try:
                found.append(os.read(read, 2**16))
            except BlockingIOError:
                found.append(b"")
        return found

    def close(self) -> None:
        self.files.close()
        for read, _ in self._ends:
            os.close(read)


@pytest.fixture
def piped() -> Iterator[Piped]:
    made = Piped()
    try:
        yield made
    finally:
        made.close()


def test_it_is_told_by_line_and_at_the_end_whole(piped):
    piped.write("before\n")
    with piped.raw.told(piped.note):
        assert piped.told == []
        piped.write("one\ntw")
        piped.raw.catch_up()
        piped.raw.catch_up()
        assert piped.told == [("stdout", "one\n")]
        piped.write("o\n")
        piped.write("50%\r60", 1)
        piped.raw.catch_up()
        assert piped.told[1:] == [("stdout", "two\n"), ("stderr", "50%\r")]
        piped.write("the end")
    assert piped.told[3:] == [("stdout", "the end"), ("stderr", "60")]
    assert piped.passed == [b"before\none\ntwo\nthe end", b"50%\r60"]
    piped.write("after\n")
    with piped.raw.told(piped.note):
        pass
    assert piped.told[5:] == []
    assert piped.passed == [b"after\n", b""]


def test_lines_without_end_and_what_is_no_text(piped):
    with piped.raw.told(piped.note):
        piped.write("x" * 70_000)
        piped.raw.catch_up()
        assert sum(len(text) for _, text in piped.told) == 2**16
        piped.passed  # noqa: B018 - makes room in the pipe
        piped.write(b"\n\xff\xe4\xbd\n", 1)
        piped.raw.catch_up()
    assert ("stderr", "\n\ufffd\ufffd\n") in piped.told
    assert sum(len(text) for name, text in piped.told if name == "stdout") == 70_000


def test_what_was_not_read_is_the_rest(piped):
    with piped.raw.told(piped.note):
        piped.write("told\nhalf a li")
        piped.raw.catch_up()
        piped.write("ne\nlast hunter22", 0)
        piped.write(b"oh\xff", 1)
        assert piped.files.rest(["hunter22"]) == {
            "stdout": "half a line\nlast •••",
            "stderr": "oh\ufffd",
        }
        assert piped.files.rest([]) == {}
    assert piped.told == [("stdout", "told\n")]
    assert piped.passed == ["told\nhalf a line\nlast •••".encode(), "oh\ufffd".encode()]


def test_of_a_long_rest_the_end_is_kept(piped):
    os.set_blocking(piped.files.through[0], False)
    for _ in range(40):
        piped.write(b"a" * 2**16)
    piped.write("the end")
    rest = piped.files.rest([])["stdout"]
    assert len(rest) == 2**20
    assert rest.endswith("athe end")


def test_secrets_are_in_neither_place(piped):
    with masking(["hunter22"]), piped.raw.told(piped.note):
        piped.write("it is hun")
        piped.raw.catch_up()
        piped.write("ter22\n")
    assert piped.told == [("stdout", "it is •••\n")]
    assert piped.passed[0] == "it is •••\n".encode()


def test_a_forked_process_takes_nothing_away(piped):
    piped.write("line\n")
    if not (child := os.fork()):
        piped.raw.catch_up()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    with piped.raw.told(piped.note):
        pass
    assert piped.passed[0] == b"line\n"


def test_streams_past_the_files_have_their_numbers(piped):
    stdout, stderr = past_files(piped.files.through)
    print("é", file=stdout)
    print("\udc80", file=stderr)
    assert piped.passed == ["é\n".encode(), b"\\udc80\n"]
    assert (stdout.fileno(), stderr.fileno()) == (1, 2)
    assert piped.raw is not None
