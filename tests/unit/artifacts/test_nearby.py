"""A file of this node with the content of an artifact, wherever that is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from maze_nb import config
from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.nearby import fetching, given_url, local_path, node_cache
from maze_nb.errors import ArtifactError
from maze_nb.wire.blobs import FILES, BlobFolder


def artifact(path: Path, name: str = "") -> Artifact:
    sha256, nbytes = digest_of(path)
    return Artifact(name or path.name, path.as_uri(), nbytes, sha256)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAZE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_file_that_is_here_is_not_copied(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a b.txt"
    path.write_text("text")
    found = artifact(path)
    assert found.path == path
    with found.open() as text, found.open("rb") as data:
        assert (text.read(), data.read()) == ("text", b"text")
    assert found.read_text() == "text"
    assert not home.exists()


@pytest.mark.parametrize("mode", ["w", "a", "r+", "xb"])
def test_what_others_read_too_is_not_written_to(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    with pytest.raises(ArtifactError, match="only read"):
        artifact(path).open(mode)
    assert path.read_text() == "text"


@pytest.mark.parametrize(("text", "what"), [(None, "is not on this node"), ("other", "changed")])
def test_what_is_not_here_any_more_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, what: str
) -> None:
    for name in ("ORCHESTRATOR_BASE_URL", "MAZE_HTTP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "run" / "task" / "a.txt"
    path.parent.mkdir(parents=True)
    path.write_text("as it was")
    found = artifact(path)
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(ArtifactError, match=what):
        _ = found.path


def given(data: bytes, name: str) -> tuple[str, str, int]:
    sha256 = hashlib.sha256(data).hexdigest()
    return given_url(f"{FILES}/{sha256}", name), sha256, len(data)


def test_a_given_file_comes_from_where_the_scheduler_keeps_it(tmp_path: Path) -> None:
    asked = given(b"data", "my points.csv")
    BlobFolder().keep_bytes(FILES, b"data")
    with fetching(str(tmp_path / "worker")):
        path = local_path(*asked)
        assert (path.name, path.read_bytes()) == ("my points.csv", b"data")
        assert path.is_relative_to(tmp_path / "worker")
        assert node_cache().fetched(asked[1]) == 1
    assert local_path(*asked).is_relative_to(config.home() / "artifacts")


def test_a_given_file_that_is_nowhere_is_named() -> None:
    with pytest.raises(ArtifactError, match=r"input file 'my points\.csv'.*run the workflow again"):
        local_path(*given(b"data", "my points.csv"))


def test_a_summary_says_what_it_is_and_nothing_secret() -> None:
    found = Artifact("a<b>.txt", "https://ann:secret@host/a%3Cb%3E.txt?token=abc", 2048, "0" * 64)
    assert found.summary == "a<b>.txt, 2.0 kB, https://host/a%3Cb%3E.txt"
    shown = found._repr_html_()
    assert "a&lt;b&gt;.txt" in shown
    assert "2.0 kB" in shown
    assert "secret" not in shown
    assert "abc" not in shown


def test_a_link_to_the_scheduler_can_be_followed() -> None:
    url = "http://host:8787/api/v1/results/t/files/a.txt?run_id=r"
    assert f'href="{url}"' in Artifact("a.txt", url, 1, "0" * 64)._repr_html_()
