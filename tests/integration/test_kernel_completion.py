"""Completion and help of magics, asked of a real kernel as JupyterLab asks."""

from __future__ import annotations

from typing import Any

import pytest
from nbclient.util import run_sync

from tests.kernels import client_of, notebook_of

CELLS = ["%load_ext maze_nb", "%%maze_task train\nmodel = 1"]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Any:
    notebook = client_of(notebook_of(*CELLS), tmp_path_factory.mktemp("kernel"))
    with notebook.setup_kernel():
        for index, cell in enumerate(notebook.nb.cells):
            notebook.execute_cell(cell, index)
        yield notebook.kc


def ask(question: Any, code: str, cursor: int) -> Any:
    async def asked() -> Any:
        return await question(code, cursor, reply=True, timeout=30)

    return run_sync(asked)()["content"]


@pytest.mark.parametrize(
    ("typed", "matches"),
    [
        ("%maze_run --f", ["--fail-fast"]),
        ("%%maze_task --pri", ["--priority"]),
        ("%%maze_task --isolation th", ["thread"]),
        ("%maze_workflow forget tr", ["train"]),
        ("%maze_rerun --from tr", ["train"]),
        ("%maze_stat", ["%maze_status"]),
    ],
)
def test_completion(kernel: Any, typed: str, matches: list[str]) -> None:
    reply = ask(kernel.complete, typed, len(typed))
    assert reply["matches"] == matches
    completed = typed[: reply["cursor_start"]] + matches[0]
    assert completed == " ".join([*typed.split()[:-1], matches[0]])


def test_help(kernel: Any) -> None:
    reply = ask(kernel.inspect, "%maze_run", 5)
    assert reply["found"]
    assert "%maze_run [--all] [--fail-fast]" in reply["data"]["text/plain"]
