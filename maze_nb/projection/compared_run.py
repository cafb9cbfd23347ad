"""One of two runs that are compared: its tasks by name, with all that is compared of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maze_nb.model.comparison_rows import SideRow
from maze_nb.model.rows import OutputRow, RunRow, TaskRow, new_task_row
from maze_nb.projection.bounded import bounded_text, first_line
from maze_nb.projection.graph_shape import GraphShape, shape_of
from maze_nb.projection.humane import size_text
from maze_nb.projection.message import listed, mapping_of, number_of, text_of
from maze_nb.projection.run_view import RunView

VALUE_CHARS = 300
_MEMORIES = ("cpu_mem", "gpu_mem")
_ALWAYS = ("", "none", "False", "0")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recipes:
    """What is known of how the tasks of a run were made, by task id.

    Attributes
    ----------
    sources
        The text of their functions or cells.
    inputs
        What they were given, by the names of the inputs: constants as short texts. Of the output
        of another task it is the id of that one and the name of the output.
    """

    sources: Texts = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str | tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComparedTask:
    """A task of one run; ``options`` and ``inputs`` are short texts by name."""

    task_id: str
    row: TaskRow
    source: str | None = None
    inputs: Texts | None = None
    options: Texts = field(default_factory=dict)
    reads: str = ""
    digests: Texts = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, OutputRow]:
        """What is known of its outputs, by name."""
        return {row["name"]: row for row in self.row["outputs"]}

    @property
    def seconds(self) -> float | None:
        """How long it ran, if it ran to an end."""
        started, finished = self.row["started"], self.row["finished"]
        if started is None or finished is None or self.row["reused_from"] is not None:
            return None
        return max(0.0, finished - started)


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run as it is compared.

    Attributes
    ----------
    side
        The run as a whole.
    tasks
        Its tasks and the items of its maps by name. Among several of one name each but the first
        has its number in it.
    """

    side: SideRow
    tasks: dict[str, ComparedTask]


def compared_run(
    view: RunView, recipes: Recipes, digests: Mapping[str, Texts] | None = None
) -> ComparedRun:
    """Return a run as it is compared.

    Parameters
    ----------
    digests
        What tells the contents of outputs apart, by the ids of tasks and the names of outputs.
    """
    snapshot = view.snapshot(messages=0, every_item=True)
    shape, raw = shape_of(view.graph or {}), _raw_tasks(view.graph or {})
    rows = snapshot["tasks"]
    ids = [*shape.tasks, *(task_id for task_id in rows if task_id not in shape.tasks)]
    names = dict(zip(ids, _numbered(_full_name(task_id, shape) for task_id in ids), strict=True))
    reads, contents = _reads(shape, names), digests or {}
    tasks = {
        names[task_id]: ComparedTask(
            task_id,
            rows.get(task_id) or new_task_row(),
            recipes.sources.get(task_id),
            _inputs(recipes.inputs.get(task_id), names),
            _options(raw.get(task_id, {}), names),
            reads.get(task_id, ""),
            contents.get(task_id, {}),
        )
        for task_id in ids
    }
    run = snapshot["run"]
    side: SideRow = {
        "run_id": run["run_id"],
        "name": shape.name,
        "status": run["status"],
        "started": run["started"],
        "finished": run["finished"],
        "seconds": _took(run),
        "tasks": len(shape.tasks),
    }
    return ComparedRun(side, tasks)


def _took(run: RunRow) -> float | None:
    started, finished = run["started"], run["finished"]
    if started is None or finished is None:
        return None
    return max(0.0, finished - started - run["away"])


def _raw_tasks(graph: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    tasks = map(mapping_of, listed(graph.get("tasks")))
    return {str(task.get("id")): task for task in tasks}


def _full_name(task_id: str, shape: GraphShape) -> str:
    task = shape.tasks.get(task_id)
    return "/".join((*task.group, task.name)) if task else shape.name_of(task_id)


def _numbered(names: Iterable[str]) -> Iterable[str]:
    """Yield names with a number behind each that was there before."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} #{seen[name]}"


def _reads(shape: GraphShape, names: Texts) -> dict[str, str]:
    """Return what each task depends on, in words."""
    found: dict[str, list[str]] = {}
    for (source, target), outputs in shape.edges.items():
        said = [f"{names[source]}.{output}" for output in outputs]
        found.setdefault(target, []).extend(said or [names[source]])
    return {task_id: ", ".join(sorted(said)) for task_id, said in found.items()}


def _inputs(
    given: Mapping[str, str | tuple[str, str]] | None, names: Texts
) -> dict[str, str] | None:
    if given is None:
        return None
    return {
        name: bounded_text(value, VALUE_CHARS)
        if isinstance(value, str)
        else f"{names.get(value[0], value[0])}.{value[1]}"
        for name, value in given.items()
    }


def _options(task: Mapping[str, object], names: Texts) -> dict[str, str]:
    """Return how a task is to be run and what it asks for, as short texts, but for what is none."""
    found = {name: _amount(name, value) for name, value in _items(task, "resources")}
    found |= {name: _word(value) for name, value in _items(task, "options")}
    found["kind"] = first_line(task.get("kind"))
    found["outputs"] = _word(task.get("outputs"))
    found["when"] = _condition(mapping_of(task.get("when")), names)
    return {name: text for name, text in found.items() if text not in _ALWAYS}


def _items(task: Mapping[str, object], part: str) -> Iterable[tuple[str, object]]:
    return mapping_of(task.get(part)).items()


def _amount(name: str, value: object) -> str:
    number = number_of(value) or 0
    return size_text(number * 2**20) if number and name in _MEMORIES else f"{number:g}"


def _word(value: object) -> str:
    if isinstance(value, list | tuple):
        return bounded_text(", ".join(map(_word, value)), VALUE_CHARS)
    if isinstance(value, Mapping):
        said = (f"{name} {_word(each)}" for name, each in value.items())
        return bounded_text(", ".join(said), VALUE_CHARS)
    number = number_of(value)
    return bounded_text(text_of(value), VALUE_CHARS) if number is None else f"{number:g}"


def _condition(when: Mapping[str, object], names: Texts) -> str:
    task_id = text_of(when.get("task_id"))
    if task_id is None:
        return ""
    said = f"{names.get(task_id, task_id)}.{when.get('output')}"
    return f"not {said}" if when.get("is_negated") else said
