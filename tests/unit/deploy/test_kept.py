"""What is known of the cluster that `maze-nb up` keeps: the file, whether it lives, the lock."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import dask.config
import pytest

from maze_nb import config, deploy
from maze_nb.deploy import kept as room
from maze_nb.deploy.attach_kept import attach_kept
from maze_nb.deploy.end_kept import tidy
from maze_nb.deploy.kept import KeptCluster
from maze_nb.errors import ConnectionFailedError, VersionError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv(config.HOME_VARIABLE, str(folder))
    return folder


def cluster(**changes) -> KeptCluster:
    """Describe a cluster whose process is this one."""
    start = room.process_start(os.getpid())
    here = KeptCluster("tcp://127.0.0.1:1", os.getpid(), start, "http://127.0.0.1:2", 2, "log")
    return dataclasses.replace(here, **changes)


def gone_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(30)
    return process.pid


def test_what_was_written_is_found_and_private(home):
    assert room.read_kept() is None
    room.write_kept(cluster())
    assert room.find_kept() == room.read_kept()
    assert room.find_kept().pid == os.getpid()
    assert (home / "cluster.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["cluster.json"]
    known = json.loads((home / "cluster.json").read_text())
    assert {"address", "pid", "process_start", "dashboard", "slots", "started"} <= set(known)


@pytest.mark.parametrize(
    "changes",
    [
        lambda: {"pid": gone_pid()},
        lambda: {"process_start": room.process_start(os.getpid()) - 60},
        lambda: {"boot": "another run of this machine"},
    ],
    ids=["process gone", "id given to another process", "machine started anew"],
)
def test_a_cluster_that_died_is_seen_and_tidied(home, changes):
    stale = cluster(**changes())
    room.write_kept(stale)
    assert not stale.is_alive()
    assert not stale.is_elsewhere
    assert room.find_kept() is None
    assert tidy()
    assert not (home / "cluster.json").exists()
    assert not tidy()


def test_one_that_lives_or_is_just_starting_is_not_tidied(home):
    room.write_kept(cluster())
    assert not tidy()
    room.write_kept(cluster(pid=gone_pid()))
    lock = room.try_lock()
    try:
        with pytest.raises(ConnectionFailedError, match="starting or ending just now"):
            tidy()
    finally:
        os.close(lock)
    assert tidy()


def test_one_on_another_machine_is_left_alone():
    room.write_kept(cluster(host="elsewhere", boot="theirs"))
    assert room.find_kept() is None
    assert not tidy()
    with pytest.raises(ConnectionFailedError, match=r"up on elsewhere: .*maze-nb down"):
        room.refuse_elsewhere()


@pytest.mark.parametrize(
    "text", ["", '{"address": "tcp://127.0', "[]", '{"address": 5}', "\ufffd\x00", "null"]
)
def test_a_file_that_makes_no_sense_is_told(home, text):
    (home / "cluster.json").write_text(text)
    with pytest.raises(ConnectionFailedError, match=r"cluster\.json.* makes no sense .*Delete it"):
        deploy.connect()


def test_bytes_that_are_no_text_are_told(home):
    (home / "cluster.json").write_bytes(b'{"address": "\xff\xfe"}')
    with pytest.raises(ConnectionFailedError, match="makes no sense"):
        deploy.connect()


def test_a_file_of_another_user_is_not_believed(monkeypatch):
    room.write_kept(cluster())
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(ConnectionFailedError, match=r"belongs to another user.*MAZE_HOME"):
        deploy.connect()


def test_another_version_is_refused_with_the_way_out():
    with pytest.raises(VersionError, match="maze-nb down && maze-nb up"):
        attach_kept(cluster(version="0.0.0"))
    room.write_kept(cluster(version="0.0.0"))
    with pytest.raises(VersionError, match=r"runs maze_nb 0\.0\.0"):
        deploy.connect()


def test_one_that_ended_meanwhile_is_passed_over():
    with dask.config.set({"maze.connect-timeout": "0.2s"}):
        assert attach_kept(cluster(pid=gone_pid())) is None


def test_only_the_own_description_is_dropped(home):
    mine, next_one = cluster(), cluster(address="tcp://127.0.0.1:3")
    room.write_kept(next_one)
    room.drop_kept(mine)
    assert room.is_described(next_one)
    room.drop_kept(next_one)
    assert not (home / "cluster.json").exists()


def test_the_lock_is_had_once(home):
    lock = room.try_lock()
    assert lock is not None
    assert room.try_lock() is None
    os.close(lock)
    again = room.try_lock()
    assert again is not None
    os.close(again)


def test_a_home_that_cannot_be_is_told(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv(config.HOME_VARIABLE, str(home / "file" / "below"))
    with pytest.raises(ConnectionFailedError, match=r"Not a directory.*MAZE_HOME"):
        room.try_lock()
