"""How processes ended, what they used, and the folder of a task."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import time
from pathlib import Path

import dask.config
import pytest

from maze_nb import config
from maze_nb.worker.children.exits import exit_text, oom_kills, was_out_of_memory
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.memory import OwnMemory, forget_own_peak, own_peak, process_memory
from maze_nb.worker.usage import Growth, Pace


@pytest.mark.parametrize(
    ("code", "text"),
    [(0, "exit code 0"), (3, "exit code 3"), (-11, "signal SIGSEGV"), (-60, "signal 60")],
)
def test_exit_text(code, text):
    assert exit_text(code) == text


@pytest.mark.parametrize(
    ("code", "before", "expected"), [(-9, -1, True), (-9, 10**9, False), (-11, -1, False)]
)
def test_only_a_kill_while_the_kernel_counted_one_more_is_for_want_of_memory(
    code, before, expected
):
    assert was_out_of_memory(code, before) is expected
    assert oom_kills() >= 0


def private_pages(megabytes: int) -> mmap.mmap:
    """Return memory that no allocator has kept from before."""
    pages = mmap.mmap(-1, megabytes * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for start in range(0, len(pages), 4096):
        pages[start] = 1
    return pages


def test_memory_is_what_a_process_has_by_itself():
    own = OwnMemory()
    before, before_too = own(), process_memory(os.getpid())
    with private_pages(64):
        assert own() - before == pytest.approx(64, abs=4)
        assert process_memory(os.getpid()) - before_too == pytest.approx(64, abs=4)
    assert own() - before < 10


def test_files_that_are_only_mapped_do_not_count(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(32 * 2**20))
    before = process_memory(os.getpid())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        assert sum(pages[::4096]) == 0
        assert process_memory(os.getpid()) - before < 4


def test_a_peak_is_seen_afterwards_and_can_be_forgotten():
    before = process_memory(os.getpid())
    forget_own_peak()
    private_pages(64).close()
    assert own_peak() - before == pytest.approx(64, abs=16)
    forget_own_peak()
    assert own_peak() - before < 32


def test_a_process_that_is_gone_has_no_memory():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(20)
    assert process_memory(process.pid) == 0


def test_growth_is_the_most_that_was_seen():
    growth = Growth(100)
    for memory in (90, 130, 110):
        growth.note(memory)
    assert growth.usage().memory == 30
    assert Growth(100).usage().memory == 0


def test_what_took_long_is_not_done_again_soon():
    pace = Pace()
    assert pace.is_due()
    pace.looked(time.monotonic() - 10)
    assert not pace.is_due()
    pace.looked(time.monotonic())
    deadline = time.monotonic() + 5
    while not pace.is_due():
        assert time.monotonic() < deadline


def test_a_task_has_a_folder_once_it_asks_for_it(tmp_path):
    task = CurrentTask("run", "task", "name", 1, "w", "n", (), str(tmp_path / "results"))
    assert not (tmp_path / "results").exists()
    assert task.dir == Path(tmp_path, "results", "run", "task")
    assert task.dir.is_dir()


@pytest.mark.parametrize(
    ("read", "setting", "value", "expected"),
    [
        (config.warm_children, "warm-children", 4, 4),
        (config.warm_children, "warm-children", 0, 0),
        (config.warm_time, "warm-time", "5m", 300.0),
        (config.warm_time, "warm-time", 0, 0.0),
        (config.kill_grace, "kill-grace", "500ms", 0.5),
    ],
)
def test_setting(read, setting, value, expected):
    with dask.config.set({f"maze.{setting}": value}):
        assert read() == expected


@pytest.mark.parametrize(
    ("read", "setting", "value"),
    [
        (config.warm_children, "warm-children", -1),
        (config.warm_children, "warm-children", True),
        (config.warm_children, "warm-children", "many"),
        (config.warm_time, "warm-time", "long"),
        (config.kill_grace, "kill-grace", -1),
    ],
)
def test_bad_setting_is_named(read, setting, value):
    with dask.config.set({f"maze.{setting}": value}), pytest.raises(ValueError, match=setting):
        read()
