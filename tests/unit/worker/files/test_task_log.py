"""The log of a task: whole lines, at once, and never too much."""

from __future__ import annotations

import os
import threading

import pytest

from maze_nb.worker.files.task_log import TaskLog, append_to_log


def test_a_line_is_there_as_soon_as_it_is_complete(tmp_path):
    log = TaskLog(tmp_path / "log", 1)
    log.write("stdout", "one")
    assert (tmp_path / "log").read_text() == ""
    log.write("stdout", " line\nand")
    assert (tmp_path / "log").read_text() == "one line\n"
    log.flush("stdout")
    assert (tmp_path / "log").read_text() == "one line\nand"
    log.write("stdout", " the rest")
    log.close()
    assert (tmp_path / "log").read_text() == "one line\nand the rest"
    log.write("stdout", "too late\n")
    log.flush("stdout")
    log.close()
    assert (tmp_path / "log").read_text() == "one line\nand the rest"


def test_lines_of_two_streams_are_not_mixed(tmp_path):
    log = TaskLog(tmp_path / "log", 1)
    for part in ("o", "n", "e\n"):
        log.write("stdout", part)
        log.write("stderr", part.upper())
    log.close()
    assert (tmp_path / "log").read_text() == "one\nONE\n"


def test_what_never_ends_its_line_is_written_now_and_then(tmp_path):
    log = TaskLog(tmp_path / "log", 1)
    for _ in range(200):
        log.write("stdout", "x" * 1000)
    assert (tmp_path / "log").stat().st_size > 100_000
    log.close()
    assert (tmp_path / "log").read_text() == "x" * 200_000


@pytest.mark.parametrize("piece", ["ä" * 7 + "\n", "ä\n" * 50, "no line ends here "])
def test_more_than_the_limit_is_cut_and_said_once(tmp_path, piece):
    log = TaskLog(tmp_path / "log", 1, limit=100)
    for _ in range(1000):
        log.write("stdout", piece)
        log.flush("stdout")
    log.close()
    text = (tmp_path / "log").read_text()
    kept, _, told = text.partition("[cut here: more than ")
    assert (piece * 100).startswith(kept.rstrip("\n"))
    assert 90 <= len(kept.encode()) <= 101
    assert kept.endswith("\n")
    assert told.endswith(" MB was printed]\n")
    assert text.count("cut here") == 1


def test_what_cannot_be_encoded_is_escaped(tmp_path):
    log = TaskLog(tmp_path / "log", 1)
    log.write("stdout", "a\ud800b\n")
    log.close()
    assert (tmp_path / "log").read_text() == "a\\ud800b\n"


def test_a_further_attempt_goes_on_behind_a_heading(tmp_path):
    for attempt in (1, 2):
        log = TaskLog(tmp_path / "log", attempt)
        log.write("stdout", f"of {attempt}\n")
        log.close()
    assert (tmp_path / "log").read_text() == "of 1\n[attempt 2]\nof 2\n"


def test_threads_print_whole_lines(tmp_path):
    log = TaskLog(tmp_path / "log", 1)

    def print_lines(number: int) -> None:
        for _ in range(300):
            log.write("stdout", f"{number}" * 10 + "\n")

    threads = [threading.Thread(target=print_lines, args=(each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    log.close()
    lines = (tmp_path / "log").read_text().splitlines()
    assert sorted(lines) == sorted(f"{each}" * 10 for each in range(4) for _ in range(300))


@pytest.mark.parametrize("path", ["nowhere/log", "."])
def test_a_log_that_cannot_be_written_bothers_nobody(tmp_path, path):
    log = TaskLog(tmp_path / path, 2)
    log.write("stdout", "text\n")
    log.flush("stdout")
    log.close()
    append_to_log(tmp_path / path, "end")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_bothers_nobody(tmp_path):
    log = TaskLog(tmp_path / "log", 1)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, log._file.fileno())
    os.close(full)
    log.write("stdout", "text\n")
    log.write("stdout", "text\n")
    log.close()


def test_a_log_locked_in_a_process_that_was_forked_keeps_nobody_waiting_for_long(tmp_path):
    log = TaskLog(tmp_path / "log", 1)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with log._lock:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    log.write("stdout", "left out\n")
    done.set()
    thread.join(10)
    log.write("stdout", "kept\n")
    log.close()
    assert (tmp_path / "log").read_text() == "kept\n"


@pytest.mark.parametrize(
    ("before", "after"), [("", "end\n"), ("a\n", "a\nend\n"), ("a", "a\nend\n")]
)
def test_an_end_is_added_to_a_log_that_is_there(tmp_path, before, after):
    append_to_log(tmp_path / "log", "end\n\n")
    assert not (tmp_path / "log").exists()
    (tmp_path / "log").write_text(before)
    append_to_log(tmp_path / "log", "end\n\n")
    assert (tmp_path / "log").read_text() == after
