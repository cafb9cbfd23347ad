"""Which journal fits a file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_nb.store.mounts import is_network_type, journal_mode, type_of

MOUNTS = [
    ("/", "ext4"),
    ("/home", "nfs4"),
    ("/home/me/scratch", "xfs"),
    ("/mnt/old", "ext4"),
    ("/mnt/old", "fuse.sshfs"),
]


@pytest.mark.parametrize(
    ("path", "kind", "on_network"),
    [
        ("/var/runs.db", "ext4", False),
        ("/home/me/runs.db", "nfs4", True),
        ("/home/me/scratch/runs.db", "xfs", False),
        ("/home/me/scratchy/runs.db", "nfs4", True),
        ("/homework/runs.db", "ext4", False),
        ("/mnt/old/runs.db", "fuse.sshfs", True),
    ],
)
def test_the_type_of_a_place(path: str, kind: str, on_network: bool) -> None:
    assert type_of(Path(path), MOUNTS) == kind
    assert is_network_type(kind) == on_network


def test_nothing_is_known() -> None:
    assert type_of(Path("/a"), []) == ""
    assert not is_network_type("")


def test_here(tmp_path: Path) -> None:
    assert journal_mode(tmp_path / "runs.db") == "WAL"
