"""Ctrl-C in a terminal, of commands that run something: it is cancelled, and they end with 130."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from maze_nb.config import HOME_VARIABLE
from maze_nb.sdk.shelf import Shelf
from tests.waiting import wait_until

MAZE = Path(sys.executable).parent / "maze-nb"
CTRL_C = b"\x03"
BOUND = 60
# It makes the terminal at its standard input its own, as a shell has it for what it starts.
IN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A command that runs in a terminal of its own."""

    def __init__(self, folder: Path, *words: object) -> None:
        self._end, other = pty.openpty()
        self.home = folder / "home"
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, str(MAZE), *map(str, words)],
            cwd=folder,
            env={**os.environ, HOME_VARIABLE: str(self.home), "TERM": "xterm", "COLUMNS": "120"},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)
        self._heard: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def ended(self) -> tuple[int, str]:
        """Return the exit code and what stood in the terminal, once it has ended."""
        code = self.process.wait(BOUND)
        self._reader.join(BOUND)
        return code, CODES.sub("", b"".join(self._heard).decode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(BOUND)
        self._reader.join(BOUND)
        os.close(self._end)

    def statuses(self) -> list[str]:
        shelf = Shelf(self.home / "runs.db")
        try:
            return [str(run.status) for run in shelf.runs()]
        finally:
            shelf.close()

    def _read(self) -> None:
        while True:
            try:
                said = os.read(self._end, 65_536)
            except OSError:
                # Nobody has the other end any more.
                return
            self._heard.append(said)


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[type[Terminal]]:
    opened: list[Terminal] = []

    class Opened(Terminal):
        def __init__(self, *words: object) -> None:
            super().__init__(tmp_path, *words)
            opened.append(self)

    yield Opened
    for each in opened:
        each.close()


SLOW = """\
from maze_nb import MaClient, task

@task
def held(x):
    import pathlib, time
    pathlib.Path(x).touch()
    time.sleep(600)

client = MaClient()
workflow = client.create_workflow("held")
workflow.add_task(held, inputs={"x": here})
workflow.add_task(held, inputs={"x": here + "2"})
run_id = workflow.run()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "last", ["workflow.show_results(run_id)", "print('waited for at the end')"]
)
def test_run(open_terminal: type[Terminal], tmp_path: Path, last: str) -> None:
    began = tmp_path / "began"
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
    )
    cells = "print('before')", f"here = {str(began)!r}\n{SLOW}", last
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, tmp_path / "study.ipynb")
    terminal = open_terminal("run", "study.ipynb", "out/done.ipynb")
    wait_until(began.exists, BOUND)
    started = psutil.Process(terminal.process.pid).children(recursive=True)
    assert started
    terminal.press(CTRL_C)
    code, said = terminal.ended()
    assert code == 130, said
    assert "Interrupted. To go on: maze-nb run --resume out/done.ipynb" in said
    assert "Traceback" not in said
    assert terminal.statuses() == ["cancelled"]
    done = nbformat.read(tmp_path / "out" / "done.ipynb", as_version=4)
    nbformat.validate(done)
    first = next(cell for cell in done.cells if cell.cell_type == "code")
    assert first.outputs[0].text == "before\n"
    assert psutil.wait_procs(started, timeout=20)[1] == []


FLOW = """\
name: held
tasks:
  hold: {command: 'touch began; exec sleep 600'}
  after: {command: echo, needs: hold}
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--json",)], ids=["shown", "json"])
def test_submit(open_terminal: type[Terminal], tmp_path: Path, words: tuple[str, ...]) -> None:
    began = tmp_path / "began"
    (tmp_path / "flow.yaml").write_text(FLOW.replace("began", str(began)))
    terminal = open_terminal("submit", "flow.yaml", *words)
    wait_until(began.exists, BOUND)
    started = psutil.Process(terminal.process.pid).children(recursive=True)
    assert started
    terminal.press(CTRL_C)
    code, said = terminal.ended()
    assert code == 130, said
    assert "is cancelled, as its cluster ends with this command" in said
    assert "Traceback" not in said
    assert terminal.statuses() == ["cancelled"]
    assert psutil.wait_procs(started, timeout=20)[1] == []
