"""The cap on what a worker sends and fetches."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from maze_nb.artifacts.bandwidth import (
    CAP_VARIABLE,
    SHARE_VARIABLE,
    bandwidth,
    for_children,
    share_in,
)
from maze_nb.artifacts.store import store_for
from maze_nb.errors import ArtifactError
from tests.putting_server import PuttingServer

CAP = 2_000_000
COPY = """
import sys
from pathlib import Path
from maze_nb.artifacts.store import store_for
store_for(sys.argv[2]).put(Path(sys.argv[1]), sys.argv[4], sys.argv[3])
"""


@pytest.fixture
def file(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "it"
    path.write_bytes(os.urandom(1_000_000))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_both_ways(file: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, sha256 = file
    with PuttingServer(tmp_path / "served") as server:
        for base in (str(tmp_path / "kept"), server.url):
            monkeypatch.delenv(CAP_VARIABLE, raising=False)
            begun = time.monotonic()
            store_for(base).put(path, "quick", sha256)
            free = time.monotonic() - begun
            monkeypatch.setenv(CAP_VARIABLE, str(CAP))
            begun = time.monotonic()
            url = store_for(base).put(path, "it", sha256)
            sent = time.monotonic() - begun
            begun = time.monotonic()
            store_for(url).get(url, tmp_path / "back", sha256)
            fetched = time.monotonic() - begun
            # Half a second each; what is sent by PUT is read once more.
            due = len(path.read_bytes()) / CAP
            assert sent >= due > free
            assert fetched >= due * 0.95


def test_threads_and_children_share_it(
    file: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, sha256 = file
    monkeypatch.setenv(CAP_VARIABLE, str(CAP // 4))
    base, shared = str(tmp_path / "kept"), for_children()
    begun = time.monotonic()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", COPY, str(path), base, sha256, f"child-{n}"],
            env={**os.environ, **shared},
        )
        for n in range(2)
    ]
    thread = threading.Thread(target=store_for(base).put, args=(path, "thread", sha256))
    thread.start()
    thread.join(60)
    assert [child.wait(60) for child in children] == [0, 0]
    # Three megabytes at half a megabyte a second; each for itself, it were two seconds.
    assert time.monotonic() - begun >= 0.95 * 3 * 1_000_000 / (CAP / 4)


def test_no_number(monkeypatch: pytest.MonkeyPatch):
    for text, is_good in (("", True), ("0", True), ("5MB", False), ("-1", False), ("1.5", False)):
        monkeypatch.setenv(CAP_VARIABLE, text)
        if is_good:
            assert not bandwidth().is_capped
            continue
        with pytest.raises(ArtifactError, match=CAP_VARIABLE):
            bandwidth()


def test_what_is_shared_goes_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(CAP_VARIABLE, "1000000")
    folder = tmp_path / "worker"
    folder.mkdir()
    share_in(folder)
    bandwidth().take(10)
    shared = Path(for_children()[SHARE_VARIABLE])
    assert shared.parent == folder
    assert shared.stat().st_size == 8
    shutil.rmtree(folder)
    bandwidth().take(10)
    assert Path(for_children()[SHARE_VARIABLE]).parent != folder
