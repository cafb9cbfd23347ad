"""What a worker declares to have, as ``dask worker --resources "GPU=2 VRAM=32000"`` writes it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping

from maze_nb.errors import ResourceError, nearest

DECLARED_NAMES = ("CPU", "MEM", "GPU", "VRAM")
"""The names that mean something to Maze: cores, MB, GPU devices, MB over all devices."""

RESOURCES_VARIABLE = "MAZE_RESOURCES"
"""In the environment of worker processes, what their whole node offers."""

_MEANT = {
    "MEMORY": "MEM",
    "RAM": "MEM",
    "CPU_MEM": "MEM",
    "GPU_MEM": "VRAM",
    "GPU_MEMORY": "VRAM",
}
_UNITS = ("_MB", "_MIB", "_GB", "_GIB")
_ALIKE = 0.7


def parse_declared(text: str, *, where: str = "the declared resources") -> dict[str, float]:
    """Return resources written as ``NAME=NUMBER`` with spaces or commas between them.

    The grammar is that of ``dask worker --resources``. What the names and numbers mean is looked
    at by :func:`check_declared`.

    Parameters
    ----------
    where
        Names the place in an error, such as ``"--resources"``.

    Raises
    ------
    ResourceError
        If a part has no name, no ``=`` or no number, or a name is given twice.
    """
    declared: dict[str, float] = {}
    for part in text.replace(",", " ").split():
        name, equals, number = part.partition("=")
        if not name or not equals:
            raise ResourceError(
                f"{part!r} in {where} is not NAME=NUMBER: write it without spaces around '=', "
                f'such as "GPU=2 VRAM=32000"'
            )
        if name in declared:
            raise ResourceError(f"{name} is given twice in {where}: give it once")
        declared[name] = _number(name, number, where)
    return declared


def check_declared(declared: Mapping[str, float], *, where: str = "the declared resources") -> None:
    """Raise unless what is declared makes sense.

    Names that resemble none of Maze's are Dask's own free resource names, and left alone.

    Parameters
    ----------
    where
        Names the place in an error, such as ``"--resources"``.

    Raises
    ------
    ResourceError
        If a name is one of Maze's misspelt, a number is negative or not finite, ``GPU`` is not
        whole, or there is ``VRAM`` without ``GPU``.
    """
    for name, value in declared.items():
        _check_name(name, where)
        _check_number(name, value, where)
    gpus, vram = declared.get("GPU", 0), declared.get("VRAM", 0)
    if gpus != int(gpus):
        raise ResourceError(
            f"GPU={gpus:g} in {where}: GPU counts devices, so give a whole number; "
            f"it is tasks that ask for shares of a device"
        )
    if vram and not gpus:
        raise ResourceError(
            f"VRAM={vram:g} in {where} has no GPU to belong to: say how many devices share it, "
            f'such as "GPU=1 VRAM={vram:g}"'
        )


def declared_text(declared: Mapping[str, float]) -> str:
    """Return resources in the form that :func:`parse_declared` reads."""
    return " ".join(f"{name}={_plain(value)}" for name, value in declared.items())


def _number(name: str, text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ResourceError(
            f"{name}={text} in {where}: {text!r} is not a number; give one, such as {name}=2"
        ) from None


def _check_name(name: str, where: str) -> None:
    if name in DECLARED_NAMES:
        return
    for meant in _resembled(name):
        hint = nearest(meant, [meant])
        raise ResourceError(f"{name!r} in {where} is no resource that Maze knows: {hint}")


def _resembled(name: str) -> Iterator[str]:
    """Give the name of Maze that a person seems to have meant, if any."""
    bare = name.upper().replace("-", "_")
    for unit in _UNITS:
        bare = bare.removesuffix(unit)
    if bare in _MEANT:
        yield _MEANT[bare]
    yield from difflib.get_close_matches(bare, DECLARED_NAMES, n=1, cutoff=_ALIKE)


def _check_number(name: str, value: float, where: str) -> None:
    if not math.isfinite(value):
        raise ResourceError(f"{name}={value:g} in {where}: give a finite number")
    if value < 0:
        raise ResourceError(f"{name}={value:g} in {where}: it must not be negative")


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
