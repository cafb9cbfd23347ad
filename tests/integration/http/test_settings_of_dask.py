"""Files over HTTP as Dask's own settings have its web server: with TLS, below a prefix, bare."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dask.config
import pytest
from click.testing import CliRunner
from distributed import LocalCluster
from distributed.security import Security

import maze_nb
from maze_nb import MaClient
from maze_nb.cli.main import main
from tests.web_site import Site


def leave() -> int:
    return (maze_nb.current_task().dir / "made.txt").write_text("made")


def read(artifacts: dict) -> tuple[str, str]:
    return artifacts["made.txt"].url, artifacts["made.txt"].read_text()


def sent(client: MaClient, root: Path) -> tuple[Site, str, str]:
    """Run a task that sends a file; return the web server, and what the next one is given."""
    workflow = client.create_workflow()
    made = workflow.add_task(leave, name="leave", destination="http")
    workflow.add_task(read, {"artifacts": made.artifacts}, name="read")
    run = client.get_run(workflow.run())
    url, text = next(iter(run.result("read", 60).values()))
    return Site(client.gateway(), run.run_id, made.task_id, root), url, text


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Security]:
    """Give what Dask is to be told of a certificate of its own, and tell it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-keyout", key, "-out", certificate]
    subprocess.run(["openssl", *words], check=True, capture_output=True)
    of_web = {"ca-file": certificate, "key": key, "cert": certificate}
    of_comm = {
        f"tls_{who}_{what}": path
        for who in ("client", "scheduler", "worker")
        for what, path in (("key", key), ("cert", certificate))
    }
    with dask.config.set({"distributed.scheduler.dashboard.tls": of_web}):
        yield Security(tls_ca_file=certificate, require_encryption=True, **of_comm)


def test_tls_below_a_prefix(tls: Security, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESULTS_DIR", str(tmp_path / "kept"))
    with (
        LocalCluster(
            n_workers=1,
            processes=False,
            security=tls,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"http_prefix": "/dask"},
        ) as cluster,
        MaClient(cluster=cluster) as client,
    ):
        site, url, text = sent(client, tmp_path / "kept")
        assert site.gateway.base_url.startswith("https://127.0.0.1:")
        assert site.gateway.base_url.endswith("/dask")
        assert url == site.gateway.file_url(site.run_id, site.task_id, "made.txt")
        assert text == "made"


def test_without_pages_of_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESULTS_DIR", str(tmp_path / "kept"))
    with (
        dask.config.set({"distributed.scheduler.http.routes": []}),
        LocalCluster(
            n_workers=1,
            processes=False,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
        ) as cluster,
        MaClient(cluster=cluster) as client,
    ):
        site, url, text = sent(client, tmp_path / "kept")
        assert text == "made"
        assert url == site.gateway.file_url(site.run_id, site.task_id, "made.txt")
        assert site.ask("GET", "/status").status_code == 404
        assert site.ask("GET", "/healthz").json()["status"] == "ok"


def test_the_command_tells_the_token(separate: str) -> None:
    with MaClient(separate) as client:
        found = client.gateway()
    ended = CliRunner().invoke(main, ["token", "--address", separate])
    assert ended.exit_code == 0, ended.output
    assert ended.stdout == f"{found.token}\n"
    assert ended.stderr == f"for {found.base_url}\n"
    ended = CliRunner().invoke(main, ["token", "--address", "tcp://127.0.0.1:1"])
    assert ended.exit_code == 1
    assert found.token not in ended.output
