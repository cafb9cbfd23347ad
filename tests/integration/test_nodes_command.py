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

COMMAND = Path(sys.executable).parent / "maze-nb"


def typed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``maze-nb nodes`` to its end."""
    base = {name: value for name, value in os.environ.items() if name not in ADDRESS_VARIABLES}
    return subprocess.run(
        [COMMAND, "nodes", *words],
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def listed(*words: str, **environment: str) -> dict[str, dict]:
    done = typed(*words, "--json", **environment)
    assert done.returncode == 0, done.stderr
    return {node["node_id"]: node for node in json.loads(done.stdout)}


def test_lists_as_json_and_as_a_table(separate):
    nodes = listed("--address", separate)
    assert set(nodes) == {"a", "b"}
    assert [node["status"] for node in nodes.values()] == ["available", "available"]
    assert [node["cpu"] for node in nodes.values()] == [2, 2]
    assert [len(node["workers"]) for node in nodes.values()] == [1, 1]
    table = typed("--address", separate).stdout.splitlines()
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
    done = typed("drain", "a", "--address", separate)
    assert (done.returncode, done.stdout) == (0, "a gets no new work\n")
    assert listed("--address", separate)["a"]["status"] == "draining"
    done = typed("--address", separate, "undrain", "a")
    assert (done.returncode, done.stdout) == (0, "a gets work again\n")
    assert listed("--address", separate)["a"]["status"] == "available"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["drain", "aa"], 1, "Error: there is no node 'aa': did you mean 'a'?"),
        (["undrain", "zzz"], 1, "Error: there is no node 'zzz': known are: 'a', 'b'"),
        (["--json", "drain", "a"], 2, "Error: --json lists: leave out drain"),
        (["drain"], 2, "Error: Missing argument 'NODE'."),
        (["drian", "a"], 2, "No such command 'drian'"),
        (["--scheduler-file", "/nowhere/at.json"], 1, "file /nowhere/at.json names no scheduler"),
        (["--address", "nowhere"], 1, "Error: 'nowhere' is no address of a scheduler"),
    ],
)
def test_what_makes_no_sense_is_refused(separate, words, code, said):
    done = typed(*words, MAZE_SCHEDULER=separate)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scheduler_that_is_not_there_is_said_in_the_time_of_the_setting():
    done = typed("--address", "tcp://127.0.0.1:1", DASK_MAZE__CONNECT_TIMEOUT="500ms")
    assert done.returncode == 1
    assert "no scheduler answered at tcp://127.0.0.1:1 within 0.5 s: connection refused" in (
        done.stderr
    )
    assert len(done.stderr.splitlines()) == 1


def test_a_drained_node_is_closed_when_it_has_nothing_to_do(start_cluster):
    own = start_cluster()
    own.add_worker("c", "--nanny")
    assert set(listed("--address", own.address)) == {"c"}
    done = typed("drain", "c", "--close", "--address", own.address)
    assert done.stdout == "c gets no new work; its workers end once they have nothing left to do\n"
    own.workers[0].wait(30)
    assert listed("--address", own.address)["c"]["status"] == "terminated"
    with MaClient(own.address) as client:
        assert not client.dask_client.nthreads()
