"""``IPython.display.display`` and its kin in tasks, where there is no IPython shell."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import Any

from maze_nb.runners.bundle import bundle_of, plain_bundle, plain_metadata
from maze_nb.runners.screen import Bundle, Screen, current

FUNCTIONS = "IPython.core.display_functions"
"""The module that has them."""


def show_value(value: Any) -> None:
    """Show a value where the displays of the running task go."""
    screen = current.get()
    found = None if screen is None else bundle_of(value)
    if screen is not None and found is not None:
        screen.display(*found)


def display_anywhere(*values: Any, **options: Any) -> Any:
    """Display values; in notebooks this is there without an import."""
    from IPython.display import display

    return display(*values, **options)


def change_functions(module: ModuleType) -> None:
    """Let the functions of IPython's module serve tasks; for all others they stay what they are."""
    ways: dict[str, Callable[..., Any]] = {
        "display": partial(_display, module.DisplayHandle),
        "publish_display_data": _publish,
        "clear_output": _clear,
    }
    for name, way in ways.items():
        original = getattr(module, name)
        function = _for_tasks(original, way)
        for known in [m for n, m in sys.modules.items() if n.partition(".")[0] == "IPython"]:
            if getattr(known, name, None) is original:
                setattr(known, name, function)


def _for_tasks(original: Callable[..., Any], in_task: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def call(*values: Any, **options: Any) -> Any:
        screen = current.get()
        if screen is None:
            return original(*values, **options)
        return in_task(screen, *values, **options)

    return call


def _display(
    handle: Callable[[str], Any],
    screen: Screen,
    *values: Any,
    include: Any = None,
    exclude: Any = None,
    metadata: Bundle | None = None,
    transient: Bundle | None = None,
    display_id: str | bool | None = None,
    raw: bool = False,
    update: bool = False,
    **_: Any,
) -> Any:
    name = uuid.uuid4().hex if display_id is True else str(display_id or "")
    name = name or str((transient or {}).get("display_id", ""))
    if update and not name:
        raise TypeError("display_id required for update_display")
    if name and not values:
        values, raw = ({},), True
    for value in values:
        found = (value, {}) if raw else bundle_of(value, include, exclude)
        if found is not None:
            data, own = found
            _publish(screen, data, {**own, **(metadata or {})}, transient={"display_id": name})
    return handle(name) if display_id else None


def _publish(
    screen: Screen,
    data: Bundle,
    metadata: Bundle | None = None,
    *,
    transient: Bundle | None = None,
    **_: Any,
) -> None:
    name = str((transient or {}).get("display_id") or "")
    screen.display(plain_bundle(data), plain_metadata(metadata or {}), name)


def _clear(screen: Screen, wait: bool = False) -> None:
    """Leave what was displayed: it is in the journal of the run."""
