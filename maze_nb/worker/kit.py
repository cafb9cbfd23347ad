"""What a task takes along into the process that runs it, beside its code and its inputs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.artifacts.nearby import fetching
from maze_nb.wire.code import dump_buffers
from maze_nb.wire.kept_value import MappedValue
from maze_nb.wire.module_list import modules_in
from maze_nb.wire.packed import Packed
from maze_nb.worker.modules import MODULES, TravelledModule

_FLAT = (type(None), bool, int, float, str, bytes)


class Kit(msgspec.Struct, frozen=True, array_like=True):
    """What is at hand for one task.

    ``values`` are the files with large values, ``modules`` the local modules that it may import;
    ``env`` and ``secrets`` are set in the environment; ``fetched`` is the folder for files that are
    fetched to this node.
    """

    values: tuple[str, ...] = ()
    modules: tuple[TravelledModule, ...] = ()
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    fetched: str = ""

    @property
    def opened(self) -> list[MappedValue]:
        """The large values in the order in which they stand behind what the task depends on."""
        return [MappedValue(Path(path)) for path in reversed(self.values)]

    @property
    def mark(self) -> str:
        """Tells processes apart that have loaded something else; empty for most."""
        parts = [
            *(f"{module.name}={module.folder}" for module in self.modules),
            *(f"{name}={value}" for name, value in sorted({**self.env, **self.secrets}.items())),
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16] if parts else ""


@contextmanager
def at_hand(kit: Kit) -> Iterator[None]:
    """Have all of a kit where the code of the task finds it, inside the block.

    Raises
    ------
    ModulesInUseError
        If another task of this process uses another version of one of the modules.
    """
    with ExitStack() as stack:
        stack.enter_context(fetching(kit.fetched))
        if kit.modules:
            stack.enter_context(MODULES.at_hand(kit.modules))
        if kit.env or kit.secrets:
            stack.enter_context(_environment({**kit.env, **kit.secrets}))
        yield


def packed_for_others(outputs: dict[str, Any], kit: Kit) -> dict[str, Any]:
    """Return the outputs of a task; what is made of local modules is packed.

    Workers that only hold it or pass it on may have none of these modules, or other versions.
    """
    names = [module.name for module in kit.modules]
    return {name: _packed(value, names) for name, value in outputs.items()} if names else outputs


def packed_item_for_others(item: Any, kit: Kit) -> Any:
    """Do the same for one item of a list."""
    return _packed(item, [module.name for module in kit.modules])


def _packed(value: Any, names: list[str]) -> Any:
    if type(value) in _FLAT or isinstance(value, Packed):
        return value
    packed = Packed(*dump_buffers(value, "an output"))
    return packed if modules_in(packed.data, names) else value


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
