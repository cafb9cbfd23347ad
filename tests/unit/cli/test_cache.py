"""The command ``maze-nb cache``, on a cache of its own."""

from __future__ import annotations

import json
import os
import time

import pytest
from click.testing import CliRunner

from maze_nb.cli.main import main
from maze_nb.model.output import OutputInfo
from maze_nb.store.cache_entry import CacheEntry, key_of
from maze_nb.store.result_cache import open_cache
from maze_nb.wire.submission import CacheParts


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MAZE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def keys(home):
    """Two results of ``load``, used one and two days ago, and one of ``train``, used now."""
    cache, keys = open_cache(), []
    for task, number, days in (("load", 1, 1), ("load", 2, 2), ("train", 3, 0)):
        parts = CacheParts(f"job.{task}", {"version": "1"}, {"rows": str(number)})
        output = OutputInfo("table", "bytes", 5000, "5000 bytes", inline=b"x" * 5000)
        key = key_of(parts, {})
        assert cache.put(CacheEntry(key, parts, {}, (output,), task, 1.5, 1.0, "run-1", 5000))
        at = time.time() - days * 86400
        os.utime(cache.folder / key[:2] / key, (at, at))
        keys.append(key)
    return keys


def answer(*words):
    done = CliRunner().invoke(main, ["cache", *words])
    assert done.exit_code == 0, done.output
    return done.output


def refusal(*words):
    done = CliRunner().invoke(main, ["cache", *words])
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    return done.output


def left():
    return {entry.key for entry in open_cache().entries()}


def test_listing(keys):
    lines = answer("ls").splitlines()
    assert lines[0].split() == ["key", "task", "used", "took", "size", "inputs", "outputs"]
    assert [line.split()[0] for line in lines[1:4]] == [keys[at][:12] for at in (2, 0, 1)]
    assert " ".join(lines[2].split()[1:]) == "load 1 d 00 h ago 1.5 s 4.9 kB rows table"
    assert lines[4] == "3 entries, 14.6 kB"
    assert len(answer("ls", "--task", "load").splitlines()) == 4
    assert len(answer("ls", "--task", "job.train").splitlines()) == 3


def test_listing_as_json(keys):
    rows = json.loads(answer("ls", "--json"))
    assert [row["key"] for row in rows] == [keys[at] for at in (2, 0, 1)]
    assert rows[0]["inputs"] == ["rows"]
    assert rows[0]["run_id"] == "run-1"


def test_where_there_is_none(home):
    assert answer("ls") == f"nothing is cached in {home / 'cache'}\n"
    assert json.loads(answer("ls", "--json")) == []
    assert answer("rm", "--all") == "removed 0 entries, 0 B\n"
    assert answer("prune", "--older-than", "1s") == "removed 0 entries, 0 B\n"
    assert not home.exists(), "looking makes nothing"


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (("rm", "{0}"), {0}),
        (("rm", "{0:.12}", "{2:.12}"), {0, 2}),
        (("rm", "--task", "load"), {0, 1}),
        (("rm", "--all"), {0, 1, 2}),
        (("prune", "--older-than", "30h"), {1}),
        (("prune", "--older-than", "30d"), set()),
        (("prune", "--keep", "12kB"), {1}),
        (("prune", "--keep", "1kB"), {0, 1, 2}),
        (("prune", "--older-than", "12h", "--keep", "10GB"), {0, 1}),
    ],
)
def test_removing(keys, words, gone):
    told = answer(*(word.format(*keys) for word in words))
    assert left() == {key for at, key in enumerate(keys) if at not in gone}
    assert told.startswith(f"removed {len(gone)} entr")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rm",), "give either KEYs"),
        (("rm", "abcdef", "--all"), "give either KEYs"),
        (("rm", "zzzzzz"), "no key 'zzzzzz'"),
        (("rm", "a"), "too short"),
        (("rm", "--task", "laod"), "did you mean 'load'?"),
        (("ls", "--task", "laod"), "did you mean 'load'?"),
        (("prune",), "say what to remove"),
        (("prune", "--older-than", "long"), "30d or 12h"),
        (("prune", "--keep", "much"), "10GB"),
        (("prune", "--keep", "-1"), "above 0"),
    ],
)
def test_what_is_refused(keys, words, said):
    assert said in " ".join(refusal(*words).split())
    assert left() == set(keys)


def test_a_key_that_is_none(keys, home):
    (home / "cache.key").write_bytes(b"short")
    assert "cache.key" in refusal("ls")
