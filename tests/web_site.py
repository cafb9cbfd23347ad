"""The web server of a scheduler with one task that has ended, as its clients ask it."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from maze_nb import MaClient, task
from maze_nb.artifacts.gateway import Gateway

MEGABYTE = 2**20


@task
def leave_nothing() -> int:
    return 1


@dataclass
class Site:
    """The web server of a scheduler, with one task that has ended."""

    gateway: Gateway
    run_id: str
    task_id: str
    root: Path
    worker_key: str = ""

    @property
    def files(self) -> str:
        return f"/api/v1/results/{self.task_id}/files"

    @property
    def folder(self) -> Path:
        return self.root / self.run_id / self.task_id

    def ask(self, method: str, path: str, **request) -> httpx.Response:
        headers = {**self.gateway.headers(), **request.pop("headers", {})}
        url = self.gateway.base_url + path
        return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **request)

    def send(self, name: str, content: bytes, **query: str) -> httpx.Response:
        return self.ask("POST", self.files, params={"name": name, **query}, content=content)

    def raw(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Ask for a path as it is: what other clients would tidy away comes through."""
        parts = urlsplit(self.gateway.base_url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in {**self.gateway.headers(), **headers}.items():
                connection.putheader(name, value)
            if body or method == "POST":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def site_of(client: MaClient, root: Path) -> Site:
    workflow = client.create_workflow("files")
    made = workflow.add_task(leave_nothing)
    run_id = workflow.run()
    assert client.get_run(run_id).wait(60) == "succeeded"
    key = client._call("maze_gateway", to_worker=True)["key"]
    return Site(client.gateway(), str(run_id), made.task_id, root, key)


def parts(site: Site) -> list[Path]:
    return sorted((site.root / ".uploads").iterdir())
