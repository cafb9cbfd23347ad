"""Which scheduler is asked about a run, and what is said where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dask.config
import pytest

from maze_nb import config
from maze_nb.errors import ConnectionFailedError
from maze_nb.server.schedulers import Schedulers
from maze_nb.store.open import open_store
from maze_nb.store.protocol import RunStore, StoredRun

LIVING, ELSEWHERE, CONFIGURED = (f"tcp://127.0.0.1:{port}" for port in (1001, 1002, 1003))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path))
    with closing(open_store(config.store_file(), address=LIVING)) as opened:
        yield opened


def made(store: RunStore, run_id: str, owner: str = "", finished: float | None = None) -> StoredRun:
    status = "running" if finished is None else "succeeded"
    run = StoredRun(run_id, "w", "name", 1.0, owner=owner, finished=finished, status=status)
    store.create(run, b"", b"")
    return store.run(run_id)


def test_a_run_is_asked_of_its_living_owner(store: RunStore) -> None:
    assert Schedulers().known() == []
    run = made(store, "a")
    assert Schedulers().of_run(run) == LIVING
    assert Schedulers().known() == [LIVING]
    store.close()
    assert Schedulers().known() == []


def test_a_copy_is_asked_where_it_is_a_copy_of(store: RunStore) -> None:
    run = made(store, "a", owner=f"copy of {ELSEWHERE}")
    assert Schedulers().of_run(run) == ELSEWHERE
    assert Schedulers().known() == [ELSEWHERE]


@pytest.mark.parametrize(
    ("finished", "said"), [(None, "which is interrupted, is gone"), (2.0, "which has ended")]
)
def test_a_run_without_owner_is_asked_of_the_scheduler_that_is_named(
    store: RunStore, finished: float | None, said: str
) -> None:
    run = made(store, "a", owner="host-1-gone", finished=finished)
    with pytest.raises(ConnectionFailedError, match=said) as refused:
        Schedulers().of_run(run)
    assert "start one with `maze-nb up`" in str(refused.value)
    with pytest.raises(ConnectionFailedError, match="no scheduler is known here"):
        Schedulers().any()
    with dask.config.set({"scheduler-address": CONFIGURED}):
        assert Schedulers().of_run(run) == CONFIGURED
        assert Schedulers().any() == CONFIGURED


def test_an_owner_that_does_not_say_where_it_is_asked_is_named(store: RunStore) -> None:
    with closing(open_store(config.store_file())) as silent:
        run = made(silent, "a")
        with pytest.raises(ConnectionFailedError, match=re.escape(run.owner)):
            Schedulers().of_run(run)


def test_a_scheduler_that_is_not_there_is_an_answer_in_bounded_time(store: RunStore) -> None:
    with dask.config.set({"scheduler-address": "tcp://127.0.0.1:1"}):
        (told,) = Schedulers().nodes()
    assert (told.address, told.nodes) == ("tcp://127.0.0.1:1", ())
    assert "does not answer" in told.reason
    with pytest.raises(ConnectionFailedError, match="does not answer"):
        Schedulers().call("no address at all", "maze_cancel", run_id="a")
