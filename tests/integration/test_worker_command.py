"""``maze-nb worker`` typed as people type it: one node, its slots, what it offers, its end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from maze_nb import MaClient, task
from maze_nb.wire.submission import NodeSummary
from tests.waiting import address_in, wait_until

BIN = Path(sys.executable).parent
BOUND = 20


class Typed:
    """A scheduler, and commands that were typed against it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.type(
            f"dask scheduler --host 127.0.0.1 --port 0 --no-dashboard --scheduler-file {file}"
        )
        self.address: str = address_in(file)

    def type(self, line: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own, as a shell does."""
        words = shlex.split(line)
        with (self.folder / "output.txt").open("ab") as output:
            process = subprocess.Popen(
                [BIN / words[0], *words[1:]],
                cwd=self.folder,
                env=os.environ | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def end(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(BOUND)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(BOUND)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    made = Typed(tmp_path_factory.mktemp("typed"))
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def client(typed: Typed) -> Iterator[MaClient]:
    with MaClient(typed.address) as made:
        yield made


def node(client: MaClient, node_id: str, slots: int) -> NodeSummary | None:
    """Return a node once all its slots have joined."""
    found = [one for one in client.nodes() if one.node_id == node_id and len(one.workers) == slots]
    return found[0] if found and found[0].status != "terminated" else None


def end_in_time(
    process: subprocess.Popen[bytes], number: int, to_group: bool = False, status: int = 0
) -> set[int]:
    """Send a signal; return the processes that are gone in time: this one and all it started."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    (os.killpg if to_group else os.kill)(process.pid, number)
    process.wait(BOUND)
    _, left = psutil.wait_procs(family, timeout=BOUND)
    assert not left
    assert process.returncode == status
    return {member.pid for member in family}


@task(outputs=["pid"], isolation="process")
def sleep_in_a_program(marker: str):
    import subprocess
    from pathlib import Path

    with subprocess.Popen(["sleep", "600"]) as program:
        Path(marker).write_text(str(program.pid))
    return {"pid": program.pid}


def test_slots_are_one_node_that_ends_with_all_its_processes(typed, client, tmp_path):
    command = typed.type(
        f"maze-nb worker {typed.address} --id n1 --tags a100,fast --slots 2 --gpu 2 --vram 32000 "
        f"--memory 2GiB --cpu 3 --results-dir {tmp_path / 'results'} --heartbeat 0.2"
    )
    wait_until(lambda: node(client, "n1", 2))
    found = node(client, "n1", 2)
    assert [(device.index, device.memory) for device in found.devices] == [(0, 16000), (1, 16000)]
    assert (found.cpu, found.cpu_mem) == (3, 2048)
    assert set(found.tags) == {"a100", "fast"}
    assert found.results_dir == str(tmp_path / "results")
    assert "node n1: 2 slots, 3 cores, 2.0 GB memory, 2 GPUs with 31.2 GB" in typed.output()

    def told() -> float | None:
        return node(client, "n1", 2).heard

    first = told()
    wait_until(lambda: (told() or 0) > (first or 0), 5)
    workers = client.dask_client.scheduler_info(n_workers=-1)["workers"].values()
    assert {worker["name"] for worker in workers} == {"n1-0", "n1-1"}
    assert {worker["memory_limit"] for worker in workers} == {2 * 2**30}
    assert [worker["resources"] for worker in workers] == [{}, {}]

    marker = tmp_path / "program"
    workflow = client.create_workflow()
    workflow.add_task(sleep_in_a_program, inputs={"marker": str(marker)})
    run_id = workflow.run()
    wait_until(lambda: marker.exists() and marker.read_text())
    assert int(marker.read_text()) in end_in_time(command, signal.SIGTERM)
    client.get_run(run_id).cancel()


@task(outputs=["pids"])
def pool_in_a_thread():
    import multiprocessing
    import os

    with multiprocessing.get_context("fork").Pool(2) as pool:
        return {"pids": [*pool.starmap(os.getppid, [()] * 4), os.getpid()]}


@task(outputs=["nothing"])
def stuck_in_a_pool(marker: str):
    import multiprocessing
    import time
    from pathlib import Path

    with multiprocessing.get_context("fork").Pool(2) as pool:
        going = pool.map_async(time.sleep, [600, 600])
        Path(marker).write_text("going")
        going.get()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_a_task_may_use_multiprocessing_and_none_of_it_stays(typed, client, tmp_path, number):
    name = f"pool-{number.name.lower()}"
    command = typed.type(f"maze-nb worker {typed.address} --id {name} --slots 2 --tags {name}")
    wait_until(lambda: node(client, name, 2))
    workflow = client.create_workflow()
    workflow.add_task(pool_in_a_thread, tags=[name])
    (found,) = workflow.show_results(workflow.run())["task_results"].values()
    assert len(set(found["pids"])) == 1

    marker = tmp_path / "marker"
    workflow = client.create_workflow()
    workflow.add_task(stuck_in_a_pool, inputs={"marker": str(marker)}, tags=[name])
    run_id = workflow.run()
    wait_until(marker.exists)
    pids = end_in_time(command, number, status=0 if number == signal.SIGTERM else -number)
    assert len(pids) >= 1 + 2 + 2, "the command, its slots and the pool"
    client.get_run(run_id).cancel()


def test_what_nannied_workers_are_to_know_reaches_them(typed, client):
    import dask.config

    command = typed.type(
        "maze-nb worker",
        DASK_SCHEDULER_ADDRESS=typed.address,
        WORKER_ID="n2",
        MAZE_SLOTS="2",
        MAZE_TAGS="slow",
        LOG_LEVEL="ERROR",
    )
    wait_until(lambda: node(client, "n2", 2))
    assert node(client, "n2", 2).tags == ("slow",)

    def look() -> tuple[str, int, float]:
        import logging

        import dask.config

        level = logging.getLogger("distributed").level
        return os.environ["MAZE_NODE_ID"], level, dask.config.get("distributed.worker.memory.spill")

    spill = dask.config.get("distributed.worker.memory.spill") / 2
    answers = client.dask_client.run(look, workers=list(node(client, "n2", 2).workers))
    assert set(answers.values()) == {("n2", 40, spill)}
    end_in_time(command, signal.SIGINT, to_group=True)


def test_one_slot_gives_plain_dask_work_its_resources_and_ends_while_busy(typed, client):
    command = typed.type(
        f"maze-nb worker {typed.address} --id n3 --slots 1 --gpu 1 --vram 8GiB --no-nanny"
    )
    wait_until(lambda: node(client, "n3", 1))
    (device,) = node(client, "n3", 1).devices
    assert device.memory == 8192
    dask = client.dask_client
    assert dask.submit(lambda: 6 * 7, resources={"GPU": 1, "VRAM": 100}).result(30) == 42
    stuck = dask.submit(time.sleep, 600, resources={"GPU": 1})
    wait_until(lambda: any(dask.processing().values()))
    taken = typed.type(f"maze-nb worker {typed.address} --id n3 --slots 2")
    assert taken.wait(30) == 1
    assert "a worker named 'n3' is connected already: give this node another" in typed.output()
    end_in_time(command, signal.SIGTERM)
    stuck.cancel()
