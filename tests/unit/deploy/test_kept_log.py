"""The log of a kept cluster stays small while several write to it, and tells its end."""

from __future__ import annotations

import os

import pytest

from maze_nb.deploy.kept_log import log_tail, open_log, trim_log


@pytest.fixture
def log(tmp_path):
    return tmp_path / "cluster.log"


def test_a_small_log_stays_and_a_missing_one_is_no_fault(log):
    trim_log(log, 10)
    log.write_text("0123456789")
    trim_log(log, 10)
    assert log.read_text() == "0123456789"
    assert list(log.parent.iterdir()) == [log]


def test_a_big_log_moves_and_its_writers_go_on(log):
    writers = [open_log(log), open_log(log)]
    try:
        for round_ in range(3):
            for writer in writers:
                os.write(writer, f"{round_:03}".encode() * 10)
            trim_log(log, 20)
            assert log.read_text() == ""
            assert log.with_name("cluster.log.1").read_text() == (f"{round_:03}" * 10)[-20:]
        os.write(writers[0], b"first,")
        os.write(writers[1], b"second")
    finally:
        for writer in writers:
            os.close(writer)
    assert log.read_text() == "first,second"
    assert sorted(path.name for path in log.parent.iterdir()) == ["cluster.log", "cluster.log.1"]


def test_the_tail(log):
    assert log_tail(log) == ""
    log.write_text("".join(f"line {number}\n" for number in range(1000)))
    lines = log_tail(log).splitlines()
    assert len(lines) == 200
    assert lines[-1] == "line 999"
    seen = log.stat().st_size
    with log.open("a") as more:
        more.write("after\n")
    assert log_tail(log, seen) == "after"
    # Of a log that was moved meanwhile, what it has now.
    log.write_text("anew\n")
    assert log_tail(log, seen) == "anew"
