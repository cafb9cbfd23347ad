"""What the file system that a run store is on can do."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

# Processes on several machines cannot share the memory that SQLite's write-ahead log needs there.
_NETWORK = {
    *("9p", "afs", "afpfs", "ceph", "cifs", "glusterfs", "gpfs", "beegfs", "lustre", "ncpfs"),
    *("nfs", "nfs3", "nfs4", "pvfs2", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "webdav"),
    *("wekafs", "panfs", "orangefs"),
}


def journal_mode(path: Path) -> str:
    """Return the mode of SQLite's journal that fits the place of a file."""
    return "DELETE" if is_on_network(path) else "WAL"


def is_on_network(path: Path) -> bool:
    """Return whether a file is on a file system that other machines may write to as well."""
    import psutil

    mounts = [(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)]
    return is_network_type(type_of(path, mounts))


def is_network_type(kind: str) -> bool:
    """Return whether file systems of this type are shared by machines; FUSE ones may be."""
    return kind in _NETWORK or kind.startswith("fuse.")


def type_of(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the type of the file system a path is on, the last mounted one in its place.

    Examples
    --------
    >>> type_of(Path("/proc/self"), [("/", "ext4"), ("/proc", "proc")])
    'proc'
    """
    place = os.path.realpath(path)
    found, kind = "", ""
    for mountpoint, fstype in mounts:
        inside = place == mountpoint or place.startswith(mountpoint.rstrip("/") + "/")
        if inside and len(mountpoint) >= len(found):
            found, kind = mountpoint, fstype
    return kind
