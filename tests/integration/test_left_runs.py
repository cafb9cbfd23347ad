"""Interrupts in the moments between the submission of a run and the wait for its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, task
from maze_nb.magics.newest import Newest
from maze_nb.magics.session import Session
from maze_nb.sdk.caller import Caller
from maze_nb.sdk.runs import Runs
from tests.shells import Cells, maze_shell

TASK = (
    "%%maze_task slow --no-cache\nimport time\nfrom pathlib import Path\n"
    "end = time.monotonic() + 60\n"
    "while not Path({gate!r}).exists() and time.monotonic() < end:\n    time.sleep(0.05)"
)


def interrupted(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what stands in for a function: an interrupt comes the first time it is called."""
    calls: list[None] = []

    def stand_in(*words: Any, **arguments: Any) -> Any:
        calls.append(None)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return original(*words, **arguments)

    return stand_in


def interrupted_on_its_way(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what stands in for a call whose answer nobody waits for."""

    def stand_in(caller: Caller, operation: str, **arguments: Any) -> Any:
        if operation != "maze_submit":
            return original(caller, operation, **arguments)
        threading.Timer(0.3, original, (caller, operation), arguments).start()
        raise KeyboardInterrupt

    return stand_in


MOMENTS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "before the scheduler has it": (Caller, "call", interrupted_on_its_way),
    "before it is followed": (Runs, "follow", interrupted),
    "before it is noted": (Newest, "note", interrupted),
    "before it is the last": (Session, "_take", interrupted),
}


@contextmanager
def interrupt(moment: str) -> Iterator[None]:
    where, name, stand_in = MOMENTS[moment]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, name, stand_in(getattr(where, name)))
        yield


@pytest.fixture
def cells(tmp_path: Path, capsys: pytest.CaptureFixture[str], separate: str) -> Iterator[Cells]:
    with maze_shell(tmp_path) as shell:
        made = Cells(shell, capsys)
        made.run(f"%maze_connect {separate}")
        made.run(TASK.format(gate=str(tmp_path / "gate")))
        yield made


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("way", ["%maze_run", "%%maze_task slow --run --no-cache\n{body}"])
def test_a_cell_that_is_interrupted_leaves_no_run(
    cells: Cells, tmp_path: Path, moment: str, way: str
) -> None:
    source = way.format(body=TASK.format(gate=str(tmp_path / "gate")).partition("\n")[2])
    client = cells.session.client
    before = {each.run_id for each in client.runs()}
    with interrupt(moment):
        cells.run(source, fails=True)
    (begun,) = (each.run_id for each in client.runs() if each.run_id not in before)
    assert client.get_run(begun).wait(30) == "cancelled"
    (tmp_path / "gate").touch()


@pytest.mark.parametrize("kind", ["embedded", "separate"])
def test_a_script_that_is_interrupted_says_which_run_it_leaves(
    request: pytest.FixtureRequest, kind: str
) -> None:
    @task
    def quick():
        return 1

    address = request.getfixturevalue("separate") if kind == "separate" else None
    with MaClient(address) as client:
        workflow = client.create_workflow()
        workflow.add_task(quick)
        with interrupt("before it is followed"), pytest.raises(KeyboardInterrupt) as caught:
            workflow.run()
        notes = getattr(caught.value, "__notes__", [])
        assert len(notes) == (kind == "separate")
        for note in notes:
            assert "may have begun in the cluster" in note
            exec(note.partition("to cancel it: ")[2], {"MaClient": MaClient})
