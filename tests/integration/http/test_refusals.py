"""What the web server of a scheduler refuses: ways out of a folder, names of its own, strangers."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.web_site import Site

TRAVERSALS = [
    "../out.bin", "a/../../out.bin", "/etc/out.bin", "..", ".", "a//b", "a/", "a/./b",
    "..\\out.bin", "C:\\out.bin", "C:/out.bin", "a\0b", "a\nb", "\x7f", "%2e%2e/out.bin",
    "%2e%2e%2fout.bin", "%252e%252e%252fout.bin", "a%00b", "a%5c..%5cb", "n" * 300,
    "/".join(["d" * 200] * 8),
]  # fmt: skip


@pytest.mark.parametrize("name", TRAVERSALS)
def test_no_name_leaves_the_folder(site: Site, name: str) -> None:
    before = sorted(site.root.rglob("*"))
    encoded = quote(name, safe="")
    query = f"{site.files}?name={encoded}"
    assert site.raw("POST", query, b"evil")[0] == 400
    assert site.raw("GET", f"{site.files}/{encoded}")[0] == 400
    # The slashes as they are, and all encoded twice.
    assert site.raw("GET", f"{site.files}/{quote(name, safe='/')}")[0] in (400, 404)
    assert site.raw("GET", f"{site.files}/{quote(encoded, safe='')}")[0] == 400
    form = {"file": ("x", b"evil")}
    assert site.ask("POST", query, files=form).status_code == 400
    assert sorted(site.root.rglob("*")) == before
    assert not (site.root.parent / "out.bin").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/results/{task}/files/../../../../etc/passwd",
        "/api/v1/results/..%2f..%2fetc/files/passwd",
        "/api/v1/results/%2e%2e/files/runs.db",
        "/api/v1/results/{task}/files/a?run_id=..%2f..",
        "/api/v1/uploads/..%2f..%2fruns.db",
        "/api/v1/results/%ff%fe/files/a",
    ],
)
def test_no_path_leaves_the_folder(site: Site, path: str) -> None:
    assert site.raw("GET", path.format(task=site.task_id))[0] in (400, 404, 405)
    assert site.raw("HEAD", path.format(task=site.task_id))[0] in (400, 404, 405)


def test_no_link_is_followed(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    site.folder.mkdir(parents=True, exist_ok=True)
    (site.folder / "link").symlink_to(secret)
    (site.folder / "way").symlink_to(tmp_path)
    os.mkfifo(site.folder / "pipe")
    for name in ("link", "way/secret", "pipe", "way"):
        assert site.ask("GET", f"{site.files}/{name}").status_code == 404, name
        assert site.send(name, b"evil").status_code == 409, name
    # What is put in the place of a link does not go where it leads.
    assert site.send("link", b"mine", replace="true").status_code == 201
    assert secret.read_text() == "not yours"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]


@pytest.mark.parametrize("name", ["manifest.json", "responses.json", "stdout.log", "a-1.value"])
def test_names_of_our_own_are_refused(site: Site, name: str) -> None:
    assert site.send(name, b"{}").status_code == 403


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "Bearer {token}x", "{token}"]
)
@pytest.mark.parametrize("path", ["/api/v1/tasks", "/workers", "/api/v1/results/x/files/y"])
def test_who_has_no_token_is_not_let_in(site: Site, header: str | None, path: str) -> None:
    given = {} if header is None else {"Authorization": header.format(token=site.gateway.token)}
    answer = httpx.get(site.gateway.base_url + path, headers=given, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert site.gateway.token not in answer.text
    sent = httpx.post(
        f"{site.gateway.base_url}{site.files}?name=a", headers=given, content=b"x", trust_env=False
    )
    assert sent.status_code == 401
    assert not (site.folder / "a").exists()


def test_what_is_open_is_open_and_no_other_site_may_read(site: Site) -> None:
    for path in ("/healthz", "/api/v1/openapi.json", "/metrics"):
        answer = httpx.get(
            site.gateway.base_url + path, headers={"Origin": "http://evil"}, trust_env=False
        )
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("access-control")]
    page = {"Accept": "text/html,*/*"}
    assert "<html" in site.ask("GET", "/workers", headers=page).text
    assert site.ask("GET", "/workers").json()["nodes"][0]["cpu"] > 0
