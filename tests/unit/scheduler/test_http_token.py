"""The token of the scheduler's web server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from maze_nb.errors import MazeError
from maze_nb.scheduler.http.token import find_token, is_let_in


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAZE_HOME", str(tmp_path))
    return tmp_path


def test_it_is_made_once_and_kept_from_others(home: Path) -> None:
    made = find_token()
    assert len(made) >= 32
    assert find_token() == made
    assert stat.S_IMODE((home / "http-token").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["http-token"]


def test_one_that_others_can_read_is_not_used(home: Path) -> None:
    find_token()
    (home / "http-token").chmod(0o644)
    with pytest.raises(MazeError, match="delete it"):
        find_token()


def test_one_that_is_set_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_HTTP_TOKEN", "my-own-token-0123456789")
    assert find_token() == "my-own-token-0123456789"
    assert not (home / "http-token").exists()
    monkeypatch.setenv("MAZE_HTTP_TOKEN", "short")
    with pytest.raises(MazeError, match="MAZE_HTTP_TOKEN") as raised:
        find_token()
    assert "short" not in str(raised.value)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer secret", True),
        ("bearer secret", True),
        ("Bearer  secret", True),
        ("Bearer secre", False),
        ("Bearer secrett", False),
        ("Bearer", False),
        ("", False),
        ("Basic secret", False),
        ("secret", False),
        ("Bearer sécret", False),
    ],
)
def test_who_is_let_in(header: str, expected: bool) -> None:
    assert is_let_in("secret", header) is expected
