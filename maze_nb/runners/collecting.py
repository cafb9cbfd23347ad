"""Files that commands and containers leave behind, collected by name or by pattern."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.folder_name import LOG, MANIFEST, SUMMARY, is_ours
from maze_nb.errors import InputError, TaskFailedError
from maze_nb.runners.staging import STAGED

_WILD = frozenset("*?[")
_OURS = (SUMMARY, LOG, MANIFEST)
_MOST_TOLD = 20
_MOST_SEEN = 10_000


def check_pattern(pattern: Any, output: str, where: str) -> str:
    """Return the pattern of an output as it is used.

    Parameters
    ----------
    where
        Names the task in the error.

    Raises
    ------
    InputError
        If it is no path in the folder where the command runs.
    """
    path = PurePosixPath(pattern) if isinstance(pattern, str | os.PathLike) else PurePosixPath()
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in str(path):
        raise InputError(
            f"output {output!r} of {where} must be a file in the folder where it runs, such as "
            f"'model.bin', or a pattern, such as 'build/*.log', not {pattern!r}"
        )
    if str(path) in _OURS:
        raise InputError(
            f"output {output!r} of {where} cannot be called {str(path)!r}, which is a file of "
            f"Maze's own: have it write another one"
        )
    return str(path)


def is_pattern(pattern: str) -> bool:
    """Return whether an output is a list of files, and not one file."""
    return not _WILD.isdisjoint(pattern)


def collect(
    outputs: Mapping[str, str], found_in: Path, into: Path, where: str
) -> dict[str, Artifact | list[Artifact]]:
    """Move the files that are outputs into the folder of their task.

    Parameters
    ----------
    outputs
        The pattern of each; see `check_pattern`. One with ``*``, ``?`` or ``[`` in it is a list,
        in the order of the names; ``**`` stands for any folders.
    found_in
        The folder that they are in.
    into
        The folder of the task; what is there already stays where it is.
    where
        Names the task in the error, such as ``"command 'build'"``.

    Raises
    ------
    TaskFailedError
        If one is not there.
    """
    is_own = found_in == into
    matches = {name: _matches(each, found_in, is_own=is_own) for name, each in outputs.items()}
    for name, paths in matches.items():
        if not paths:
            raise TaskFailedError(missing(name, outputs[name], found_in, where, is_own=is_own))
    kept: dict[Path, Artifact] = {}
    for path in dict.fromkeys(path for paths in matches.values() for path in paths):
        kept[path] = _keep(path, found_in, into)
    return {
        name: [kept[path] for path in paths] if is_pattern(outputs[name]) else kept[paths[0]]
        for name, paths in matches.items()
    }


def keep_some(outputs: Mapping[str, str], found_in: Path, into: Path) -> list[str]:
    """Move what is there of the outputs into the folder of their task; return their names."""
    is_own = found_in == into
    paths = (
        path for pattern in outputs.values() for path in _matches(pattern, found_in, is_own=is_own)
    )
    kept = []
    for path in dict.fromkeys(paths):
        # It tells of a failure, and must not hide it behind another one.
        with suppress(OSError, TaskFailedError):
            kept.append(_keep(path, found_in, into).name)
    return kept


def forget(outputs: Mapping[str, str], folder: Path) -> None:
    """Remove what an earlier attempt left of the outputs in the folder of their task."""
    for pattern in outputs.values():
        for path in _matches(pattern, folder, is_own=True):
            with suppress(OSError):
                path.unlink()


def _matches(pattern: str, folder: Path, *, is_own: bool) -> list[Path]:
    """Return what a pattern stands for; in the folder of a task nothing that is ours."""
    if not is_pattern(pattern):
        return [folder / pattern] if (folder / pattern).is_file() else []
    is_asked = PurePosixPath(pattern).parts[0] == STAGED
    found = ((path, path.relative_to(folder).parts) for path in folder.glob(pattern))
    return sorted(
        path
        for path, parts in found
        if path.is_file()
        and (is_asked or parts[0] != STAGED)
        and not (is_own and is_ours(parts[0]))
    )


def _keep(path: Path, found_in: Path, into: Path) -> Artifact:
    name = path.relative_to(found_in)
    if str(name) in _OURS and found_in != into:
        raise TaskFailedError(
            f"{str(name)!r} is the name of a file of Maze's own: have the command write another one"
        )
    to = into / name
    if to != path:
        to.parent.mkdir(parents=True, exist_ok=True)
        # What a link names may be gone later, and what is in a folder of others is theirs.
        is_own = path.is_relative_to(into) and not path.is_symlink()
        if not is_own or path.stat().st_dev != to.parent.stat().st_dev:
            shutil.copy(path, to)
        else:
            path.replace(to)
    found = digest_of(to)
    return Artifact(name.as_posix(), to.absolute().as_uri(), found.nbytes, found.sha256)


def missing(name: str, pattern: str, folder: Path, where: str, *, is_own: bool) -> str:
    """Return what to say of an output that is not there, and what is there instead."""
    if not is_pattern(pattern) and (folder / pattern).is_dir():
        return (
            f"{where} left {pattern!r}, its output {name!r}, as a folder: give a pattern for the "
            f"files in it, such as '{pattern}/**/*', or have the command pack it"
        )
    there = list(_there(folder, is_own=is_own))
    told = ", ".join(there[:_MOST_TOLD]) or "(no files)"
    more = f" and {len(there) - _MOST_TOLD} more" if len(there) > _MOST_TOLD else ""
    return (
        f"{where} did not leave {pattern!r}, its output {name!r}; in its folder are: {told}{more}"
    )


def _there(folder: Path, *, is_own: bool) -> Iterator[str]:
    seen = 0
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        if not inside.parts:
            folders[:] = [each for each in folders if each != STAGED]
            if is_own:
                names[:] = [each for each in names if not is_ours(each)]
                folders[:] = [each for each in folders if not is_ours(each)]
        folders.sort()
        for name in sorted(names):
            seen += 1
            if seen > _MOST_SEEN:
                return
            yield str(inside / name)
