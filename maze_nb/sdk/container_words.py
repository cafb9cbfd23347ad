"""What is said of a container beside its command, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from maze_nb.errors import OptionError, nearest
from maze_nb.runners.containers.image import POLICIES
from maze_nb.runners.containers.options import INPUTS, RESULTS, Mount

_OURS = (RESULTS, INPUTS)
_MODES = ("ro", "rw")


def read_mounts(given: Any, where: str) -> tuple[Mount, ...]:
    """Return what is mounted; OptionError if it is no list of mounts."""
    if isinstance(given, Mapping):
        texts = [f"{source}:{target}" for source, target in given.items()]
    else:
        texts = [given] if isinstance(given, str) else list(given)
    found = [_mount(text, where) for text in texts]
    targets = [each.target for each in found]
    for target in targets:
        if target in _OURS or targets.count(target) > 1:
            raise OptionError(f"{where} has two mounts at {target!r}: mount one elsewhere")
    return tuple(found)


def _mount(text: Any, where: str) -> Mount:
    parts = str(text).split(":")
    mode = parts.pop() if len(parts) == 3 else "rw"
    is_well = len(parts) == 2 and mode in _MODES
    if not is_well or not all(PurePosixPath(part).is_absolute() for part in parts):
        raise OptionError(
            f"{text!r} of {where} is no mount: write it as '/here:/there' or '/here:/there:ro', "
            f"where /here is a path of the worker's machine, and /there one in the container"
        )
    return Mount(parts[0], str(PurePosixPath(parts[1])), mode == "ro")


def read_pull(pull: Any, where: str) -> str:
    """Return when the image is pulled; OptionError if there is no such policy."""
    if pull not in POLICIES:
        raise OptionError(f"unknown pull {pull!r} of {where}: {nearest(str(pull), POLICIES)}")
    return str(pull)


def read_network(network: Any, where: str) -> str | None:
    """Return the name of the network, None for that of the engine, ``none`` for none."""
    if isinstance(network, bool):
        return None if network else "none"
    if not isinstance(network, str) or not network.strip():
        raise OptionError(
            f"the network of {where} must be True, False or the name of one, not {network!r}"
        )
    return network


def read_user(user: Any, where: str) -> str | None:
    """Return as whom it runs; None if the image says."""
    if user is None:
        return None
    text = str(user)
    if isinstance(user, bool) or not re.fullmatch(r"[\w.-]+(:[\w.-]+)?", text):
        raise OptionError(
            f"the user of {where} must be a name or a number, with or without a group, such as "
            f"'1000:1000', not {user!r}"
        )
    return text


def read_folder(cwd: Any, where: str) -> str | None:
    """Return in which folder of the container it runs; None if the image says."""
    if cwd is None:
        return None
    if not PurePosixPath(cwd).is_absolute():
        raise OptionError(
            f"cwd of {where} must be a folder of the container, such as '/work', not {str(cwd)!r}"
        )
    return str(PurePosixPath(cwd))
