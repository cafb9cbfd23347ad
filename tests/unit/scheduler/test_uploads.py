"""Uploads on disk: begun, gone on with by another scheduler, removed when given up."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from pathlib import Path
from typing import IO

import pytest

from maze_nb.scheduler.http.refusal import RefusedError, refusal_of
from maze_nb.scheduler.http.upload import Wanted
from maze_nb.scheduler.http.uploads import Uploads


def uploads(root: Path, most: int = 1000, count: int = 3, keep: float = 3600) -> Uploads:
    return Uploads(root, most, count, keep)


def test_another_scheduler_goes_on(tmp_path: Path) -> None:
    content = os.urandom(300)
    wanted = Wanted("r", "t", "deep/file", 300, hashlib.sha256(content).hexdigest())
    upload_id, first = uploads(tmp_path).begin(wanted, can_go_on=True)
    first.write([content[:50], content[50:100]])
    with pytest.raises(RefusedError, match="somebody else"):
        uploads(tmp_path).go_on(upload_id)
    first.close(keep=True)
    again = uploads(tmp_path).go_on(upload_id)
    assert again.received == 100
    again.write([content[100:]])
    assert again.settle(tmp_path).is_new
    assert (tmp_path / "r" / "t" / "deep" / "file").read_bytes() == content
    assert list((tmp_path / ".uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("wanted", "sent", "status"),
    [
        (Wanted("r", "t", "a"), b"x" * 1001, 413),
        (Wanted("r", "t", "a", 2), b"xxx", 400),
        (Wanted("r", "t", "a", 4), b"xxx", 400),
        (Wanted("r", "t", "a", None, "0" * 64), b"xxx", 422),
        (Wanted("r", "t", "there"), b"other", 409),
        (Wanted("r", "t", "there/below"), b"other", 409),
    ],
)
def test_what_is_refused_leaves_nothing(
    tmp_path: Path, wanted: Wanted, sent: bytes, status: int
) -> None:
    (tmp_path / "r" / "t").mkdir(parents=True)
    (tmp_path / "r" / "t" / "there").write_text("first")
    _, upload = uploads(tmp_path).begin(wanted, can_go_on=False)

    def send() -> None:
        upload.write([sent])
        upload.settle(tmp_path)

    with pytest.raises(RefusedError) as raised:
        send()
    upload.close()
    assert raised.value.status == status
    assert list((tmp_path / ".uploads").iterdir()) == []
    assert [path.name for path in (tmp_path / "r" / "t").iterdir()] == ["there"]
    assert (tmp_path / "r" / "t" / "there").read_text() == "first"


@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize(("name", "said"), [("way", "'way' is a folder"), ("way/a/b", "'a' is no")])
def test_what_a_folder_or_a_file_is_in_the_way_of(
    tmp_path: Path, name: str, said: str, replaces: bool
) -> None:
    (tmp_path / "r" / "t" / "way").mkdir(parents=True)
    (tmp_path / "r" / "t" / "way" / "a").write_text("first")
    for sha256 in ("", hashlib.sha256(b"other").hexdigest()):
        wanted = Wanted("r", "t", name, None, sha256, replaces)

        def send(wanted: Wanted = wanted) -> None:
            uploads(tmp_path).refuse_duplicate(wanted)
            _, upload = uploads(tmp_path).begin(wanted, can_go_on=False)
            try:
                upload.write([b"other"])
                upload.settle(tmp_path)
            finally:
                upload.close()

        with pytest.raises(RefusedError, match=f"{said}.*: choose another name$") as raised:
            send()
        assert raised.value.status == 409
    assert (tmp_path / "r" / "t" / "way" / "a").read_text() == "first"


@pytest.mark.parametrize("upload_id", ["", "..", "../../r/t/a", "a" * 31, "A" * 32, "0" * 32])
def test_no_other_file_is_gone_on_with(tmp_path: Path, upload_id: str) -> None:
    with pytest.raises(RefusedError) as raised:
        uploads(tmp_path).go_on(upload_id)
    assert raised.value.status == 404


def test_there_are_so_many(tmp_path: Path) -> None:
    for number in range(3):
        uploads(tmp_path).begin(Wanted("r", "t", f"{number}"), can_go_on=True)[1].close(keep=True)
    with pytest.raises(RefusedError) as raised:
        uploads(tmp_path).begin(Wanted("r", "t", "more"), can_go_on=True)
    assert raised.value.status == 429
    # Those that nobody goes on with make room.
    uploads(tmp_path, keep=0).begin(Wanted("r", "t", "more"), can_go_on=True)[1].close()


def test_what_nobody_goes_on_with_is_swept(tmp_path: Path) -> None:
    kept_id, kept = uploads(tmp_path).begin(Wanted("r", "t", "kept"), can_go_on=True)
    kept.close(keep=True)
    _, left = uploads(tmp_path).begin(Wanted("r", "t", "left"), can_go_on=False)
    _, held = uploads(tmp_path).begin(Wanted("r", "t", "held"), can_go_on=False)
    left.close(keep=True)
    old = time.time() - 600
    for part in (tmp_path / ".uploads").glob("*.part"):
        os.utime(part, (old, old))
    assert uploads(tmp_path).sweep() == 1
    assert uploads(tmp_path).count() == 2
    uploads(tmp_path).go_on(kept_id).close()
    held.close()
    assert uploads(tmp_path).count() == 0


def test_each_byte_is_read_back_once_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of a large file are not read again for each part that comes."""
    content, read = os.urandom(1000), []
    real = hashlib.file_digest

    def file_digest(file: IO[bytes], name: str) -> object:
        read.append(os.fstat(file.fileno()).st_size)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", file_digest)
    known = uploads(tmp_path)
    wanted = Wanted("r", "t", "file", 1000, hashlib.sha256(content).hexdigest())
    upload_id, upload = known.begin(wanted, can_go_on=True)
    for start in range(0, 1000, 100):
        upload.write([content[start : start + 100]])
        upload.close(keep=True)
        known.go_on(upload_id).close(keep=True)
        if start == 500:
            # Another scheduler does not know what this one did.
            known = uploads(tmp_path)
        upload = known.go_on(upload_id)
    assert upload.settle(tmp_path).sha256 == wanted.sha256
    assert read == [0, 600]


def test_bytes_that_came_from_elsewhere_are_read(tmp_path: Path) -> None:
    known, content = uploads(tmp_path), b"x" * 50
    wanted = Wanted("r", "t", "file", 50, hashlib.sha256(content).hexdigest())
    upload_id, upload = known.begin(wanted, can_go_on=True)
    upload.write([content[:20]])
    upload.close(keep=True)
    other = uploads(tmp_path).go_on(upload_id)
    other.write([content[20:40]])
    other.close(keep=True)
    last = known.go_on(upload_id)
    last.write([content[40:]])
    assert last.settle(tmp_path).nbytes == 50


def test_what_was_finished_is_not_gone_on_with(tmp_path: Path) -> None:
    """A scheduler that is killed once the whole has its name leaves the part beside it."""
    known = uploads(tmp_path)
    upload_id, upload = known.begin(Wanted("r", "t", "file"), can_go_on=True)
    upload.write([b"whole"])
    upload.close(keep=True)
    (tmp_path / "r" / "t").mkdir(parents=True)
    os.link(tmp_path / ".uploads" / f"{upload_id}.part", tmp_path / "r" / "t" / "file")
    with pytest.raises(RefusedError) as raised:
        known.go_on(upload_id)
    assert raised.value.status == 404
    assert list((tmp_path / ".uploads").iterdir()) == []
    assert (tmp_path / "r" / "t" / "file").read_bytes() == b"whole"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        known = uploads(tmp_path, 10**8)
        upload_id, upload = known.begin(Wanted("r", "t", "file"), can_go_on=True)
        upload.write([b"x" * 500_000])
        with pytest.raises(OSError) as raised:
            upload.write([b"x" * 1_000_000])
        refused = refusal_of(raised.value)
        assert refused is not None
        assert refused.status == 507
        upload.close(keep=True)
        # What is there is gone on with once there is room.
        again = known.go_on(upload_id)
        assert 500_000 <= again.received <= 2**20
        again.close()
        assert list((tmp_path / ".uploads").iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)
