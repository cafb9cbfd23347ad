"""The cluster plots on real dashboards, as browsers and dask-labextension read them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError

import dask
import pytest
from bokeh.client import pull_session
from bokeh.models import ColumnDataSource
from distributed import Client, LocalCluster

from maze_nb import MaClient, task
from maze_nb.errors import ConnectionFailedError
from maze_nb.sdk.dashboard import Dashboard
from tests.waiting import address_in, wait_until

PLOTS = ["Gpus", "Nodes", "Queue", "Tasks", "Use"]


@task(inputs=["gate"], outputs=["n"])
def held(params: dict) -> dict:
    import time
    from pathlib import Path

    deadline = time.monotonic() + 60
    while not Path(params["gate"]).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"n": 1}


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0"
    ) as started:
        yield started


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[MaClient]:
    with MaClient(cluster=cluster) as made:
        yield made


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def beside(link: str, page: str) -> str:
    return f"{link.rpartition('/')[0]}/{page}"


def looked(dask_scheduler=None) -> int:
    return dask_scheduler.plugins["maze"]._pages.board.looked


def open_pages(dask_scheduler=None) -> int:
    ours = dask_scheduler.plugins["maze"]._pages._ours
    return sum(len(ours.get_sessions(path)) for path in ours.app_paths)


def take_away(dask_scheduler=None) -> None:
    dask_scheduler.plugins["maze"]._pages.remove()


def wait_for_nobody(client: MaClient) -> int:
    """Wait until no page is open, as Bokeh keeps one for a while; return how often was looked."""
    wait_until(lambda: not client.dask_client.run_on_scheduler(open_pages), 60)
    return client.dask_client.run_on_scheduler(looked)


# Before others open pages, as Bokeh keeps each for a while.
def test_nothing_is_looked_at_unless_somebody_watches(client: MaClient, tmp_path: Path) -> None:
    before = wait_for_nobody(client)
    flow = client.create_workflow("unwatched")
    flow.add_task(held, inputs={"gate": str(tmp_path)})
    client.get_run(flow.run()).wait(60)
    assert client.dask_client.run_on_scheduler(looked) == before


def test_the_pages_are_listed_where_those_of_dask_are(client: MaClient) -> None:
    link = client.dashboard().link
    listed = json.loads(read(beside(link, "individual-plots.json")))
    ours = {name: path for name, path in listed.items() if "Maze" in name}
    assert sorted(ours) == [f"Individual Maze {name}" for name in PLOTS]
    assert "Individual Task Stream" in listed
    for path in ours.values():
        assert "bokeh" in read(beside(link, path.lstrip("/")))
    for page in ("maze", "status"):
        text = read(beside(link, page))
        assert 'href="maze">Maze<' in text
        assert 'href="individual-maze-nodes">Maze Nodes<' in text


def shown(client: MaClient) -> dict[str, dict[str, list]]:
    """Return what a page has that is opened now, by a column of each source that no other has."""
    session = pull_session(url=client.dashboard().link)
    try:
        sources = [dict(each.data) for each in session.document.select({"type": ColumnDataSource})]
    finally:
        session.close()
    return {
        mark: {name: list(column) for name, column in source.items()}
        for mark in ("run", "reserved", "tasks", "time")
        for source in sources
        if mark in source and source[mark] != []
    }


def test_a_page_shows_what_runs_and_what_waits(client: MaClient, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    flow = client.create_workflow("watched")
    for _ in range(6):
        flow.add_task(held, inputs={"gate": str(gate)}, resources={"cpu": 1})
    run = client.get_run(flow.run())
    wait_until(lambda: shown(client).get("run", {}).get("running") == [2])
    seen = shown(client)
    assert seen["run"]["run"][0].startswith("watched · ")
    assert seen["run"]["waiting"][0] + seen["run"]["pending"][0] == 4
    # Where such tasks were short before, some are placed behind those that run.
    assert sum(seen["tasks"]["tasks"]) == 4
    assert {"CPU"} <= set(seen["tasks"]["name"]) <= {"CPU", "what runs there"}
    assert len(seen["time"]["CPU"]) >= 1
    gate.touch()
    run.wait(60)
    wait_until(lambda: "tasks" not in shown(client))


def test_the_pages_go_with_the_plugin_and_come_back() -> None:
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster:
        with MaClient(cluster=cluster) as first:
            link = first.dashboard().link
        with Client(cluster, set_as_default=False) as plain:
            plain.run_on_scheduler(take_away)
            with pytest.raises(HTTPError, match="404"):
                read(link)
            assert "Maze" not in read(beside(link, "individual-plots.json"))
            assert "Maze" not in read(beside(link, "status"))
            plain.run_on_scheduler(take_away)
            plain.unregister_scheduler_plugin("maze")
        for _ in range(2):
            with MaClient(cluster=cluster) as again:
                assert again.dashboard().link == link
                assert read(beside(link, "status")).count('href="maze"') == 1
                again.dask_client.unregister_scheduler_plugin("maze")


def test_the_bar_of_dask_covers_nothing_of_the_page_however_high_it_is(client: MaClient) -> None:
    page = read(client.dashboard().link)
    assert page.index("css/base.css") < page.index(".navbar { position: sticky; }")


def test_a_notebook_embeds_the_page_and_a_terminal_names_it(client: MaClient) -> None:
    shown = client.dashboard(height=321)
    bundle = shown._repr_mimebundle_()
    assert repr(shown) == bundle["text/plain"] == shown.link
    assert f'<iframe src="{shown.link}"' in bundle["text/html"]
    assert f'<a href="{shown.link}"' in bundle["text/html"]
    assert 'height="321"' in bundle["text/html"]
    hostile = Dashboard('http://h/"><script>alert(1)</script>')
    assert "<script" not in hostile._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("{MAZE_TEST_PREFIX}proxy/{port}/status", "/user/ada/proxy/{port}/maze"),
        ("https://hub.example/proxy/{port}", "https://hub.example/proxy/{port}/maze"),
        ("/proxy/{port}/", "/proxy/{port}/maze"),
    ],
)
def test_the_address_follows_the_setting(
    client: MaClient, monkeypatch: pytest.MonkeyPatch, setting: str, expected: str
) -> None:
    monkeypatch.setitem(os.environ, "MAZE_TEST_PREFIX", "/user/ada/")
    port = client.dashboard().link.rpartition(":")[2].partition("/")[0]
    with dask.config.set({"distributed.dashboard.link": setting}):
        assert client.dashboard().link == expected.format(port=port)


def test_a_setting_that_names_what_is_not_there_is_told(client: MaClient) -> None:
    with (
        dask.config.set({"distributed.dashboard.link": "{NO_SUCH_VARIABLE}/status"}),
        pytest.raises(ConnectionFailedError, match="link names 'NO_SUCH_VARIABLE'"),
    ):
        client.dashboard()


def test_the_embedded_cluster_has_them(embedded: MaClient) -> None:
    assert "Maze" in read(embedded.dashboard().link)


def test_a_scheduler_without_a_dashboard_says_so(separate: str) -> None:
    with (
        MaClient(separate) as client,
        pytest.raises(ConnectionFailedError, match="started without"),
    ):
        client.dashboard()


def test_without_a_cluster_there_are_none() -> None:
    with MaClient(offline=True) as client, pytest.raises(ConnectionFailedError):
        client.dashboard()


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Give a function that starts a scheduler by a command and returns its address."""
    with ExitStack() as started:

        def start(options: str, **environment: str) -> str:
            file = tmp_path / "scheduler.json"
            command = [
                Path(sys.executable).parent / "maze-nb", "scheduler", "--host", "127.0.0.1",
                "--port", "0", "--scheduler-file", file, *shlex.split(options),
            ]  # fmt: skip
            with (tmp_path / "scheduler.log").open("wb") as log:
                process = started.enter_context(
                    subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
                )
            started.callback(process.kill)
            return address_in(file)

        yield start


def test_a_scheduler_by_command_has_them_before_clients_come(typed: Callable[..., str]) -> None:
    address = typed("--dashboard-address 127.0.0.1:0 --dashboard-prefix behind")
    with Client(address, set_as_default=False) as plain:
        link = plain.dashboard_link.replace("/status", "/behind/maze")
    assert "Maze" in read(link)
    listed = json.loads(read(link.replace("/maze", "/individual-plots.json")))
    assert "Individual Maze Nodes" in listed
    with MaClient(address) as client:
        assert client.dashboard().link == link


def test_a_scheduler_without_bokeh_goes_on_without_them(
    typed: Callable[..., str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken/bokeh"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no bokeh here')")
    address = typed("--dashboard-address 127.0.0.1:0", PYTHONPATH=str(broken.parent))
    with (
        MaClient(address) as client,
        pytest.raises(ConnectionFailedError, match="Bokeh is missing"),
    ):
        client.dashboard()
