"""``maze-nb nodes`` typed as people type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb import MaClient
from maze_nb.cli.scheduler import ADDRESS_VARIABLES
from tests.typed import Typed, typed

COMMAND = Path(sys.executable).parent / "maze-nb"


def nodes(*words: str, **environment: str) -> Typed:
    """Run ``maze-nb nodes`` in this process."""
    return typed("nodes", *words, folder=Path.cwd(), environment=environment)


def started(*words: str, **environment: str) -> Typed:
    """Run ``maze-nb nodes`` in a process of its own, which reads the settings of Dask."""
    base = {name: value for name, value in os.environ.items() if name not in ADDRESS_VARIABLES}
    done = subprocess.run(
        [COMMAND, "nodes", *words],
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Typed(done.returncode, done.stdout, done.stderr)


def listed(*words: str, **environment: str) -> dict[str, dict]:
    done = nodes(*words, "--json", **environment)
    assert done.code == 0, done.errors
    return {node["node_id"]: node for node in json.loads(done.output)}


def test_lists_as_json_and_as_a_table(separate):
    found = listed("--address", separate)
    assert set(found) == {"a", "b"}
    assert [node["status"] for node in found.values()] == ["available", "available"]
    assert [node["cpu"] for node in found.values()] == [2, 2]
    assert [len(node["workers"]) for node in found.values()] == [1, 1]
    table = started("--address", separate).output.splitlines()
    assert table[0].split()[:2] == ["node", "status"]
    assert [line.split()[:2] for line in table[1:]] == [["a", "available"], ["b", "available"]]


@pytest.mark.parametrize("variable", ADDRESS_VARIABLES)
def test_finds_the_scheduler_in_the_environment(separate, variable):
    assert set(listed(**{variable: separate})) == {"a", "b"}


def test_finds_the_scheduler_in_a_file(separate, tmp_path):
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps({"address": separate}))
    assert set(listed("--scheduler-file", str(file), MAZE_SCHEDULER="tcp://127.0.0.1:1")) == {
        "a",
        "b",
    }


def test_drains_and_gives_work_again(separate):
    done = nodes("drain", "a", "--address", separate)
    assert (done.code, done.output) == (0, "a gets no new work\n")
    assert listed("--address", separate)["a"]["status"] == "draining"
    done = nodes("--address", separate, "undrain", "a")
    assert (done.code, done.output) == (0, "a gets work again\n")
    assert listed("--address", separate)["a"]["status"] == "available"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["drain", "aa"], 1, "Error: there is no node 'aa': did you mean 'a'?"),
        (["undrain", "zzz"], 1, "Error: there is no node 'zzz': known are: 'a', 'b'"),
        (["--json", "drain", "a"], 2, "Error: --json lists: leave out drain"),
        (["drain"], 2, "Error: Missing argument 'NODE'; see `maze-nb nodes drain --help`"),
        (["drian", "a"], 2, "No such command 'drian'"),
        (["--scheduler-file", "/nowhere/at.json"], 1, "file /nowhere/at.json names no scheduler"),
        (["--address", "nowhere"], 1, "Error: 'nowhere' is no address of a scheduler"),
    ],
)
def test_what_makes_no_sense_is_refused(separate, words, code, said):
    done = nodes(*words, MAZE_SCHEDULER=separate)
    assert done.code == code, done.errors
    assert said in done.errors
    assert "Traceback" not in done.errors


def test_a_scheduler_that_is_not_there_is_said_in_the_time_of_the_setting():
    done = started("--address", "tcp://127.0.0.1:1", DASK_MAZE__CONNECT_TIMEOUT="500ms")
    assert done.code == 1
    assert "no scheduler answered at tcp://127.0.0.1:1 within 0.5 s: connection refused" in (
        done.errors
    )
    assert len(done.errors.splitlines()) == 1


@pytest.mark.parametrize("command", ["nodes", "token"])
def test_where_nothing_is_kept_the_remedy_is_to_keep_one(command, tmp_path, monkeypatch):
    for name in ADDRESS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    done = typed(command, folder=tmp_path, environment={"MAZE_HOME": str(tmp_path)})
    assert done.code != 0
    assert "no cluster is kept here: `maze-nb up` starts one" in done.errors
    assert len(done.errors.splitlines()) == 1


def test_a_drained_node_is_closed_when_it_has_nothing_to_do(start_cluster):
    own = start_cluster()
    own.add_worker("c", "--nanny")
    assert set(listed("--address", own.address)) == {"c"}
    done = nodes("drain", "c", "--close", "--address", own.address)
    assert done.output == "c gets no new work; its workers end once they have nothing left to do\n"
    own.workers[0].wait(30)
    assert listed("--address", own.address)["c"]["status"] == "terminated"
    with MaClient(own.address) as client:
        assert not client.dask_client.nthreads()
