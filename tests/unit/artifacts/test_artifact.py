"""What artifacts tell, and that they stand for files."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest

from maze_nb.artifacts.artifact import Artifact
from maze_nb.errors import ArtifactError


def artifact(path: Path) -> Artifact:
    content = path.read_bytes()
    return Artifact(path.name, path.as_uri(), len(content), hashlib.sha256(content).hexdigest())


def test_an_artifact_is_opened_as_the_file_that_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a name.txt"
    path.write_text("hello")
    found = pickle.loads(pickle.dumps(artifact(path)))
    with open(found) as file:
        assert file.read() == "hello"
    assert (found.read_text(), found.read_bytes(), str(found)) == (
        "hello",
        b"hello",
        path.as_uri(),
    )


@pytest.mark.parametrize("fate", ["removed", "longer", "changed"])
def test_an_artifact_that_is_gone_or_another_is_refused(tmp_path: Path, fate: str) -> None:
    path = tmp_path / "made.txt"
    path.write_text("hello")
    found = artifact(path)
    if fate == "removed":
        path.unlink()
    else:
        path.write_text({"longer": "hello again", "changed": "hullo"}[fate])
    with pytest.raises(ArtifactError, match=r"made\.txt"):
        found.read_text()
