"""Files of tasks over HTTP: sent and fetched whole, in parts and under conditions."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from maze_nb.scheduler.http.sending import disposition
from tests.waiting import wait_until
from tests.web_site import MEGABYTE, Site, parts


def test_a_file_is_sent_and_fetched(site: Site) -> None:
    content = os.urandom(3 * MEGABYTE)
    told = site.send("build/all of it.bin", content)
    assert told.status_code == 201
    assert told.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert (site.folder / "build" / "all of it.bin").read_bytes() == content
    got = site.ask("GET", told.json()["url"])
    assert got.content == content
    assert got.headers["ETag"] == f'"{told.json()["sha256"]}"'
    seen = site.ask("HEAD", told.json()["url"])
    assert (seen.headers["Content-Length"], seen.content) == (str(len(content)), b"")
    result = site.ask("GET", f"/api/v1/results/{site.task_id}").json()
    assert result["files"]["build/all of it.bin"]["nbytes"] == len(content)
    assert site.ask("GET", result["files"]["build/all of it.bin"]["url"]).content == content


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_does_it_too(site: Site, tmp_path: Path) -> None:
    sent, got = tmp_path / "größe.bin", tmp_path / "got"
    sent.write_bytes(os.urandom(2 * MEGABYTE))
    curl = ["curl", "-sS", "--fail-with-body", "-H", f"Authorization: Bearer {site.gateway.token}"]
    url = f"{site.gateway.base_url}{site.files}"
    for form in (["-F", f"file=@{sent}", url], ["-T", str(sent), "-X", "POST", f"{url}?name=raw"]):
        told = json.loads(subprocess.run([*curl, *form], check=True, capture_output=True).stdout)
        where = f"{site.gateway.base_url}{told['url']}"
        subprocess.run([*curl, "-o", str(got), where], check=True)
        assert got.read_bytes() == sent.read_bytes()
        # Goes on where a download was cut off.
        os.truncate(got, MEGABYTE)
        subprocess.run([*curl, "-C", "-", "-o", str(got), where], check=True)
        assert got.read_bytes() == sent.read_bytes()
    assert (site.folder / "größe.bin").exists()


CONTENT = bytes(range(100))


@pytest.mark.parametrize(
    ("given", "status", "expected"),
    [
        ("bytes=0-9", 206, CONTENT[:10]),
        ("bytes=90-", 206, CONTENT[90:]),
        ("bytes=-5", 206, CONTENT[-5:]),
        ("bytes=-500", 206, CONTENT),
        ("bytes=95-500", 206, CONTENT[95:]),
        ("bytes=100-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=5-1", 200, CONTENT),
        ("bytes=1-2,4-5", 200, CONTENT),
        ("lines=1-2", 200, CONTENT),
        ("bytes=99999999999999999999-", 200, CONTENT),
    ],
)
def test_parts(site: Site, given: str, status: int, expected: bytes | None) -> None:
    site.send("part", CONTENT)
    got = site.ask("GET", f"{site.files}/part", headers={"Range": given})
    assert got.status_code == status
    if expected is not None:
        assert got.content == expected
    else:
        assert got.headers["Content-Range"] == "bytes */100"


def test_conditions(site: Site) -> None:
    tag = site.send("known", CONTENT).headers["ETag"]
    path = f"{site.files}/known"
    cases = [
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"other", W/{tag}'}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": tag}, 200),
        ({"Range": "bytes=1-2", "If-Range": tag}, 206),
        ({"Range": "bytes=1-2", "If-Range": '"other"'}, 200),
    ]
    for headers, status in cases:
        assert site.ask("GET", path, headers=headers).status_code == status, headers


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("deep/my model (2).txt", "my model (2).txt"),
        ('a "b"; x=1.txt', "a _b_; x=1.txt"),
        ("Grüße 100%.txt", "Gr__e 100_.txt"),
    ],
)
def test_it_is_saved_under_its_name(site: Site, name: str, plain: str, tmp_path: Path) -> None:
    site.send(name, CONTENT)
    got = site.ask("HEAD", f"{site.files}/{quote(name)}")
    whole = quote(name.rpartition("/")[2], safe="")
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"
    assert got.headers["Content-Disposition"] == told
    if shutil.which("curl"):
        url = f"{site.gateway.base_url}{site.files}/{quote(name)}"
        header = f"Authorization: {site.gateway.headers()['Authorization']}"
        command = ["curl", "-sSfOJ", "--noproxy", "*", "-H", header, url]
        subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
        assert [path.name for path in tmp_path.iterdir()] == [plain]


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x", 'a"\r\n\r\nb', "\\", "a\x00b"])
def test_no_name_makes_a_header(name: str) -> None:
    made = disposition(name)
    assert made.isascii()
    assert made.isprintable()
    assert made.count('"') == 2
    assert "\\" not in made


def test_a_name_is_taken_once(site: Site) -> None:
    assert [site.send("one", b"a").status_code for _ in range(2)] == [201, 200]
    assert site.send("one", b"b").status_code == 409
    assert site.send("one/more", b"b").status_code == 409
    assert (site.folder / "one").read_bytes() == b"a"
    assert site.send("one", b"b", replace="true").status_code == 201
    assert (site.folder / "one").read_bytes() == b"b"
    assert site.send("bad", b"b", sha256="0" * 64).status_code == 422
    assert site.send("bad", b"b", sha256="zz").status_code == 400
    assert not (site.folder / "bad").exists()
    assert parts(site) == []


def test_an_upload_in_parts(site: Site) -> None:
    content = os.urandom(5 * MEGABYTE)
    sha256 = hashlib.sha256(content).hexdigest()
    begun = site.ask(
        "POST", site.files, params={"name": "parts", "sha256": sha256}, content=content[:10],
        headers={"Upload-Complete": "?0", "Upload-Length": str(len(content))},
    )  # fmt: skip
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "10")
    where = begun.headers["Location"]

    def send(start: int, end: int, done: str = "?0") -> httpx.Response:
        headers = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(start),
            "Upload-Complete": done,
        }
        return site.ask("PATCH", where, content=content[start:end], headers=headers)

    assert send(10, 2 * MEGABYTE).status_code == 204
    again = send(10, 20)
    assert (again.status_code, again.headers["Upload-Offset"]) == (409, str(2 * MEGABYTE))
    assert site.ask("HEAD", where).headers["Upload-Offset"] == str(2 * MEGABYTE)
    assert not (site.folder / "parts").exists()
    done = send(2 * MEGABYTE, len(content), "?1")
    assert (done.status_code, done.json()["sha256"]) == (201, sha256)
    assert (site.folder / "parts").read_bytes() == content
    assert site.ask("HEAD", where).status_code == 404
    assert parts(site) == []


def test_an_upload_that_is_given_up(site: Site) -> None:
    begun = site.ask("POST", site.files, params={"name": "gone"}, headers={"Upload-Complete": "?0"})
    assert site.ask("DELETE", begun.headers["Location"]).status_code == 204
    assert (
        site.ask("PATCH", begun.headers["Location"], headers={"Upload-Offset": "0"}).status_code
        == 404
    )
    assert parts(site) == []


def test_forms_that_make_no_sense(site: Site) -> None:
    kind = "multipart/form-data; boundary=x"
    head = b"--x\r\nContent-Disposition: form-data; name="
    other = head + b'"a"\r\n\r\n1\r\n--x--'
    cut = head + b'"file"; filename="cut"\r\n\r\n12'
    bodies = (b"", b"--x--", b"junk", other, cut)
    for body in bodies:
        told = site.ask("POST", site.files, content=body, headers={"Content-Type": kind})
        assert told.status_code == 400, body
    assert not (site.folder / "cut").exists()
    assert parts(site) == []


def test_a_client_that_leaves_leaves_nothing(site: Site) -> None:
    address = urlsplit(site.gateway.base_url)
    with socket.create_connection((address.hostname, address.port), 10) as connection:
        head = f"POST {site.files}?name=cut HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n"
        token = f"Authorization: Bearer {site.gateway.token}\r\n\r\n"
        connection.sendall((head + token).encode() + b"x" * 2_000_000)
        wait_until(lambda: parts(site))
    wait_until(lambda: not parts(site))
    assert not (site.folder / "cut").exists()


def test_limits(start_site: Callable[..., Site]) -> None:
    site = start_site(
        DASK_MAZE__HTTP_MAX_UPLOAD="1MiB",
        DASK_MAZE__HTTP_MAX_UPLOADS="2",
        DASK_MAZE__HTTP_IDLE="1s",
    )
    assert site.send("fits", b"x" * MEGABYTE).status_code == 201
    assert site.send("large", b"x" * (MEGABYTE + 1)).status_code == 413
    assert site.send("larger", b"x" * (30 * MEGABYTE)).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            yield b"x" * MEGABYTE

    assert site.ask("POST", f"{site.files}?name=chunked", content=pieces()).status_code == 413
    form = {"file": ("form", b"x" * (2 * MEGABYTE))}
    assert site.ask("POST", site.files, files=form).status_code == 413
    whole = {"Upload-Complete": "?0", "Upload-Length": str(2 * MEGABYTE)}
    assert site.send("said", b"").status_code == 201
    assert site.ask("POST", f"{site.files}?name=told", headers=whole).status_code == 413
    assert parts(site) == []
    begin = {"Upload-Complete": "?0"}
    told = [site.ask("POST", f"{site.files}?name=p", headers=begin) for _ in range(3)]
    assert [each.status_code for each in told] == [201, 201, 429]
    for each in told[:2]:
        site.ask("DELETE", each.headers["Location"])
    # Somebody who says nothing more does not hold on to anything.
    address = urlsplit(site.gateway.base_url)
    with socket.create_connection((address.hostname, address.port), 10) as connection:
        head = f"POST {site.files}?name=slow HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n"
        token = f"Authorization: Bearer {site.gateway.token}\r\n\r\n"
        connection.sendall((head + token).encode() + b"x" * 100)
        connection.settimeout(20)
        assert b" 408 " in connection.recv(1000)
    wait_until(lambda: not parts(site))
