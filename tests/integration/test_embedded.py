"""The embedded cluster: it starts, is shared, keeps to itself, and always ends."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask.config
import psutil
import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from maze_nb import deploy
from maze_nb.deploy import slot_host
from maze_nb.errors import ConnectionFailedError
from maze_nb.model.node import NODE_ID_VARIABLE
from tests.waiting import wait_until

ONE_SLOT = os.environ | {"DASK_MAZE__SLOTS": "1"}


@pytest.fixture(scope="module")
def cluster():
    with deploy.start_embedded(2) as started:
        yield started


@pytest.fixture
def own_cluster():
    """Give a cluster that a test may end."""
    with deploy.start_embedded(2) as started:
        yield started


def script(folder: Path, body: str) -> list[str]:
    """Write a script without a main guard and return the command that runs it."""
    path = folder / "plain_script.py"
    path.write_text(textwrap.dedent(body))
    return [sys.executable, str(path)]


def is_group_gone(group: int) -> bool:
    """Say whether no live process is left in a process group."""
    for process in psutil.process_iter():
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and os.getpgid(process.pid) == group:
                return False
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return True


def test_slots_form_one_node_apart_from_this_process(cluster):
    with deploy.attach(cluster) as client:
        client.wait_for_workers(2, timeout=30)
        nodes = client.run(lambda: os.environ[NODE_ID_VARIABLE])
        processes = client.run(os.getpid)
        threads = set(client.nthreads().values())
    assert set(nodes.values()) == {cluster.host.node_id}
    assert len(set(processes.values())) == 2
    assert os.getpid() not in processes.values()
    assert threads == {1}
    assert cluster.slots == 2


def test_listens_on_loopback_only(cluster):
    with deploy.attach(cluster) as client:
        client.wait_for_workers(2, timeout=30)
        workers = list(client.scheduler_info(n_workers=-1)["workers"])
    assert all(address.startswith("tcp://127.0.0.1:") for address in workers)
    assert cluster.scheduler_address.startswith("tcp://127.0.0.1:")
    assert re.match(r"http://127\.0\.0\.1:\d+/", cluster.dashboard_link)


def test_slots_may_use_all_memory_and_spill_at_their_share(cluster):
    def shares(dask_worker):
        manager = dask_worker.memory_manager
        return (
            manager.memory_limit,
            manager.memory_target_fraction,
            manager.memory_spill_fraction,
            manager.memory_pause_fraction,
        )

    memory = dask.config.get("distributed.worker.memory")
    with deploy.attach(cluster) as client:
        (found,) = set(client.run(shares).values())
    assert found == (
        slot_host.MEMORY_LIMIT,
        memory["target"] / 2,
        memory["spill"] / 2,
        memory["pause"],
    )


def test_slots_have_the_settings_of_this_process(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), tmp_path])
    (tmp_path / "far_away.py").write_text("WORD = 'found'\n")

    def look():
        import far_away

        return dask.config.get("some.setting"), dask.config.get("pool", None), far_away.WORD

    with (
        ThreadPoolExecutor(1) as pool,
        dask.config.set({"some.setting": [1, "a"], "pool": pool}),
        deploy.start_embedded(1) as cluster,
        deploy.attach(cluster) as client,
    ):
        assert client.submit(look).result(timeout=30) == ([1, "a"], None, "found")


def nanny_status(dask_worker):
    return dask_worker.status.name


def test_a_slot_that_dies_comes_back(cluster):
    with deploy.attach(cluster) as client:
        client.wait_for_workers(2, timeout=30)
        # A nanny whose first worker dies while the nanny itself still starts gives up.
        wait_until(lambda: set(client.run(nanny_status, nanny=True).values()) == {"running"}, 30)
        victims = set(client.run(os.getpid).values())
        os.kill(next(iter(victims)), signal.SIGKILL)

        def has_recovered():
            found = set(client.run(os.getpid, on_error="ignore").values())
            return len(found) == 2 and found != victims

        wait_until(has_recovered, 30)


def pooled(seconds):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(time.sleep, [seconds] * 2)
        return [*pool.starmap(os.getppid, [()]), os.getpid()]


def test_a_task_may_use_multiprocessing_and_none_of_it_stays(own_cluster):
    with deploy.attach(own_cluster) as client:
        parent, slot = client.submit(pooled, 0).result(timeout=30)
        assert parent == slot
        stuck = client.submit(pooled, 600)
        host = psutil.Process(own_cluster.host.pid)
        wait_until(lambda: len(host.children(recursive=True)) >= 2 + 2)
        family = host.children(recursive=True)
        own_cluster.host.close()
        assert psutil.wait_procs(family, timeout=10)[1] == []
        stuck.release()


def test_close_leaves_nothing(own_cluster):
    folder = own_cluster.host.folder
    assert folder.exists()
    own_cluster.close()
    assert is_group_gone(own_cluster.host.pid)
    assert not folder.exists()
    own_cluster.close()


def test_in_a_kernel_that_is_interrupted_and_restarted():
    """Stopping a cell leaves the slots alone; restarting the kernel takes them away."""
    manager, client = start_new_kernel(startup_timeout=60)
    try:
        pids = "print(*connection.client.run(os.getpid).values(), cluster.host.pid)"
        before = said(
            client,
            f"""
            import os, time
            from maze_nb import deploy
            connection = deploy.connect()
            cluster = deploy.embedded_cluster()
            connection.client.wait_for_workers(cluster.slots, timeout=30)
            {pids}
            """,
        )
        asleep = "print('asleep', flush=True); time.sleep(60)"
        cell = client.execute(asleep, stop_on_error=False)
        while client.get_iopub_msg(timeout=30)["content"].get("text") != "asleep\n":
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)
        assert reply["parent_header"]["msg_id"] == cell
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert said(client, pids) == before
        manager.restart_kernel(now=True)
        group = int(before.split()[-1])
        wait_until(lambda: is_group_gone(group), 10)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client: BlockingKernelClient, code: str) -> str:
    """Return what code run in a kernel prints."""
    parts: list[str] = []

    def hear(message: dict) -> None:
        parts.append(message["content"].get("text", ""))

    reply = client.execute_interactive(textwrap.dedent(code), timeout=60, output_hook=hear)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(parts)


def test_workers_that_cannot_start_are_explained(monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", "no_such_module_here")
    with pytest.raises(ConnectionFailedError, match="no_such_module_here") as caught:
        deploy.start_embedded(1)
    assert "ended before one had joined" in str(caught.value)


def test_workers_that_take_too_long_are_explained():
    with (
        dask.config.set({"maze.start-timeout": "0s"}),
        pytest.raises(ConnectionFailedError, match=r"maze\.start-timeout"),
    ):
        deploy.start_embedded(1)


def test_plain_script(tmp_path):
    """No main guard, modules beside the script, relative paths, no litter, no noise, quick end."""
    (tmp_path / "beside.py").write_text("def double(x):\n    return 2 * x\n")
    work = tmp_path / "work"
    work.mkdir()
    (work / "data.txt").write_text("21")
    (work / "random.py").write_text("raise ImportError('a file of the user in the way')")
    command = script(
        tmp_path,
        """
        import beside
        from maze_nb import deploy

        def read(name):
            with open(name) as file:
                return beside.double(int(file.read()))

        connection = deploy.connect()
        again = deploy.connect()
        assert connection.kind == again.kind == "embedded"
        assert connection.address == again.address
        assert connection.client is not again.client
        again.close()
        held_at_the_end = connection.client.submit(read, "data.txt")
        print(held_at_the_end.result(timeout=30))
        print(deploy.embedded_cluster().host.pid)
        """,
    )
    answer = subprocess.run(
        command, cwd=work, capture_output=True, text=True, timeout=90, check=False
    )
    assert answer.stderr == ""
    assert answer.returncode == 0
    result, group = answer.stdout.split()
    assert result == "42"
    assert is_group_gone(int(group))
    assert sorted(path.name for path in work.iterdir()) == ["data.txt", "random.py"]


@pytest.mark.parametrize("busy", ["None", "spin", "pool"])
def test_ends_with_an_owner_that_is_killed(tmp_path, busy):
    command = script(
        tmp_path,
        f"""
        import time
        from maze_nb import deploy

        def spin():
            while True:
                sum(range(10_000_000))

        def pool():
            import multiprocessing
            with multiprocessing.get_context("fork").Pool(2) as workers:
                workers.map(time.sleep, [600, 600])

        connection = deploy.connect()
        future = connection.client.submit({busy}) if {busy} else None
        while future and not any(connection.client.processing().values()):
            time.sleep(0.01)
        host = deploy.embedded_cluster().host
        print(host.pid, host.folder, flush=True)
        time.sleep(60)
        """,
    )
    with subprocess.Popen(command, env=ONE_SLOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        group, folder = owner.stdout.readline().split()
        assert not is_group_gone(int(group))
        owner.kill()
        wait_until(lambda: is_group_gone(int(group)), 10)
        wait_until(lambda: not Path(folder).exists(), 10)


def test_busy_slots_do_not_hold_up_the_end(tmp_path):
    command = script(
        tmp_path,
        """
        import time
        from maze_nb import deploy

        connection = deploy.connect()
        future = connection.client.submit(time.sleep, 600)
        while not any(connection.client.processing().values()):
            time.sleep(0.01)
        print(deploy.embedded_cluster().host.pid, flush=True)
        """,
    )
    with subprocess.Popen(
        command, env=ONE_SLOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        group = int(owner.stdout.readline())
        # The task would go on for longer.
        _, noise = owner.communicate(timeout=30)
    assert noise == b""
    assert is_group_gone(group)
