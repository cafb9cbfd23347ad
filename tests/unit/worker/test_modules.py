"""Versions of modules in one process: which are loaded anew, and when that has to wait."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maze_nb.worker.modules import Modules, ModulesInUseError, TravelledModule

NAMES = ("travelled_base", "travelled_user", "travelled_other")


@pytest.fixture
def modules() -> Iterator[Modules]:
    """Give modules of a process, none of which is loaded any more at the end."""
    found = Modules()
    yield found
    if found in sys.meta_path:
        sys.meta_path.remove(found)
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def made(tmp_path: Path) -> dict[str, TravelledModule]:
    """Give a module in two versions, one that imports it, and one that does not."""
    texts = {
        "one": "VALUE = 1\n",
        "two": "VALUE = 2\n",
        "travelled_user": "from travelled_base import VALUE\n",
        "travelled_other": "VALUE = 0\n",
    }
    found = {}
    for key, text in texts.items():
        name = "travelled_base" if key in ("one", "two") else key
        folder = tmp_path / key
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        found[key] = TravelledModule(name, str(folder))
    return found


def seen(name: str) -> int:
    value: int = importlib.import_module(name).VALUE
    return value


def test_what_imported_another_version_is_loaded_anew(modules, made):
    for base, value in (("one", 1), ("two", 2), ("one", 1)):
        # The first set of modules is without the one that imports it.
        with modules.at_hand([made[base]]):
            assert seen("travelled_base") == value
        with modules.at_hand([made["travelled_user"], made[base]]):
            assert seen("travelled_user") == value


def test_what_has_nothing_to_do_with_it_stays_loaded(modules, made):
    with modules.at_hand([made["travelled_other"]]):
        loaded = importlib.import_module("travelled_other")
        for base in ("one", "two"):
            with modules.at_hand([made[base]]):
                seen("travelled_base")
        assert importlib.import_module("travelled_other") is loaded


def test_no_version_is_exchanged_below_what_is_in_use(modules, made):
    with modules.at_hand([made["travelled_user"], made["one"]]):
        assert seen("travelled_user") == 1
    with (
        modules.at_hand([made["travelled_user"]]),
        pytest.raises(ModulesInUseError, match="in use"),
        modules.at_hand([made["two"]]),
    ):
        pass
    with modules.at_hand([made["two"]]):
        assert seen("travelled_base") == 2
