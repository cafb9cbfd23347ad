"""A value as Jupyter shows it: representations by MIME type, made without IPython's shell."""

from __future__ import annotations

import base64
import json
import threading
import traceback
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from maze_nb.runners.screen import Bundle

if TYPE_CHECKING:
    from IPython.core.formatters import DisplayFormatter, IPythonDisplayFormatter

PLAIN = "text/plain"
_FIGURE = "matplotlib.figure", "Figure"
_drawing = threading.Lock()


def bundle_of(
    value: Any,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> tuple[Bundle, Bundle] | None:
    """Return the representations of a value and what goes with them, in plain JSON types.

    What the value raises when it is looked at is printed, as in a notebook, and a note stands for
    it. None if the value has displayed itself, or there is nothing to be seen of it.

    Parameters
    ----------
    include, exclude
        Only these MIME types, or none of these.
    """
    display_itself, formatter = _formatters()
    try:
        if display_itself(value):
            return None
        data, metadata = formatter.format(value, include=include, exclude=exclude)
    except Exception:  # noqa: BLE001 - looking at the user's objects runs their own code
        traceback.print_exc()
        data, metadata = {}, {}
    if PLAIN not in data and not include and PLAIN not in (exclude or ()):
        data = {PLAIN: _note(value), **data}
    return (plain_bundle(data), plain_metadata(metadata)) if data else None


def plain_bundle(data: Bundle) -> Bundle:
    """Return representations in plain JSON types: binary ones as text in base64."""
    return {str(kind): _plain(value) for kind, value in data.items() if value is not None}


def plain_metadata(metadata: Bundle) -> Bundle:
    """Return what goes with representations in plain JSON types; nothing if that cannot be."""
    found = _plain(metadata)
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return _in_base64(value)
    if isinstance(value, str):
        # A lone half of a surrogate pair could not be sent.
        return value.encode("utf-8", "backslashreplace").decode()
    try:
        return json.loads(json.dumps(value, default=_in_base64))
    except (TypeError, ValueError, RecursionError) as error:
        return f"<it cannot be shown: {error}>"


def _in_base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _note(value: Any) -> str:
    return f"<{type(value).__qualname__}: it cannot be shown, since its own code for that failed>"


@cache
def _formatters() -> tuple[IPythonDisplayFormatter, DisplayFormatter]:
    from IPython.core.formatters import DisplayFormatter, IPythonDisplayFormatter

    made = DisplayFormatter()
    # Whether a value displays itself is asked apart, as the answer is not given otherwise.
    made.ipython_display_formatter.enabled = False
    made.formatters["image/png"].for_type_by_name(*_FIGURE, _png)
    return IPythonDisplayFormatter(), made


def _png(figure: Any) -> str | None:
    from IPython.core.pylabtools import print_figure

    # Not all that draws is safe in several threads at once.
    with _drawing:
        found: str | None = print_figure(figure, "png", base64=True)
    return found
