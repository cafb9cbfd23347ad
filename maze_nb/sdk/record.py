"""Recording a value of a notebook, so that whoever runs it finds it by its name."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.errors import InputError, SerializationError
from maze_nb.projection.bounded import one_line
from maze_nb.runners.bundle import PLAIN, bundle_of
from maze_nb.wire.records import FILE_VARIABLE, FOLDER_VARIABLE, MIME, Record, as_json, is_plain


def record(name: str, value: Any) -> None:
    """Record a value of this notebook under a name.

    It is shown here and kept in the notebook's output. Where the notebook is a task, it is an
    output of that; in a sweep, it stands in the table. Of values that are recorded under the same
    name the last counts. Numbers, texts, lists and dicts are kept as JSON; other values, such as a
    figure, are shown as they are, and stand in tables in words.

    Parameters
    ----------
    name
        What it is found by.
    value
        Anything. Of another type than JSON has, such as a data frame, it reaches other tasks if it
        can be pickled.

    Raises
    ------
    InputError
        If the name is not a text, or empty.

    Examples
    --------
    >>> import maze_nb
    >>> maze_nb.record("accuracy", 0.93)
    accuracy = 0.93
    """
    given: object = name
    if not isinstance(given, str) or not given.strip():
        raise InputError(f"a value is recorded under a name, such as 'loss', not {one_line(given)}")
    made = _record_of(name, value)
    _show(made, value)
    path = os.environ.get(FILE_VARIABLE)
    if path:
        _append(Path(path), made, value)


def _record_of(name: str, value: Any) -> Record:
    found = as_json(value)
    if found is None:
        return Record(name, text=one_line(value), kind=type(value).__qualname__)
    return Record(name, value=found[0], kind=found[1])


def _append(path: Path, made: Record, value: Any) -> None:
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and not is_plain(value):
        made = _with_pickle(made, value, Path(folder))
    line = msgspec.json.encode(made) + b"\n"
    # One call, so that the lines of several processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _with_pickle(made: Record, value: Any, folder: Path) -> Record:
    from maze_nb.wire.code import dump_value

    try:
        data = dump_value(value, f"what is recorded as {made.name!r}")
    except SerializationError as error:
        return msgspec.structs.replace(made, fault=str(error))
    file = f"{uuid.uuid4().hex}.pickle"
    (folder / file).write_bytes(data)
    return msgspec.structs.replace(made, file=file)


def _show(made: Record, value: Any) -> None:
    text = f"{made.name} = {one_line(made.shown)}"
    publish = _publisher()
    if publish is None:
        print(text)  # noqa: T201 - the plain way to show a value
        return
    shown = bundle_of(value) if made.text else None
    data, metadata = shown or ({PLAIN: text}, {})
    if shown:
        data = {**data, PLAIN: f"{made.name} = {data.get(PLAIN, made.text)}"}
    publish({**data, MIME: msgspec.to_builtins(made)}, metadata)


def _publisher() -> Any:
    """Return what shows a bundle in the notebook or task in which this runs; None elsewhere."""
    from maze_nb.runners.screen import current

    shown_by = current.get()
    if shown_by is not None:
        return shown_by.display
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if not shell or not hasattr(shell, "kernel"):
        return None
    from IPython.display import publish_display_data

    return publish_display_data
