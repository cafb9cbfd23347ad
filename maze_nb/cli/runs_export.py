"""The command ``maze-nb runs export``: all that is known of a run, in one file."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.known_names import run_argument
from maze_nb.cli.runs_source import reading, where_options

if TYPE_CHECKING:
    from maze_nb.projection.run_view import RunView
    from maze_nb.sdk.run import Run
    from maze_nb.sdk.task_files import TaskFiles
    from maze_nb.wire.messages import Message
    from maze_nb.wire.submission import RunSummary

_KINDS = (".zip", ".html", ".json")
_README = """run.json        what is known of the run as a whole
graph.json      its tasks and edges
messages.jsonl  its messages, one a line
report.html     the same for a browser
tasks/          for each task what it printed (stdout.log), what became of it (responses.json),
                files that it left, and its results: small ones as .pkl, for pickle.load, others as
                .value, for maze_nb.wire.value_file.read_value(path).load()
"""


@click.command(short_help="Write a run to a .zip, .html or .json file.")
@run_argument("run_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@where_options
@click.pass_context
def export(context: click.Context, /, run_id: str, file: Path, **_: object) -> None:
    """Write what is known of a run to FILE, by its ending.

    A .html file is the report: the graph, the tasks, what failed. A .json file has the run, its
    graph and its messages. A .zip file has both, and the results, logs and files of its tasks.
    """
    from maze_nb.errors import MazeError
    from maze_nb.projection.run_view import view_of
    from maze_nb.sdk.task_files import TaskFiles
    from maze_nb.wire.value_file import replacing

    kind = file.suffix.lower()
    if kind not in _KINDS:
        raise click.UsageError(f"{file} has to end in one of {', '.join(_KINDS)}", context)
    with reading(context) as source:
        summary, run = source.find(run_id), source.open(run_id)
        view = view_of(run.log.read(), is_interrupted=run.log.is_interrupted)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as opened:
                if kind == ".zip":
                    files = TaskFiles(run, source.client if source.is_connected else None)
                    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
                        _fill(archive, summary, run, view, files)
                else:
                    text = _page(view) if kind == ".html" else _as_json(summary, run, view)
                    opened.write(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise MazeError(f"{file} cannot be written: {error.strerror or error}") from error
    click.echo(str(file))


def plain_message(message: Message) -> dict[str, Any]:
    """Return a message as JSON can hold it: of values those that are small and plain."""
    data = {key: value for key, value in message["data"].items() if key != "result"}
    if message["type"] == "finish_task":
        outputs = message["data"]["result"]
        data["outputs"] = [
            {**output, **plain_value(outputs, output)} for output in message["data"]["outputs"]
        ]
    elif "result" in message["data"]:
        data["result"] = message["data"]["result"]
    if isinstance(data.get("error"), dict):
        data["error"] = {k: v for k, v in data["error"].items() if k != "exception"}
    return {**message, "data": data}


def plain_value(outputs: Any, output: dict[str, Any]) -> dict[str, Any]:
    """Return a small value under ``value`` if JSON can hold it, else nothing."""
    if output["inline"]:
        # Reading runs the user's unpickling, which may want what is not installed here.
        with contextlib.suppress(Exception):
            value = outputs[output["name"]]
            json.dumps(value, allow_nan=False)
            return {"value": value}
    return {}


def _page(view: RunView) -> str:
    from maze_nb.projection.still import html_page, run_html

    snapshot = view.snapshot(messages=0)
    name = str((view.graph or {}).get("name") or "run")
    return html_page(run_html(view.graph, snapshot), f"{name}: {snapshot['run']['run_id']}")


def _as_json(summary: RunSummary, run: Run, view: RunView) -> str:
    import msgspec

    messages = [plain_message(message) for message in run.log.read()]
    told = {**msgspec.to_builtins(summary), "graph": view.graph, "messages": messages}
    return _json(told) + "\n"


def _json(value: Any, indent: int | None = 1) -> str:
    # Whatever a task puts into a message of its own, the file is to be had.
    return json.dumps(value, indent=indent, default=repr)


def _fill(
    archive: zipfile.ZipFile, summary: RunSummary, run: Run, view: RunView, files: TaskFiles
) -> None:
    import msgspec

    from maze_nb.projection.graph_shape import shape_of
    from maze_nb.worker.files.task_folder import file_name

    messages = [_json(plain_message(message), None) for message in run.log.read()]
    archive.writestr("run.json", _json(msgspec.to_builtins(summary)) + "\n")
    archive.writestr("graph.json", _json(view.graph or {}) + "\n")
    archive.writestr("messages.jsonl", "\n".join(messages) + "\n")
    archive.writestr("report.html", _page(view))
    archive.writestr("README.txt", _README)
    made = run.task_results
    for task_id, row in shape_of(view.graph or {}).tasks.items():
        folder = f"tasks/{file_name(row.name)}-{task_id[:8]}"
        for name, content in files.all(task_id):
            if isinstance(content, Path):
                archive.write(content, f"{folder}/{name}")
            else:
                archive.writestr(f"{folder}/{name}", content)
        for name, value in _small_values(made.get(task_id, {})):
            archive.writestr(f"{folder}/{file_name(name)}.pkl", value)


def _small_values(outputs: Any) -> Iterator[tuple[str, bytes]]:
    """Yield the values that came with the messages, pickled; the others are in files."""
    import cloudpickle

    for name in outputs:
        if outputs.is_here(name):
            with contextlib.suppress(Exception):
                yield name, cloudpickle.dumps(outputs[name])
