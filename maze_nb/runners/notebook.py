"""Tasks that are notebooks: each runs in a fresh kernel, and makes what it records."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from maze_nb.artifacts.folder_name import NOTEBOOK_WORK
from maze_nb.errors import InputError, TaskFailedError, nearest, with_article
from maze_nb.runners import screen
from maze_nb.runners.notebook_process import Outcome, execute
from maze_nb.runners.python import PythonRunner, bind_inputs
from maze_nb.runners.work_folder import remove_work, work_folder
from maze_nb.wire.records import Record, read_file
from maze_nb.wire.task_call import TaskCall

OUTPUT_NOTEBOOK = "notebook"
"""The output that is the path of the executed notebook, in the folder of the task."""
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ADDRESS = "DASK_SCHEDULER_ADDRESS"
_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as it was when it was submitted: the code of a task.

    Attributes
    ----------
    name
        The name of its file.
    folder
        Where it was then; it runs there if that is there, else in the folder of the task.
    content
        The notebook as JSON, without outputs.
    modules
        The local modules that it imports: where they go, and what is in the files.
    kernel
        The kernel to use instead of the one that it names; empty if none.
    slots
        How many slots a cluster of its own has.
    """

    TASK_KIND: ClassVar[str] = "notebook"

    name: str
    folder: str
    content: bytes
    modules: tuple[tuple[str, bytes], ...] = ()
    kernel: str = ""
    slots: int = 1

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Refuse: only a worker runs it."""
        raise TaskFailedError(f"notebook {self.name!r} runs as a task only: add it to a workflow")

    def source(self) -> str:
        """Return its code, cell by cell."""
        cells = json.loads(self.content).get("cells", ())
        texts = [_text(cell) for cell in cells if cell.get("cell_type") == "code"]
        return "\n\n".join(f"# %%\n{text}" for text in texts)


class NotebookRunner(PythonRunner):
    """Runs notebooks in processes of their own, which end with the task.

    A ``MaClient()`` in the notebook starts a cluster of its own, with as many slots as the task
    has cores: tasks that it waits for could otherwise wait for the cores that it holds itself.
    """

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Run the notebook, and return what it recorded under the names of the outputs."""
        found: Any = self._function(call, code, dependencies)
        notebook: Notebook = found
        parameters = {
            name: as_parameter(value, f"input {name!r} of task {call.name!r}")
            for name, value in bind_inputs(call, constants, dependencies).items()
        }
        with _places(notebook) as (folder, work):
            records, values = work / "records.jsonl", work / "values"
            values.mkdir()
            output = folder / notebook.name
            job = {
                "notebook": str(_written(notebook, work)),
                "output": str(output),
                "outcome": str(work / "outcome.json"),
                "parameters": parameters,
                "kernel": notebook.kernel or None,
                "folder": str(_runs_in(notebook, folder)),
            }
            outcome = execute(
                job,
                work,
                slots=notebook.slots,
                records=records,
                values=values if set(call.outputs) - {OUTPUT_NOTEBOOK} else None,
                has_own_cluster=_ADDRESS not in call.env,
            )
            if outcome.exit_code:
                raise _failure(notebook, output, outcome)
            return _outputs(call, read_file(records), values, output)


def as_parameter(value: Any, what: str) -> Any:
    """Return a value as a notebook can be given it: numbers, texts, lists and dicts.

    Parameters
    ----------
    what
        Names the value in an error, such as ``"input 'rows' of task 'train'"``.

    Raises
    ------
    InputError
        If it is anything else, or there is in it.
    """
    if type(value) in _PLAIN:
        return value
    if type(value) in (list, tuple):
        return [as_parameter(item, f"item {index} of {what}") for index, item in enumerate(value)]
    if type(value) is dict and all(isinstance(key, str) for key in value):
        return {key: as_parameter(item, f"{key!r} in {what}") for key, item in value.items()}
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == () and type(item()) in _PLAIN:
        return item()
    keys = " with keys that are no texts" if isinstance(value, dict) else ""
    raise InputError(
        f"{what} is {with_article(type(value).__qualname__)}{keys}, which cannot be written into "
        f"a notebook as a parameter: give numbers, texts, lists and dicts of them, or the path of "
        f"a file that has it"
    )


@contextmanager
def _places(notebook: Notebook) -> Iterator[tuple[Path, Path]]:
    """Give the folder of the task, and one in it for as long as the notebook runs."""
    shown_by = screen.current.get()
    if shown_by is None:
        raise TaskFailedError(f"notebook {notebook.name!r} runs as a task only")
    folder = shown_by.folder
    remove_work(folder)
    with work_folder(folder, NOTEBOOK_WORK) as work:
        yield folder, work


def _written(notebook: Notebook, work: Path) -> Path:
    """Write the notebook and its modules; return where the notebook is."""
    for place, content in notebook.modules:
        path = work / "modules" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path = work / notebook.name
    path.write_bytes(notebook.content)
    return path


def _runs_in(notebook: Notebook, folder: Path) -> Path:
    there = Path(notebook.folder)
    return there if (there / notebook.name).is_file() else folder


def _failure(notebook: Notebook, output: Path, outcome: Outcome) -> TaskFailedError:
    error = TaskFailedError(f"notebook {notebook.name!r} failed: {outcome.error}")
    traceback = _COLOURS.sub("", outcome.traceback).strip()
    if traceback:
        error.add_note(f"In the notebook:\n{traceback}")
    if output.exists():
        error.add_note(f"It stands as it ended in {output}")
    return error


def _outputs(
    call: TaskCall, records: dict[str, Record], values: Path, output: Path
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in call.outputs:
        if name == OUTPUT_NOTEBOOK:
            found[name] = str(output)
        elif name in records:
            found[name] = _value(records[name], values, call)
        else:
            raise TaskFailedError(
                f"the notebook of task {call.name!r} ended without recording its output {name!r}: "
                f"it needs maze_nb.record({name!r}, …) ({nearest(name, records)})"
            )
    return found


def _value(record: Record, values: Path, call: TaskCall) -> Any:
    if record.fault:
        raise TaskFailedError(f"output {record.name!r} of task {call.name!r}: {record.fault}")
    if record.file:
        return pickle.loads((values / record.file).read_bytes())
    return record.shown


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)
