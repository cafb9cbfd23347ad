"""The outputs of a task as a ``finish_task`` message tells of them: what, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.errors import UnloadedValueError
from maze_nb.model.rows import OutputRow
from maze_nb.projection.bounded import bounded_text, first_line, preview_text
from maze_nb.projection.humane import size_text
from maze_nb.projection.message import listed, mapping_of, number_of

OUTPUTS_SHOWN = 100
PATH_CHARS = 1_000
_IN_MEMORY = "in the cluster's memory"

Data = Mapping[str, object]


def output_rows(data: Data) -> list[OutputRow]:
    """Return the outputs of a ``finish_task`` message; only values said to be inline are read."""
    infos = [mapping_of(info) for info in listed(data.get("outputs"))]
    return [_output_row(info, data.get("result")) for info in infos[:OUTPUTS_SHOWN]]


def rows_in_items(rows: list[OutputRow]) -> list[OutputRow]:
    """Return the outputs of a map: its items hold what they made, and there are no copies."""
    return [{**row, "place": row["place"].replace(_IN_MEMORY, "in its items", 1)} for row in rows]


def _output_row(info: Data, result: object) -> OutputRow:
    name = str(info.get("name") or "")
    return {
        "name": bounded_text(name, 200),
        "type": bounded_text(info.get("type"), 200),
        "summary": bounded_text(info.get("summary"), 200),
        "preview": _inline_preview(name, result) if info.get("inline") is True else None,
        "place": _place_text(info),
        "path": _path_text(mapping_of(info.get("stored"))),
    }


def _place_text(info: Data) -> str:
    stored = mapping_of(info.get("stored"))
    if stored:
        return _with_size("on disk", stored.get("nbytes"))
    # Only what is said to be big is asked after: older messages do not say where it is.
    if info.get("inline") is not False:
        return ""
    return _with_size(_IN_MEMORY, info.get("nbytes"))


def _path_text(stored: Data) -> str:
    host, path = first_line(stored.get("host")), bounded_text(stored.get("path"), PATH_CHARS)
    return f"{host}:{path}" if host and path else path


def _with_size(place: str, nbytes: object) -> str:
    size = number_of(nbytes)
    return place if size is None else f"{place}, {size_text(size)}"


def _inline_preview(name: str, result: object) -> str | None:
    if not isinstance(result, Mapping):
        return None
    # Reading runs the user's unpickling: a value that will not load must not stop the view.
    try:
        value = result[name]
    except UnloadedValueError:
        return None
    except Exception as error:  # noqa: BLE001
        return f"⟨no preview: reading it raised {type(error).__name__}⟩"
    return preview_text(value)
