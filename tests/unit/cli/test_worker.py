"""``maze-nb worker``: what it makes of flags and the environment, and what it refuses."""

from __future__ import annotations

import shlex
import socket

import pytest
from click.testing import CliRunner
from distributed.system import MEMORY_LIMIT

from maze_nb.cli.main import main
from maze_nb.cli.worker import worker
from maze_nb.cli.worker_setup import WorkerSetup, choose_node_id, declared_by, default_slots
from maze_nb.deploy.slot_host import core_count
from maze_nb.errors import MazeError

VARIABLES = {name: None for option in worker.params for name in option.envvar or ()}
NOWHERE = "tcp://127.0.0.1:1"


def parsed(line: str, **environment: str) -> dict:
    """Return what the command makes of its arguments."""
    with CliRunner(env=VARIABLES | environment).isolation():
        return worker.make_context("worker", shlex.split(line)).params


@pytest.mark.parametrize(
    ("line", "environment", "name", "value"),
    [
        ("--id n1", {"WORKER_ID": "n2"}, "id", "n1"),
        ("", {"WORKER_ID": "n2", "MAZE_WORKER_ID": "n3"}, "id", "n2"),
        ("", {"MAZE_WORKER_ID": "n3"}, "id", "n3"),
        ("", {}, "id", None),
        ("--tags 'b, a,,b'", {}, "tags", ("b", "a")),
        ("--tags ''", {"WORKER_TAGS": "a"}, "tags", ()),
        ("", {"WORKER_TAGS": "a100,fast"}, "tags", ("a100", "fast")),
        ("", {"MAZE_TAGS": "a100"}, "tags", ("a100",)),
        ("", {"MAZE_SLOTS": "3"}, "slots", 3),
        ("--slots 2", {"MAZE_SLOTS": "x"}, "slots", 2),
        ("--heartbeat 0.5", {}, "heartbeat", 0.5),
        ("", {"HEARTBEAT_INTERVAL_SEC": "30"}, "heartbeat", 30),
        ("", {"MAZE_HEARTBEAT_INTERVAL_SEC": "500ms"}, "heartbeat", 0.5),
        ("", {"LOG_LEVEL": "Warning"}, "log_level", "warning"),
        ("", {"MAZE_LOG_LEVEL": "DEBUG"}, "log_level", "debug"),
        ("--cpu 2.5", {}, "cpu", 2.5),
        ("--memory 16000", {}, "memory", 16000),
        ("--memory 16GiB", {}, "memory", 16384),
        ("", {"MAZE_MEMORY": "1 TiB"}, "memory", 2**20),
        ("--gpu 0", {"MAZE_GPU": "4"}, "gpu", 0),
        ("", {"MAZE_VRAM": "32GiB"}, "vram", 32768),
        ("", {"DASK_SCHEDULER_ADDRESS": "tcp://a:1"}, "address", "tcp://a:1"),
        ("", {"MAZE_SCHEDULER": "tcp://b:1"}, "address", "tcp://b:1"),
        ("tcp://c:1", {"DASK_SCHEDULER_ADDRESS": "tcp://a:1"}, "address", "tcp://c:1"),
        ("--death-timeout 5s", {}, "death_timeout", 5),
        ("", {}, "death_timeout", 60),
        ("", {}, "dashboard", False),
    ],
)
def test_flags_win_over_the_environment(line, environment, name, value):
    assert parsed(line, **environment)[name] == value


def test_the_folder_for_results_is_made(tmp_path):
    wanted = tmp_path / "a" / "b"
    assert parsed("", RESULTS_DIR=str(wanted))["results_dir"] == wanted
    assert wanted.is_dir()


@pytest.mark.parametrize(
    ("line", "environment", "said"),
    [
        ("--id 'two words'", {}, "'--id': 'two words' is no name for a node"),
        ("", {"WORKER_ID": "a b"}, "the variable WORKER_ID: 'a b' is no name for a node"),
        ("--tags 'a,two words'", {}, "'--tags': 'two words' is no tag"),
        ("", {"MAZE_TAGS": "two words"}, "the variable MAZE_TAGS: 'two words' is no tag"),
        ("--slots 0", {}, "'--slots': 0 is too small: give a whole number from 1 up"),
        ("--slots many", {}, "'--slots': 'many' is not a whole number"),
        ("", {"MAZE_SLOTS": "1.5"}, "the variable MAZE_SLOTS: '1.5' is not a whole number"),
        ("--heartbeat 0", {}, "'--heartbeat': '0' has to be a finite number above 0"),
        ("--heartbeat=-1", {}, "'--heartbeat': '-1' has to be a finite number above 0"),
        ("--heartbeat soon", {}, "'--heartbeat': 'soon'"),
        ("", {"HEARTBEAT_INTERVAL_SEC": "5 parsecs"}, "HEARTBEAT_INTERVAL_SEC: '5 parsecs' is not"),
        ("", {"LOG_LEVEL": "loud"}, "the variable LOG_LEVEL: 'loud' is not one of 'debug'"),
        ("--cpu none", {}, "'--cpu': 'none'"),
        ("--cpu nan", {}, "'--cpu': 'nan' has to be a finite number"),
        ("", {"MAZE_CPU": "0"}, "the variable MAZE_CPU: '0'"),
        ("--memory lots", {}, "'--memory': 'lots' is not understood: write it as in 16000 (in MB)"),
        ("--memory GiB", {}, "'GiB' is not understood: write it as in 16000 (in MB) or 16GiB"),
        ("--memory=-1GiB", {}, "'-1GiB' is not understood: write it as in 16000 (in MB) or 16GiB"),
        ("--memory 0", {}, "'0' has to be a finite number above 0, such as 16000 (in MB) or 16GiB"),
        ("--memory 3parsecs", {}, "'--memory': '3parsecs' is not understood: write it as in 16000"),
        ("", {"MAZE_MEMORY": "inf"}, "the variable MAZE_MEMORY: 'inf'"),
        ("--gpu x", {}, "'--gpu': 'x' is not a whole number"),
        ("--gpu=-1", {}, "'--gpu': -1 is too small: give a whole number from 0 up"),
        ("", {"MAZE_GPU": "1.5"}, "the variable MAZE_GPU: '1.5' is not a whole number"),
        ("--gpu 1 --vram 0", {}, "'--vram': '0' has to be"),
        ("--vram 32000", {}, "--vram (MAZE_VRAM) has no device to belong to"),
        ("--gpu 0", {"MAZE_VRAM": "1GiB"}, "--vram (MAZE_VRAM) has no device to belong to"),
        ("--slots 2 --no-nanny", {}, "--no-nanny is for one slot, and --slots (MAZE_SLOTS) is 2"),
        ("--results-dir /dev/null/results", {}, "/dev/null/results cannot be made"),
        ("", {"RESULTS_DIR": "/dev/null/x"}, "the variable RESULTS_DIR: /dev/null/x"),
        ("--death-timeout never", {}, "'--death-timeout': 'never'"),
        ("--scheduler-file there.json", {}, "give an address or --scheduler-file, not both"),
        ("--resources GPU=1", {}, "No such option"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_error_and_exit_code_2(line, environment, said):
    words = ["worker", NOWHERE, *shlex.split(line)]
    done = CliRunner(env=VARIABLES).invoke(main, words, env=environment)
    assert done.exit_code == 2, done.output
    faults = [text for text in done.output.splitlines() if text.startswith("Error: ")]
    assert len(faults) == 1
    assert said in faults[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["worker"], "no scheduler is named: give "),
        (["nodes"], "`maze-nb up` starts one"),
        (["nodes", "drain", "n1"], "`maze-nb up` starts one"),
        (["token"], "`maze-nb up` starts one"),
    ],
)
def test_without_a_scheduler_it_says_how_to_name_one(words, said):
    done = CliRunner(env=VARIABLES).invoke(main, words)
    assert done.exit_code == 2
    assert said in done.output
    assert "DASK_SCHEDULER_ADDRESS or MAZE_SCHEDULER" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([NOWHERE], "within 0.5 s: connection refused, nothing listens there. Check the address"),
        (["tcp://no-such-host.invalid:1"], "no scheduler answered at tcp://no-such-host.invalid:1"),
        (["nowhere"], "'nowhere' is no address of a scheduler"),
        (["smoke://host:1"], "'smoke://host:1' is no address of a scheduler"),
        (["--scheduler-file", "/nowhere/at.json"], "scheduler file /nowhere/at.json names no"),
    ],
)
def test_a_scheduler_that_is_not_there_is_said_in_time(words, said):
    words = ["worker", *words, "--death-timeout", "0.5"]
    done = CliRunner(env=VARIABLES).invoke(main, words)
    assert done.exit_code == 1, done.output
    (fault,) = done.output.splitlines()
    assert fault.startswith("Error: ")
    assert said in fault


def test_a_peer_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        words = ["worker", address, "--death-timeout", "0.5"]
        done = CliRunner(env=VARIABLES).invoke(main, words)
    assert done.exit_code == 1
    assert "within 0.5 s: no answer" in done.output


@pytest.mark.parametrize(
    ("slots", "declared", "resources"),
    [
        (1, {"GPU": 2.0, "VRAM": 32000.0}, ["--resources=GPU=2 VRAM=32000"]),
        (1, {}, []),
        (2, {"GPU": 2.0, "VRAM": 32000.0}, []),
    ],
)
def test_resources_go_to_dask_for_one_slot_and_to_the_node_always(slots, declared, resources):
    setup = WorkerSetup("n1", slots, declared)
    words = setup.arguments("tcp://a:1")
    assert [word for word in words if word.startswith("--resources")] == resources
    environment: dict[str, str] = {}
    setup.apply_to(environment)
    assert environment["MAZE_NODE_ID"] == "n1"
    assert environment["MAZE_RESOURCES"] == ("GPU=2 VRAM=32000" if declared else "")


@pytest.mark.parametrize(
    ("declared", "limit"),
    [({}, MEMORY_LIMIT), ({"MEM": 100.0}, 100 * 2**20), ({"MEM": 1e12}, MEMORY_LIMIT)],
)
def test_each_slot_may_use_all_of_the_nodes_memory(declared, limit):
    words = WorkerSetup("n1", 4, declared).arguments("tcp://a:1")
    assert f"--memory-limit={limit}" in words


def test_slots_together_keep_what_one_worker_would():
    one, four = (
        WorkerSetup("n", slots, {}).dask_settings()["distributed"]["worker"]["memory"]
        for slots in (1, 4)
    )
    assert set(one) == {"target", "spill"}
    assert {name: share * 4 for name, share in four.items()} == one


HOST = socket.gethostname()


@pytest.mark.parametrize(
    ("wanted", "slots", "connected", "chosen"),
    [
        ("n1", 2, ["n2", "n1-2"], "n1"),
        (None, 2, ["n1"], HOST),
        ("n1", 2, ["n1-1"], None),
        ("n1", 1, ["n1"], None),
        ("n1", 1, ["n1-0", "n1-1"], None),
    ],
)
def test_ids_of_nodes_belong_to_one_node(wanted, slots, connected, chosen):
    if chosen is not None:
        assert choose_node_id(wanted, slots, connected) == chosen
        return
    with pytest.raises(MazeError, match="is connected already: give this node another --id"):
        choose_node_id(wanted, slots, connected)


def test_a_second_node_of_a_machine_gets_an_id_of_its_own():
    chosen = choose_node_id(None, 1, [f"{HOST}-0", f"{HOST}-1"])
    assert chosen.startswith(f"{HOST}-")
    assert len(chosen) == len(HOST) + 5


def test_there_are_as_many_slots_as_cores_and_no_more_than_declared():
    assert default_slots(None) == core_count()
    assert default_slots(1) == 1
    assert default_slots(0.5) == 1
    assert default_slots(1000) == core_count()


def test_only_what_was_given_is_declared():
    assert declared_by(None, None, 0, None) == {"GPU": 0}
    assert declared_by(2.5, 100.0, 1, 200.0) == {"CPU": 2.5, "MEM": 100, "GPU": 1, "VRAM": 200}


def test_waiting_for_a_scheduler_file_is_said(tmp_path):
    missing = tmp_path / "missing.json"
    words = ["worker", "--scheduler-file", str(missing), "--death-timeout", "3"]
    done = CliRunner(env=VARIABLES).invoke(main, words)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    waiting = [line for line in lines if line.startswith(f"{missing}: no such file; waiting ")]
    assert len(waiting) == 1
    assert lines[-1].startswith(f"Error: the scheduler file {missing} names no scheduler")
