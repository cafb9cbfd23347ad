"""Which cluster a client talks to, and how a scheduler that cannot be reached is told."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time

import dask.config
import pytest
from distributed import LocalCluster, Scheduler, SpecCluster, get_client

from maze_nb import deploy
from maze_nb.errors import ConnectionFailedError

LOOPBACK = "127.0.0.1"


@pytest.fixture(scope="module")
def dask_cluster():
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        host=LOOPBACK,
        dashboard_address=f"{LOOPBACK}:0",
    ) as cluster:
        yield cluster


@contextlib.contextmanager
def silent_listener():
    """Yield the address of a port that takes connections and never says a word."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield f"tcp://{LOOPBACK}:{server.getsockname()[1]}"


@contextlib.contextmanager
def closed_port():
    """Yield an address where nobody listens."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    yield f"tcp://{LOOPBACK}:{port}"


def test_a_given_address(dask_cluster):
    connection = deploy.connect(dask_cluster.scheduler_address)
    with contextlib.closing(connection):
        assert connection.kind == "address"
        assert connection.address == dask_cluster.scheduler_address
        assert connection.client.submit(lambda: 42).result(timeout=30) == 42


def test_a_given_cluster_outlives_the_connection(dask_cluster):
    for _ in range(2):
        connection = deploy.connect(cluster=dask_cluster)
        with contextlib.closing(connection):
            assert connection.kind == "cluster"
            assert connection.address == dask_cluster.scheduler_address
            assert connection.client.submit(lambda: 42).result(timeout=30) == 42


def test_what_dask_is_configured_for(dask_cluster):
    with dask.config.set({"scheduler-address": dask_cluster.scheduler_address}):
        connection = deploy.connect()
    with contextlib.closing(connection):
        assert connection.kind == "configured"
        assert connection.address == dask_cluster.scheduler_address


def test_the_environment_variable_of_dask(dask_cluster):
    code = "from maze_nb import deploy; print(deploy.connect().kind, deploy.connect().address)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"DASK_SCHEDULER_ADDRESS": dask_cluster.scheduler_address},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert answer.stdout.split() == ["configured", dask_cluster.scheduler_address]


def test_the_users_default_client_stays_the_default(dask_cluster):
    with contextlib.closing(deploy.connect(cluster=dask_cluster)), pytest.raises(ValueError):
        get_client()


@pytest.mark.parametrize(
    "place",
    [
        silent_listener,
        closed_port,
        lambda: contextlib.nullcontext("tcp://no-such-host.invalid:8786"),
        lambda: contextlib.nullcontext("no-such-scheme://127.0.0.1:8786"),
        lambda: contextlib.nullcontext("not an address"),
        lambda: contextlib.nullcontext("tcp://127.0.0.1:not-a-port"),
        lambda: contextlib.nullcontext(""),
    ],
    ids=["silent", "closed", "unknown-host", "unknown-scheme", "words", "no-port", "empty"],
)
def test_unreachable_in_bounded_time(place):
    with place() as address, dask.config.set({"maze.connect-timeout": "1s"}):
        started = time.monotonic()
        with pytest.raises(ConnectionFailedError) as caught:
            deploy.connect(address)
        # Without the setting it is tried for half a minute.
        assert time.monotonic() - started < 25
    assert repr(address) in str(caught.value)
    assert "dask scheduler" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["foo", "tcp://foo", "tcp://127.0.0.1:99999", "127.0.0.1:0", "tls://h:x", "", ":8786"],
)
def test_what_is_no_address_is_refused_at_once(address):
    with dask.config.set({"maze.connect-timeout": "60s"}):
        started = time.monotonic()
        with pytest.raises(ConnectionFailedError, match="no address of a scheduler") as caught:
            deploy.connect(address)
        assert time.monotonic() - started < 60
    assert f"{address!r} is" in str(caught.value)
    assert "'tcp://host:8786'" in str(caught.value)


def test_a_worker_is_no_scheduler(dask_cluster):
    (worker,) = dask_cluster.workers.values()
    with (
        dask.config.set({"maze.connect-timeout": "1s"}),
        pytest.raises(ConnectionFailedError, match=worker.address) as caught,
    ):
        deploy.connect(worker.address)
    assert "scheduler" in str(caught.value)


def test_a_closed_cluster_is_told():
    options = {"host": LOOPBACK, "dashboard_address": f"{LOOPBACK}:0"}
    cluster = SpecCluster(scheduler={"cls": Scheduler, "options": options})
    cluster.close()
    with (
        dask.config.set({"maze.connect-timeout": "1s"}),
        pytest.raises(ConnectionFailedError, match="no Dask scheduler answered"),
    ):
        deploy.connect(cluster=cluster)


def test_both_at_once_is_refused(dask_cluster):
    with pytest.raises(ConnectionFailedError, match="not both"):
        deploy.connect("tcp://127.0.0.1:8786", dask_cluster)
