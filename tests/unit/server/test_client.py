"""What the server keeps in memory of runs, and what it does not load."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maze_nb import config
from maze_nb.errors import UnknownRunError, UnloadedValueError
from maze_nb.projection.run_view import view_of
from maze_nb.server import client as client_module
from maze_nb.server.client import ServerClient
from maze_nb.server.schedulers import Schedulers
from maze_nb.store.open import open_store
from maze_nb.store.protocol import Ending, Entry, StoredRun

RUNS = [f"run-{n}" for n in range(6)]


class Trap:
    """A value that says so when it is loaded."""

    sprung = False

    def __reduce__(self) -> Any:
        return _spring, ()


def _spring() -> None:
    Trap.sprung = True


def events(run_id: str) -> list[tuple[str, dict[str, Any]]]:
    graph = {"workflow_id": "w", "name": "n", "tasks": [{"task_id": "t", "name": "t"}], "edges": []}
    about = {"run_id": run_id, "workflow_id": "w"}
    output = {"name": "x", "type": "Trap", "summary": "a trap", "inline": pickle.dumps(Trap())}
    told = {"task_id": "t", "task_name": "t", "attempt": 1, "outputs": [output]}
    return [
        ("start_workflow", {**about, "graph": graph}),
        ("finish_task", {**about, **told}),
        ("finish_workflow", {**about, "status": "succeeded"}),
    ]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerClient]:
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(client_module, "_FRESH_SECONDS", 0.0)
    with closing(open_store(config.store_file())) as store:
        for run_id in RUNS:
            store.create(StoredRun(run_id, "w", "n", 1.0), b"", b"")
            packed = [
                Entry(run_id, seq, msgspec.msgpack.encode((seq, 1.0, kind, body)))
                for seq, (kind, body) in enumerate(events(run_id), 1)
            ]
            store.write(packed, [Ending(run_id, "succeeded", 2.0, {})])
        with ServerClient(Schedulers()) as made:
            yield made


def test_runs_that_nobody_follows_are_forgotten(client: ServerClient) -> None:
    followed = client.get_run(RUNS[0])
    stop = followed.log.subscribe(lambda: None)
    for run_id in RUNS[1:]:
        assert client.get_run(run_id).status == "succeeded"
    assert client.get_run(RUNS[0]) is followed
    assert len(client._runs._runs) <= 4
    client.let_go_of_all()
    assert list(client._runs._runs) == [RUNS[0]]
    stop()
    client.let_go_of_all()
    assert not client._runs._runs
    assert client.get_run(RUNS[0]) is not followed


def test_values_are_told_of_and_not_loaded(client: ServerClient) -> None:
    run = client.get_run(RUNS[0])
    view = view_of(run.log.read())
    (output,) = view.snapshot()["tasks"]["t"]["outputs"]
    assert (output["summary"], output["preview"]) == ("a trap", None)
    with pytest.raises(UnloadedValueError, match="'x' is not loaded in the Jupyter server"):
        run.result("t")
    assert not Trap.sprung


def test_a_run_that_nobody_knows_is_named(client: ServerClient) -> None:
    with pytest.raises(UnknownRunError, match="run-9"):
        client.get_run("run-9")
