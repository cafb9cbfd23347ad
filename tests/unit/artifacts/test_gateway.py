"""How a process knows the web server of its scheduler."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maze_nb.artifacts.gateway import (
    Gateway,
    gateway,
    gateway_of,
    gateways,
    known_gateway,
    learn_gateway,
    set_gateway,
)
from maze_nb.artifacts.http_store import is_served
from maze_nb.errors import ArtifactError

HERE = Gateway("http://here:8787/dask", "a-secret-token-of-some-length")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    learn_gateway(None)
    yield
    learn_gateway(None)


def test_it_is_asked_for_once() -> None:
    asked: list[int] = []

    def ask() -> Gateway:
        asked.append(1)
        return HERE

    learn_gateway(ask)
    assert known_gateway() is None
    assert gateway() == gateway() == HERE
    assert len(asked) == 1


def test_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArtifactError, match="ORCHESTRATOR_BASE_URL"):
        gateway()
    monkeypatch.setenv("ORCHESTRATOR_BASE_URL", "https://maze.example")
    monkeypatch.setenv("MAZE_HTTP_TOKEN", "given")
    assert gateway() == Gateway("https://maze.example", "given")
    set_gateway(HERE)
    assert gateway() == Gateway("https://maze.example", HERE.token)


def test_the_token_is_not_shown() -> None:
    assert HERE.token not in repr(HERE)
    assert HERE.token not in HERE.file_url("r", "t", "n")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (HERE.file_url("r", "t", "a/b c"), True),
        ("http/r/t", True),
        ("http://here:8787/api/v1/results/t/files/a", False),
        ("http://here:8787.evil/dask/api/v1/results/t/files/a", False),
        ("https://here:8787/dask/api/v1/results/t/files/a", False),
        ("http://here:8787@evil/dask/api/v1/results/t/files/a", False),
        ("http://here:8787/dask/other", False),
        ("file:///api/v1/results/a", False),
    ],
)
def test_the_token_goes_nowhere_else(url: str, expected: bool) -> None:
    set_gateway(HERE)
    assert is_served(url) is expected


def test_the_files_of_each_scheduler_that_is_talked_to_are_found() -> None:
    there, gone = Gateway("http://there:8787", "the-token-of-the-other"), [1]

    def ask_gone() -> Gateway:
        gone.append(1)
        raise ArtifactError("the client is gone")

    for ask in (lambda: there, ask_gone, lambda: HERE):
        learn_gateway(ask, is_one_of_many=True)
    assert gateway() == HERE
    assert gateway_of(HERE.file_url("r", "t", "a")) == HERE
    assert gateway_of(there.file_url("r", "t", "a")) == there
    assert gateway_of("http://elsewhere/api/v1/results/t/files/a") is None
    assert list(gateways()) == [HERE, there]
    # Who is gone is asked once.
    assert len(gone) == 2
