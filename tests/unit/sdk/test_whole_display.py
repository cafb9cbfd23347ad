"""Displays that are too big for messages, from the files that hold them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maze_nb.errors import ConnectionFailedError
from maze_nb.model.output import StoredFile
from maze_nb.sdk.whole_display import whole_display

DATA = {"text/html": "<p>" + "whole " * 1000, "text/plain": "whole"}
CONTENT = json.dumps(DATA).encode()
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def told(path: str, digest: str = DIGEST) -> dict[str, Any]:
    stored = StoredFile(path, digest, len(CONTENT), "host")
    return dict(msgspec.to_builtins(stored))


def no_call(*_: Any, **__: Any) -> Any:
    raise ConnectionFailedError("there is no scheduler")


def in_pieces(size: int) -> Any:
    def call(operation: str, *, stored: bytes, offset: int) -> dict[str, Any]:
        assert operation == "maze_read"
        assert msgspec.msgpack.decode(stored, type=StoredFile).nbytes == len(CONTENT)
        return {"data": CONTENT[offset : offset + size], "size": len(CONTENT)}

    return call


def test_a_file_on_this_machine_is_read_without_asking(tmp_path: Path) -> None:
    path = tmp_path / "display.json"
    path.write_bytes(CONTENT)
    assert whole_display(no_call, told(str(path))) == DATA


def test_a_file_elsewhere_comes_in_pieces() -> None:
    assert whole_display(in_pieces(1000), told("/elsewhere/display.json")) == DATA


@pytest.mark.parametrize(
    "stored",
    [
        told("/elsewhere/display.json", "0" * 64),
        {"path": 3},
        {},
    ],
    ids=["another content", "what is no file", "nothing"],
)
def test_what_is_not_the_display_is_none(stored: dict[str, Any]) -> None:
    assert whole_display(in_pieces(1000), stored) is None


@pytest.mark.parametrize("call", [no_call, in_pieces(0)], ids=["no scheduler", "cut short"])
def test_what_cannot_be_had_is_none(call: Any) -> None:
    assert whole_display(call, told("/elsewhere/display.json")) is None
