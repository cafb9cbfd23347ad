"""Exceptions come back with their type, arguments and attributes, whatever their ``__init__``."""

from __future__ import annotations

import copyreg
import errno
import threading

import pytest
from tblib import pickling_support

from maze_nb.errors import MemoryLimitError, UnknownRunError
from maze_nb.wire.code import load_value
from maze_nb.wire.exception import dump_exception


class CodedError(Exception):
    def __init__(self, code, why):
        super().__init__(f"{code}: {why}")
        self.code = code


class KeywordError(ValueError):
    def __init__(self, *, code):
        super().__init__("told by keyword")
        self.code = code


class DoublingError(Exception):
    def __init__(self, name):
        super().__init__(f"no {name}")


class FileError(OSError):
    def __init__(self, path):
        super().__init__(errno.ENOENT, "not there", path)
        self.path = path


class MixedError(RuntimeError, KeyError):
    def __init__(self, key, store):
        super().__init__(key)
        self.store = store


class OwnWayError(Exception):
    def __init__(self, left, right):
        super().__init__(left)
        self.right = right

    def __reduce__(self):
        return OwnWayError, (self.args[0], f"{self.right} by reduce")


class BrokenWayError(Exception):
    def __reduce__(self):
        return BrokenWayError, (), "no state"


class ReadOnlyError(Exception):
    @property
    def code(self):
        return self.__dict__["code"]


class TwoGroup(ExceptionGroup):
    def __new__(cls, errors):
        return super().__new__(cls, "two", errors)

    def derive(self, excs):
        return TwoGroup(excs)


def read_only() -> ReadOnlyError:
    error = ReadOnlyError("r")
    error.__dict__["code"] = 7
    return error


def noted() -> CodedError:
    error = CodedError(5, "noted")
    error.add_note("see there")
    return error


def import_error() -> ImportError:
    return ImportError("no such module", name="pkg", path="/p")


CASES = [
    ValueError("plain", 3),
    CodedError(7, "why"),
    KeywordError(code=3),
    DoublingError("luck"),
    FileError("/nowhere"),
    FileNotFoundError(errno.ENOENT, "gone", "/a", None, "/b"),
    MixedError("k", {"a": 1}),
    read_only(),
    noted(),
    import_error(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
    StopIteration(4),
    SystemExit(3),
    MemoryLimitError("much"),
    UnknownRunError("who"),
    pytest.fail.Exception("by hand"),
]


@pytest.mark.parametrize("error", CASES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("is_registered", [False, True], ids=["plain", "as-dask-does"])
def test_exceptions_come_back(monkeypatch, error, is_registered):
    if is_registered:
        monkeypatch.setattr(copyreg, "dispatch_table", dict(copyreg.dispatch_table))
        pickling_support.install(error)
    data = dump_exception(error)
    assert data is not None
    found = load_value(data)
    assert type(found) is type(error)
    assert (found.args, vars(found), str(found)) == (error.args, vars(error), str(error))
    for name in ("errno", "filename", "filename2", "name", "path", "value", "code", "reason"):
        assert getattr(found, name, None) == getattr(error, name, None)


def test_the_bytes_are_the_same_after_dask_has_seen_the_class():
    class SeenError(Exception):
        pass

    before = dump_exception(SeenError("x"))
    pickling_support.install(SeenError)
    try:
        assert dump_exception(SeenError("x")) == before
    finally:
        copyreg.dispatch_table.pop(SeenError)


def test_groups_and_exceptions_inside_others():
    inner = CodedError(1, "inner")
    group = load_value(dump_exception(TwoGroup([inner, KeywordError(code=2)])))
    assert type(group) is TwoGroup
    assert [(type(e), e.code) for e in group.exceptions] == [(CodedError, 1), (KeywordError, 2)]
    outer = CodedError(2, "outer")
    outer.inner = inner
    outer.itself = outer
    found = load_value(dump_exception(outer))
    assert (type(found.inner), found.inner.code) == (CodedError, 1)
    assert found.itself is found


def test_a_class_that_says_how_it_is_pickled_is_heard():
    found = load_value(dump_exception(OwnWayError("l", "r")))
    assert (type(found), found.right) == (OwnWayError, "r by reduce")


def test_a_class_that_says_so_wrongly_is_not():
    found = load_value(dump_exception(BrokenWayError("args")))
    assert (type(found), found.args) == (BrokenWayError, ("args",))


def test_what_cannot_be_pickled_is_left_out():
    lock = threading.Lock()
    error = CodedError(9, "why")
    error.lock = lock
    found = load_value(dump_exception(error))
    assert (type(found), found.code, str(found)) == (CodedError, 9, "9: why")
    assert not hasattr(found, "lock")
    found = load_value(dump_exception(ValueError("held", lock)))
    assert found.args == ("held", str(lock))


def test_an_exception_that_cannot_be_pickled_at_all():
    class LockedError(Exception):
        lock = threading.Lock()

    assert dump_exception(LockedError()) is None
