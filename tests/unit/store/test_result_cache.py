"""The result cache: keys and reasons, what becomes of entries, damage, many processes at once."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from maze_nb.errors import StoreError
from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.store import cache_files, result_cache
from maze_nb.store.cache_entry import CacheEntry, key_of, made_from, why
from maze_nb.store.result_cache import ResultCache
from maze_nb.store.signing import checked, secret, sign
from maze_nb.wire.submission import CacheParts

KEY = b"k" * 32
HOST = "here"
PARTS = CacheParts(
    "job.train",
    {"function `train`": "f1", "helper `norm`": "n1", "outputs": "o1", "version": "v1"},
    {"rows": "r1", "x": "direct"},
    {"x": (("id-load", "table"),)},
)
DIGESTS = {("id-load", "table"): "t1"}
NAMES = {"id-load": "load"}


def stored(path, content, host=HOST):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(str(path), digest, len(content), host, "node")


def entry_of(parts=PARTS, outputs=(), created=1.0, digests=DIGESTS):
    small = OutputInfo("small", "int", 3, "1", inline=b"abc")
    outputs = tuple(outputs) or (small,)
    nbytes = sum(output.nbytes for output in outputs)
    key = key_of(parts, digests)
    made = made_from(parts, digests)
    return CacheEntry(key, parts, made, outputs, "train", 2.5, created, "run-1", nbytes)


def numbered(number, outputs=(), task="job.train"):
    changed = msgspec.structs.replace(PARTS, inputs={"rows": f"r{number}"}, upstream={}, task=task)
    return entry_of(changed, outputs, created=float(number))


def big(file):
    return OutputInfo("big", "bytes", file.nbytes, "", stored=file)


@pytest.fixture
def cache(tmp_path):
    return ResultCache(tmp_path / "cache", KEY, HOST)


# What a key depends on.

REPLACED = [
    ("nothing", {}, DIGESTS, True),
    ("the task's identity", {"task": "other"}, DIGESTS, True),
    ("the order of code", {"code": dict(reversed(PARTS.code.items()))}, DIGESTS, True),
    ("the order of inputs", {"inputs": dict(reversed(PARTS.inputs.items()))}, DIGESTS, True),
    ("the task that made an input", {"upstream": {"x": (("other", "table"),)}},
     {("other", "table"): "t1"}, True),
    ("what another task made", {}, {("id-load", "table"): "t2"}, False),
    ("code", {"code": {**PARTS.code, "helper `norm`": "n2"}}, DIGESTS, False),
    ("a name of code", {"code": {**PARTS.code, "helper `more`": "n1"}}, DIGESTS, False),
    ("an input", {"inputs": {**PARTS.inputs, "rows": "r2"}}, DIGESTS, False),
    ("an input's name", {"inputs": {"rowz": "r1", "x": "direct"}}, DIGESTS, False),
    ("which input another task makes", {"upstream": {"rows": PARTS.upstream["x"]}}, DIGESTS, False),
    ("outputs swapped", {"upstream": {"x": (("a", "1"), ("b", "2"))}},
     {("a", "1"): "t2", ("b", "2"): "t1"}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("replaced", "digests", "is_same"), [row[1:] for row in REPLACED], ids=[r[0] for r in REPLACED]
)
def test_what_a_key_depends_on(replaced, digests, is_same):
    key = key_of(PARTS, DIGESTS)
    assert len(key) == 64
    assert (key_of(msgspec.structs.replace(PARTS, **replaced), digests) == key) is is_same


def test_a_key_needs_all_that_other_tasks_made():
    with pytest.raises(KeyError):
        key_of(PARTS, {})


# Why a task runs.

CODE = PARTS.code
WHY = [
    ({}, DIGESTS, "what was kept of it is gone"),
    ({"code": {**CODE, "helper `norm`": "2"}}, DIGESTS, "helper `norm` changed"),
    ({"code": {**CODE, "helper `scale`": "2"}}, DIGESTS, "helper `scale` is new"),
    ({"code": {k: v for k, v in CODE.items() if k != "helper `norm`"}}, DIGESTS,
     "helper `norm` is not used any more"),
    ({"code": {**CODE, "version": "2"}}, DIGESTS, "version changed"),
    ({"code": {**CODE, "outputs": "2"}}, DIGESTS, "names of its outputs changed"),
    ({"inputs": {**PARTS.inputs, "rows": "2"}}, DIGESTS, "input `rows` changed"),
    ({}, {("id-load", "table"): "t2"}, "input `x` changed, which task 'load' made"),
    ({}, {}, "input `x` comes from task 'load', which runs again"),
    ({"upstream": dict.fromkeys("xy", PARTS.upstream["x"])}, {},
     "inputs `x`, `y` come from task 'load', which runs again"),
    ({"upstream": dict.fromkeys("xyzw", PARTS.upstream["x"])}, {("id-load", "table"): "t2"},
     "inputs `x`, `y`, `z`, … changed, which task 'load' made"),
    ({"code": {**CODE, "version": "2", "function `train`": "2"}, "inputs": {"rows": "2"},
      "upstream": {}}, DIGESTS,
     "function `train` changed, version changed, input `rows` changed and 1 more"),
    ({"code": {"helper `a`": "1", **CODE, "module `m`": "3", "helper `norm`": "2"}}, DIGESTS,
     "helper `norm` changed, helper `a` is new, module `m` is new"),
]  # fmt: skip


@pytest.mark.parametrize(("replaced", "digests", "reason"), WHY, ids=[row[2] for row in WHY])
def test_why_a_task_runs(replaced, digests, reason):
    parts = msgspec.structs.replace(PARTS, **replaced)
    assert why(parts, digests, entry_of(), NAMES) == reason


def test_a_task_that_never_ran():
    assert why(PARTS, DIGESTS, None) == "never run before"


# What becomes of entries.


def test_what_was_put_is_found_by_another_object(cache, tmp_path):
    entry = entry_of()
    assert cache.put(entry)
    again = ResultCache(tmp_path / "cache", KEY, HOST)
    assert again.get(entry.key) == entry == again.latest("job.train")
    assert again.is_there(entry)
    assert list(again.entries()) == [entry]
    assert again.get("0" * 64) is None
    assert again.latest("job.other") is None


def test_the_latest_entry_of_each_task(cache):
    for number in (1, 3, 2):
        cache.put(numbered(number))
    cache.put(numbered(9, task="job.other"))
    assert cache.latest("job.train") == numbered(2), "the one that was put last"
    assert cache.latest("job.other").parts.inputs == {"rows": "r9"}
    cache.remove([numbered(2).key])
    assert cache.latest("job.train") is None


def test_files_outlive_their_run(cache, tmp_path):
    source = stored(tmp_path / "results" / "out", b"x" * 1000)
    entry = numbered(1, [big(source)])
    assert cache.put(entry)
    kept = cache.get(entry.key).outputs[0].stored
    assert os.path.samefile(kept.path, source.path), "it takes room only once"
    os.unlink(source.path)
    assert cache.is_there(cache.get(entry.key))
    assert Path(kept.path).read_bytes() == b"x" * 1000
    os.unlink(kept.path)
    assert not cache.is_there(cache.get(entry.key))


def test_a_cache_that_was_moved(cache, tmp_path):
    entry = numbered(1, [big(stored(tmp_path / "out", b"x" * 10))])
    cache.put(entry)
    cache.folder.rename(tmp_path / "moved")
    moved = ResultCache(tmp_path / "moved", KEY, HOST)
    assert moved.is_there(moved.get(entry.key))


def test_a_copy_where_no_link_is_possible(cache, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EXDEV, "another device")

    monkeypatch.setattr(cache_files.os, "link", refuse)
    source = stored(tmp_path / "out", b"x" * 5000)
    entry = numbered(1, [big(source)])
    assert cache.put(entry)
    kept = cache.get(entry.key).outputs[0].stored
    assert not os.path.samefile(kept.path, source.path)
    changed = tmp_path / "out"
    changed.write_bytes(b"y" * 5000)
    assert not cache.put(numbered(2, [big(source)])), "it is not what it was"
    assert Path(kept.path).read_bytes() == b"x" * 5000


def test_damaged_data_is_mended_when_the_output_is_made_again(cache, tmp_path):
    entry = numbered(1, [big(stored(tmp_path / "out", b"x" * 10))])
    cache.put(entry)
    kept = cache.get(entry.key).outputs[0].stored
    os.unlink(kept.path)
    (cache.folder / "data" / kept.digest).write_bytes(b"y" * 10)
    cache.put(entry)
    assert Path(kept.path).read_bytes() == b"x" * 10


def test_files_of_other_machines_stay_where_they_are(cache, tmp_path):
    there = StoredFile("/nowhere/out", "0" * 64, 10, "elsewhere", "node")
    entry = numbered(1, [big(there)])
    assert cache.put(entry)
    assert cache.get(entry.key) == entry
    assert cache.is_there(entry), "as far as this machine knows"


@pytest.mark.parametrize("how", ["missing", "cut short", "no digest", "not stored"])
def test_what_cannot_be_kept(cache, tmp_path, caplog, how):
    file = stored(tmp_path / "out", b"x" * 10)
    output = big(file)
    if how == "missing":
        os.unlink(file.path)
    elif how == "cut short":
        (tmp_path / "out").write_bytes(b"x")
    elif how == "no digest":
        output = big(StoredFile(file.path, "../../x", 10, HOST))
    else:
        output = OutputInfo("big", "bytes", 10, "")
    entry = numbered(1, [output])
    assert not cache.put(entry)
    assert cache.get(entry.key) is None
    assert ("'train'" in caplog.text) is (how != "not stored")
    assert not list(cache.folder.rglob(".*")), "no draft stays"


def test_a_folder_that_cannot_be_written(cache, tmp_path, caplog):
    (tmp_path / "cache").write_text("a file is in its place")
    assert not cache.put(entry_of())
    assert not cache.put(entry_of())
    assert len(caplog.records) == 1
    assert "not cached" in caplog.text
    assert cache.get(entry_of().key) is None


def test_a_full_disk(cache, monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    cache.put(numbered(1))
    monkeypatch.setattr(cache_files.Path, "write_bytes", full)
    assert not cache.put(numbered(2))
    assert "No space left" in caplog.text
    assert [entry.key for entry in cache.entries()] == [numbered(1).key]
    assert cache.latest("job.train") == numbered(1)


# Damage, and foreign entries.


def forged(entry):
    return sign(b"another key", "entry", msgspec.msgpack.encode(entry))


DAMAGE = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "one bit": lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    "its signature": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "garbage": lambda data: b"garbage",
    "signed by another": lambda data: forged(entry_of()),
    "signed for another purpose": lambda data: sign(KEY, "latest", checked(KEY, "entry", data)),
    "another's entry": lambda data: sign(KEY, "entry", msgspec.msgpack.encode(numbered(5))),
    "signed, but no entry": lambda data: sign(KEY, "entry", msgspec.msgpack.encode([1, 2])),
    "an unknown shape": lambda data: sign(KEY, "entry", msgspec.msgpack.encode({"key": 1})),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_entry_is_a_miss_with_one_warning(cache, caplog, how):
    entry = entry_of()
    cache.put(entry)
    file = cache.folder / entry.key[:2] / entry.key
    file.write_bytes(DAMAGE[how](file.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert cache.get(entry.key) is None
        assert cache.get(entry.key) is None
        assert cache.latest("job.train") is None
        assert list(cache.entries()) == []
    assert len(caplog.records) == 1
    assert str(file) in caplog.text
    assert cache.prune().entries == 1, "nobody can use it"
    assert not file.exists()
    assert cache.put(entry)
    assert cache.get(entry.key) == entry


def test_a_damaged_pointer_is_no_pointer(cache, caplog):
    cache.put(entry_of())
    for pointer in (cache.folder / "latest").iterdir():
        pointer.write_bytes(b"garbage")
    assert cache.latest("job.train") is None
    cache.prune()
    assert list((cache.folder / "latest").iterdir()) == []
    assert caplog.records == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_what_is_no_key(cache, key):
    with pytest.raises(ValueError, match="no key"):
        cache.get(key)


# Removing.


def data_files(cache):
    return sorted(file.name for file in (cache.folder / "data").iterdir())


def test_removing_leaves_what_others_need(cache, tmp_path):
    shared, own = stored(tmp_path / "a", b"a" * 1000), stored(tmp_path / "b", b"b" * 3000)
    first, second = numbered(1, [big(shared), big(own)]), numbered(2, [big(shared)])
    cache.put(first)
    cache.put(second)
    removed = cache.remove([first.key, "0" * 64])
    assert removed.entries == 1
    assert 3000 < removed.nbytes < 4500
    assert data_files(cache) == [shared.digest]
    assert cache.is_there(cache.get(second.key))
    assert cache.remove([second.key]).entries == 1
    assert data_files(cache) == []
    assert os.path.exists(shared.path), "a run's own file is not the cache's"


def test_pruning_by_age_and_size(cache, tmp_path):
    now = time.time()
    entries = []
    for number in range(6):
        entry = numbered(number, [big(stored(tmp_path / str(number), bytes([number]) * 10_000))])
        cache.put(entry)
        at = now - number * 1000
        os.utime(cache.folder / entry.key[:2] / entry.key, (at, at))
        entries.append(entry.key)
    assert cache.prune(older_than=4500, now=now).entries == 1
    assert {entry.key for entry in cache.entries()} == set(entries[:5])
    assert cache.prune(keep_bytes=25_000, now=now).entries == 3
    assert {entry.key for entry in cache.entries()} == set(entries[:2])
    cache.get(entries[1])
    assert cache.prune(keep_bytes=12_000, now=now).entries == 1
    assert [entry.key for entry in cache.entries()] == [entries[1]], "the one that was used last"
    assert cache.prune(older_than=0, now=now + 100).entries == 1
    assert data_files(cache) == []
    assert cache.prune() == (0, 0)


def test_pruning_takes_away_drafts_of_writers_that_were_killed(cache):
    entry = entry_of()
    cache.put(entry)
    (cache.folder / "data").mkdir()
    drafts = [cache.folder / folder / ".x.draft" for folder in (entry.key[:2], "data", "latest")]
    for draft in drafts:
        draft.write_bytes(b"half")
    cache.prune()
    assert all(draft.exists() for draft in drafts), "somebody may be writing them"
    cache.prune(now=time.time() + 2 * cache_files.LEFTOVER_AGE)
    assert not any(draft.exists() for draft in drafts)
    assert cache.get(entry.key) == entry


def test_an_empty_or_missing_cache(cache):
    assert list(cache.entries()) == []
    assert cache.last_used("0" * 64) == 0
    assert cache.prune(older_than=0, keep_bytes=0) == (0, 0)


# Many at once.


def test_putting_getting_and_pruning_at_once(tmp_path):
    caches = [ResultCache(tmp_path / "cache", KEY, HOST) for _ in range(4)]

    def work(number):
        cache = caches[number % 4]
        file = stored(tmp_path / "results" / str(number), b"%d" % (number % 7) * 2000)
        entry = numbered(number % 11, [big(file)])
        assert cache.put(entry)
        found = cache.get(entry.key)
        if number % 5 == 0:
            cache.prune(keep_bytes=8000)
        assert found is None or found.parts == entry.parts
        return found is not None and cache.is_there(found)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(work, range(200)))
    assert any(outcomes)
    for entry in caches[0].entries():
        assert caches[0].is_there(entry), "no entry without its file"


def test_who_tidies_up_waits_for_a_bounded_time(cache, monkeypatch, caplog):
    monkeypatch.setattr(result_cache, "LOCK_PATIENCE", 0.05)
    cache.put(numbered(1))
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(cache.folder / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout.readline() == b"held\n"
        assert not cache.put(numbered(2))
        assert "another process has held" in caplog.text
        with pytest.raises(TimeoutError):
            cache.prune()
        assert cache.get(numbered(1).key) == numbered(1), "reading waits for nobody"
    finally:
        other.communicate(timeout=20)
    assert cache.put(numbered(2))


# The secret.


def test_the_secret_is_made_once_for_its_owner_only(tmp_path):
    file = tmp_path / "home" / "cache.key"
    made = secret(file)
    assert len(made) == 32
    assert secret(file) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["cache.key"]


def test_processes_that_race_for_the_secret_get_the_same(tmp_path):
    program = (
        "import pathlib, sys; from maze_nb.store.signing import secret; sys.stdin.readline(); "
        "print(secret(pathlib.Path(sys.argv[1])).hex())"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "cache.key")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    told = {racer.communicate("go\n", timeout=60)[0] for racer in racers}
    assert len(told) == 1
    assert len(told.pop().strip()) == 64


@pytest.mark.parametrize("fault", ["short", "folder"])
def test_a_secret_that_is_none(tmp_path, fault):
    file = tmp_path / "cache.key"
    if fault == "short":
        file.write_bytes(b"short")
    else:
        file.mkdir()
    with pytest.raises(StoreError, match=r"cache\.key"):
        secret(file)
