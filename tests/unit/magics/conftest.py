"""A real IPython shell with the magics, and its task cells run here, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import cloudpickle
import pytest
from IPython.core.interactiveshell import InteractiveShell

from maze_nb.magics import clients
from maze_nb.magics.build import build
from maze_nb.magics.session import Session
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference
from tests.shells import maze_shell, session_of


class Notebook:
    """Runs cells as a front end does, and gives back what they printed or raised."""

    def __init__(self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell = shell
        self._capsys = capsys

    @property
    def session(self) -> Session:
        return session_of(self.shell)

    def run(self, source: str, cell_id: str | None = None) -> str:
        """Run a cell and return what it printed; fail if it raised."""
        found = self.shell.run_cell(source, store_history=True, cell_id=cell_id)
        printed = self._capsys.readouterr().out
        assert found.error_before_exec is None, printed
        assert found.error_in_exec is None, printed
        return printed

    def fail(self, source: str, cell_id: str | None = None) -> str:
        """Run a cell that must raise; return what the person sees."""
        found = self.shell.run_cell(source, store_history=True, cell_id=cell_id)
        assert not found.success
        printed = self._capsys.readouterr().out
        assert "Traceback" not in printed
        return printed

    def edges(self) -> list[str]:
        """Return the edges between the task cells as ``"source names target"``."""
        graph = self.session.graph()
        names = {task["id"]: task["name"] for task in graph["tasks"]}
        return [
            f"{names[edge['source']]} {','.join(edge['names'])} {names[edge['target']]}"
            for edge in graph["edges"]
        ]

    def compute(self) -> dict[str, Any]:
        """Run the task cells in order, each on copies, and return all they made by name."""
        made: dict[str, Any] = {}
        done: dict[str, dict[str, Any]] = {}
        for task in build(self.session.book, WorkflowGraph("test")).get_tasks():
            inputs = {
                name: done[value.task.task_id][value.name]
                if isinstance(value, OutputReference)
                else value
                for name, value in task.inputs.items()
            }
            function = cloudpickle.loads(cloudpickle.dumps(task.function.function))
            found = function(MappingProxyType(inputs))
            done[task.task_id] = cloudpickle.loads(cloudpickle.dumps(found))
            made.update(done[task.task_id])
        return made


@pytest.fixture
def notebook(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Notebook]:
    # Whatever other tests left: here nothing ran before, and no cluster is there.
    monkeypatch.setenv("MAZE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(clients, "has_embedded", lambda: False)
    with maze_shell(tmp_path) as shell:
        capsys.readouterr()
        yield Notebook(shell, capsys)
