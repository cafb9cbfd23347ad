"""What every store of artifacts promises, each with a real server behind it."""

from __future__ import annotations

import hashlib
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import dask
import fsspec.config
import httpx
import pytest
from moto.server import ThreadedMotoServer

from maze_nb.artifacts.copying import part_file, part_of, remove_part
from maze_nb.artifacts.s3_calls import Call
from maze_nb.artifacts.store import place_of, store_for
from maze_nb.errors import ArtifactError
from tests.cutting_proxy import CuttingProxy
from tests.putting_server import PuttingServer

KINDS = ("file", "s3", "http")
# With 5 MB and more an object of S3 has parts.
SIZES = (0, 1, 100_000, 19_000_001)


@pytest.fixture(autouse=True)
def quick_tries() -> Iterator[None]:
    with dask.config.set({"maze.transfer-backoff": "20ms"}):
        yield


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3_at(monkeypatch, f"http://{host}:{port}")
    # What is in it outlives a server within one process.
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
    boto3.client("s3").create_bucket(Bucket="results")
    yield server
    server.stop()


def s3_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "quite-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a place of one kind, with its server."""
    if request.param == "file":
        yield str(tmp_path / "kept here")
    elif request.param == "s3":
        request.getfixturevalue("moto")
        yield "s3://results/some/prefix"
    else:
        with PuttingServer(tmp_path / "served") as server:
            yield f"{server.url}/some"


def file_of(folder: Path, size: int, seed: bytes = b"") -> tuple[Path, str]:
    folder.mkdir(exist_ok=True)
    path = folder / "a file"
    block = hashlib.shake_128(seed + str(size).encode()).digest(min(size, 1 << 16))
    path.write_bytes((block * (size // len(block) + 1))[:size] if size else b"")
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_there_and_back(place: str, size: int, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", size)
    url = store_for(place).put(path, "sub folder/it.bin", sha256)
    assert url.endswith("it.bin")
    to = tmp_path / "back" / "it"
    for known in (sha256, ""):
        store_for(url).get(url, to, known)
        assert to.read_bytes() == path.read_bytes()
    assert os.listdir(to.parent) == ["it"]
    # Once more is as well as once, and something else takes its place.
    assert store_for(place).put(path, "sub folder/it.bin", sha256) == url
    other, digest = file_of(tmp_path / "task", size + 1, b"other")
    assert store_for(place).put(other, "sub folder/it.bin", digest) == url
    store_for(url).get(url, to, digest)
    assert to.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_what_is_changed_is_not_taken(place: str, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 9_000_000)
    wrong = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(ArtifactError, match=r"SHA-256|changed"):
        store_for(place).put(path, "it", wrong)
    url = store_for(place).put(path, "other", sha256)
    missing = url.replace("other", "it")
    with pytest.raises(ArtifactError):
        store_for(missing).get(missing, tmp_path / "none")
    with pytest.raises(ArtifactError, match=wrong):
        store_for(url).get(url, tmp_path / "back" / "other", wrong)
    assert os.listdir(tmp_path / "back") == []


@contextmanager
def no_file_beyond(nbytes: int) -> Iterator[None]:
    """Have the operating system refuse to let files grow further, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_nothing_is_left_of_what_there_is_no_room_for(place: str, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 9_000_000)
    url = store_for(place).put(path, "it", sha256)
    for known in (sha256, ""):
        with no_file_beyond(4_000_000), pytest.raises(ArtifactError, match="File too large"):
            store_for(url).get(url, tmp_path / "back" / "it", known)
        assert os.listdir(tmp_path / "back") == []
    if place.startswith("/"):
        with no_file_beyond(4_000_000), pytest.raises(ArtifactError, match="File too large"):
            store_for(place).put(path, "other", sha256)
        assert os.listdir(place) == ["it"]


def test_a_part_that_somebody_adds_to_is_not_removed(tmp_path: Path):
    with part_of(tmp_path / "it", "mark"):
        remove_part(tmp_path / "it", "mark")
        assert part_file(tmp_path / "it", "mark").exists()
    remove_part(tmp_path / "it", "mark")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["../it", "/it", "", ".", "a/../../it", "a//b", "a\0b"])
@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_no_name_leads_out(place: str, name: str, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 3)
    for url in (place, "s3://results/x", "https://host/x"):
        with pytest.raises(ArtifactError, match="no name for an artifact"):
            store_for(url).put(path, name, sha256)


def test_local_copy_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What another process left of a copy is not read again, unless it is something else."""
    path, sha256 = file_of(tmp_path / "task", 3_000_000)
    data, folder = path.read_bytes(), tmp_path / "kept"
    folder.mkdir()
    part = folder / f".it.{sha256[:16]}.part"
    for begun in (data[:2_000_000], b"x" * 2_000_000, data + b"more"):
        part.write_bytes(begun)
        try:
            store_for(str(folder)).put(path, "it", sha256)
        except ArtifactError:
            # It is thrown away, and the next begins anew.
            assert not part.exists()
            assert begun[:1] == b"x" or len(begun) > len(data)
            store_for(str(folder)).put(path, "it", sha256)
        assert os.listdir(folder) == ["it"]
        assert (folder / "it").read_bytes() == data


@pytest.mark.parametrize("kind", ["s3", "http"])
def test_lost_connections(
    kind: str, moto: ThreadedMotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Both ways get there through a proxy that cuts connections at random bytes."""
    path, sha256 = file_of(tmp_path / "task", 30_000_000)
    with PuttingServer(tmp_path / "served") as server:
        behind = moto.get_host_and_port() if kind == "s3" else server.address
        with CuttingProxy(behind, seed=8, cuts=6, least=3_000_000, most=12_000_000) as proxy:
            s3_at(monkeypatch, proxy.url)
            base = "s3://results/cut" if kind == "s3" else f"{proxy.url}/cut"
            with dask.config.set({"maze.transfer-tries": 8}):
                url = store_for(base).put(path, "it", sha256)
                proxy.cut_again(4)
                store_for(url).get(url, tmp_path / "back" / "it", sha256)
            assert proxy.cut >= 4
    assert (tmp_path / "back" / "it").read_bytes() == path.read_bytes()
    assert os.listdir(tmp_path / "back") == ["it"]


@pytest.mark.parametrize("kind", ["s3", "http"])
def test_fetching_goes_on_where_it_was_cut(
    kind: str, moto: ThreadedMotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, sha256 = file_of(tmp_path / "task", 40_000_000)
    with PuttingServer(tmp_path / "served") as server:
        base = "s3://results/x" if kind == "s3" else f"{server.url}/x"
        url = store_for(base).put(path, "it", sha256)
        behind = moto.get_host_and_port() if kind == "s3" else server.address
        with CuttingProxy(behind, seed=1, cuts=3, least=9_000_000, most=11_000_000) as proxy:
            s3_at(monkeypatch, proxy.url)
            if kind == "http":
                url = url.replace(server.url, proxy.url)
            for known in (sha256, ""):
                proxy.forget()
                store_for(url).get(url, tmp_path / "back" / "it", known)
                assert proxy.cut == 3
                # Not 40 MB for each of the tries.
                assert proxy.came < 70_000_000
                assert (tmp_path / "back" / "it").read_bytes() == path.read_bytes()


def test_upload_in_parts_goes_on(
    moto: ThreadedMotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Parts that another process sent are not sent again; what is wrong among them is."""
    path, sha256 = file_of(tmp_path / "task", 30_000_000)
    client, data = boto3.client("s3"), path.read_bytes()
    where = {"Bucket": "results", "Key": "p/it"}
    begun = client.create_multipart_upload(Metadata={"sha256": sha256}, **where)["UploadId"]
    part = 8 << 20
    for number, body in ((1, data[:part]), (2, b"x" * part), (3, data[2 * part : 3 * part])):
        client.upload_part(UploadId=begun, PartNumber=number, Body=body, **where)
    with CuttingProxy(moto.get_host_and_port(), seed=0, cuts=0) as proxy:
        s3_at(monkeypatch, proxy.url)
        store_for("s3://results/p").put(path, "it", sha256)
        assert part < proxy.went < 2 * part
    assert client.get_object(**where)["Body"].read() == data
    assert "Uploads" not in client.list_multipart_uploads(Bucket="results")


def test_another_content_in_parts_is_not_gone_on_with(moto: ThreadedMotoServer, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 20_000_000)
    client, where = boto3.client("s3"), {"Bucket": "results", "Key": "p/it"}
    client.create_multipart_upload(Metadata={"sha256": "of something else"}, **where)
    store_for("s3://results/p").put(path, "it", sha256)
    assert client.head_object(**where)["Metadata"]["sha256"] == sha256


def test_nothing_is_left_of_an_upload_given_up(moto: ThreadedMotoServer, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 20_000_000)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ArtifactError, match="changed while it was sent"):
        store_for("s3://results/p").put(path, "it", sha256)
    client = boto3.client("s3")
    assert "Uploads" not in client.list_multipart_uploads(Bucket="results")
    assert "Contents" not in client.list_objects_v2(Bucket="results")


def test_for_good_is_not_tried_again(moto: ThreadedMotoServer, tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 10)
    with (
        dask.config.set({"maze.transfer-backoff": "30s"}),
        pytest.raises(ArtifactError, match=r"s3://no-such-bucket/x/it"),
    ):
        store_for("s3://no-such-bucket/x").put(path, "it", sha256)


def test_options_of_fsspec(moto: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch):
    """Where S3 is, and who may, can come from fsspec's own settings."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    options = {"s3": {"endpoint_url": endpoint, "key": "another", "secret": "one"}}
    for name, value in options.items():
        monkeypatch.setitem(fsspec.config.conf, name, value)
    assert Call()("list_buckets")["Buckets"][0]["Name"] == "results"


def test_headers_of_fsspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, sha256 = file_of(tmp_path / "task", 10)
    with PuttingServer(tmp_path / "served", token="let-me-in") as server:
        with pytest.raises(ArtifactError, match="401"):
            store_for(server.url).put(path, "it", sha256)
        headers = json.loads('{"headers": {"Authorization": "Bearer let-me-in"}}')
        monkeypatch.setitem(fsspec.config.conf, "http", headers)
        url = store_for(server.url).put(path, "it", sha256)
        store_for(url).get(url, tmp_path / "back", sha256)
        assert "let-me-in" not in url


def test_nothing_secret_is_told(tmp_path: Path):
    url = "http://ann:pass-word@127.0.0.1:1/a?Signature=abcdef"
    with (
        dask.config.set({"maze.transfer-tries": 2}),
        pytest.raises(ArtifactError, match=r"http://127.0.0.1:1/a was not fetched") as raised,
    ):
        store_for(url).get(url, tmp_path / "it")
    assert "pass-word" not in str(raised.value)
    assert "abcdef" not in str(raised.value)


def test_servers_that_take_no_files(tmp_path: Path):
    path, sha256 = file_of(tmp_path / "task", 10)
    with (
        PuttingServer(tmp_path / "served", takes=False) as server,
        pytest.raises(ArtifactError, match="takes no files by PUT there"),
    ):
        store_for(server.url).put(path, "it", sha256)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("gs://bucket/x", "no store for gs://"),
        ("results", "relative path"),
        ("file://other-host/x", "no path here"),
    ],
)
def test_no_store(url: str, said: str):
    with pytest.raises(ArtifactError, match=said):
        store_for(url)


def test_places():
    assert place_of("s3://b/x/", "r 1", "a/b") == "s3://b/x/r%201/a%2Fb"
