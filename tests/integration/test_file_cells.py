"""Task cells that leave files, which later cells take by the names of variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_nb import MaClient
from tests.shells import Cells, maze_shell

LEAVE = """%%maze_task leave
from maze_nb import current_task
model = current_task().dir / "model.txt"
model.write_text("one\\ntwo\\n")
(current_task().dir / "notes").mkdir(exist_ok=True)
(current_task().dir / "notes" / "more.txt").write_text("more")
"""
COUNT = """%%maze_task count --kind shell -o lines=lines.txt,stdout
wc -l < {model} > lines.txt
echo counted
"""
READ = """%%maze_task read
found = [model.read_text(), lines.read_text().strip(), stdout]
"""


@pytest.mark.parametrize("kind", ["embedded", "separate"])
def test_files_of_a_cell_are_had_in_later_cells(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    with maze_shell(tmp_path) as shell:
        run = Cells(shell, capsys).run
        if kind == "separate":
            run(f"%maze_connect {request.getfixturevalue('separate')}")
        run(LEAVE)
        run(COUNT)
        run(READ)
        run("%maze_run")
        assert run("print(found)") == "['one\\ntwo\\n', '2', 'counted']\n"
        # In an ordinary cell they are files too.
        assert run("print(model.read_text() + lines.read_text().strip())") == "one\ntwo\n2\n"

        # What is left anew is what later cells take.
        run(LEAVE.replace("two", "two\\nthree"))
        run("%maze_run")
        assert run("print(found)") == "['one\\ntwo\\nthree\\n', '3', 'counted']\n"
        with MaClient(offline=True) as client:
            newest = max(client.runs(), key=lambda each: each.started)
            left = client.get_run(newest.run_id).artifacts("leave")
            assert sorted(left) == ["model.txt", "notes/more.txt"]
            assert left["model.txt"].read_text() == "one\ntwo\nthree\n"
