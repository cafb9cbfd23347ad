"""A workflow, as code or hands have made it, as the source of a Python module."""

from __future__ import annotations

import heapq
import keyword
import pickle
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from maze_nb.artifacts.file_input import FileInput
from maze_nb.errors import CellError, WorkflowError
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.task_options import TaskOptions
from maze_nb.runners.references import Secret
from maze_nb.sdk.secret import secrets_in
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import Either, Negated, OutputReference, WorkflowTask, references_in
from maze_nb.sdk.written.functions import Functions
from maze_nb.sdk.written.module import output_text, whole_module
from maze_nb.sdk.written.names import ModuleNames, identifier
from maze_nb.sdk.written.text import indented
from maze_nb.sdk.written.value import literal
from maze_nb.sdk.written.words import call_text, imports_for, option_text, value_text

_INLINE = 60
"""Longer values stand at the top of the module."""


def written_workflow(graph: WorkflowGraph, path: str | Path | None = None) -> str:
    """Return a workflow as a module, and write it to a file if there is a path.

    Raises
    ------
    WorkflowError
        If something of it cannot be written, or a value needs a file and there is no path.
    """
    try:
        text, stored = _Writer(graph).write()
    except CellError as error:
        raise WorkflowError(str(error)) from error
    if path is None:
        if stored:
            raise WorkflowError(
                f"the value {next(iter(stored))!r} needs a file beside the module: give a path, as "
                f"in workflow.to_code('pipeline.py')"
            )
        return text
    target = Path(path).expanduser()
    if target.suffix != ".py" or not target.stem.isidentifier() or keyword.iskeyword(target.stem):
        raise WorkflowError(f"{str(target)!r} is no Python module: give a path such as pipeline.py")
    try:
        if stored:
            values = {name: pickle.loads(data) for name, data in stored.items()}
            target.with_suffix(".pkl").write_bytes(pickle.dumps(values, protocol=5))
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkflowError(f"{target} cannot be written: {error}") from None
    return text


class _Writer:
    """Writes the tasks of one graph, each after those that it comes after."""

    def __init__(self, graph: WorkflowGraph) -> None:
        self._graph = graph
        self._names = ModuleNames()
        self._functions = Functions(self._names)
        self._labels: dict[TaskId, str] = {}

    def write(self) -> tuple[str, Mapping[str, bytes]]:
        """Return the text, and the values that it reads from a file, pickled."""
        tasks = _in_order(self._graph)
        taken = Counter[str]()
        for task in tasks:
            wanted = identifier(task.name)
            taken[wanted] += 1
            number = taken[wanted]
            self._labels[task.task_id] = wanted if number == 1 else f"{wanted}_{number}"
        before = self._graph.order_edges()
        lines = [self._line(task, before.get(task.task_id, [])) for task in tasks]
        results = self._results(tasks)
        if results:
            lines.append(call_text("return {", results, "}", 4))
        own = self._graph.name
        flow = self._names.new_function(identifier(own), set(self._names.code))
        decorator = "@workflow" if flow == own else f"@workflow(name={own!r})"
        body = indented("\n".join(lines or ["pass"]))
        flow_text = f"{decorator}\ndef {flow}():\n{body}"
        for statement in imports_for(flow_text):
            self._names.add_import(statement)
        text = whole_module(
            f"Workflow {own!r}.",
            self._names,
            ["\n".join(self._functions.texts)],
            flow_text,
            flow,
            has_results=bool(results),
        )
        constants = self._names.constants.items()
        return text, {name: each.data for name, each in constants if each.kind == "stored"}

    def _line(self, task: WorkflowTask, before: list[WorkflowTask]) -> str:
        missing = task.missing_inputs()
        if missing:
            raise WorkflowError(
                f"task {task.name!r} has no value for its input {missing[0]!r}: give it one first"
            )
        called = self._called(task)
        if task.when is not None:
            called = f"{called}.when({self._expression(task, 'when', task.when)})"
        given = {
            name: self._expression(task, name, value)
            for name, value in task.inputs.items()
            if name not in task.over
        }
        words = [f"{name}={text}" for name, text in given.items()]
        if task.over:
            called = f"{called}.map"
            over = ", ".join(
                f"{name!r}: {self._expression(task, name, task.inputs[name])}" for name in task.over
            )
            words.insert(0, f"over={{{over}}}")
        elif not all(_is_word(name) for name in given):
            words = ["{" + ", ".join(f"{name!r}: {text}" for name, text in given.items()) + "}"]
        after = ", ".join(f"from_{self._labels[other.task_id]}" for other in before)
        end = f").after({after})" if after else ")"
        is_read = bool(self._graph.successors(task.task_id) or task.outputs)
        start = f"from_{self._labels[task.task_id]} = " if is_read else ""
        return call_text(f"{start}{called}(", words, end, 4)

    def _called(self, task: WorkflowTask) -> str:
        """Return the function of a task, with the name, resources and options of this task."""
        named = self._functions.named(task.function, task.name)
        known = named.known
        asked = {
            name: amount
            for name, amount in task.resources.as_dict().items()
            if amount != known.resources.as_dict()[name]
        }
        words = [] if task.name == known.name else [f"name={task.name!r}"]
        words += [f"resources={value_text(asked)}"] if asked else []
        words += self._options(task, known.options)
        return call_text(f"{named.label}.using(", words, ")", 4) if words else named.label

    def _options(self, task: WorkflowTask, known: CheckedOptions) -> list[str]:
        words = []
        for each in fields(TaskOptions):
            value = getattr(task.options.options, each.name)
            if value == getattr(known.options, each.name):
                continue
            if each.name == "retry_on":
                types = task.options.retry_types
                named = [self._exception(found, task) for found in types]
                words.append(f"retry_on=[{', '.join(named)}]")
            else:
                words.append(option_text(each.name, value))
        return words

    def _exception(self, found: type[BaseException], task: WorkflowTask) -> str:
        if found.__module__ == "builtins":
            return found.__name__
        return self._functions.value(found.__name__, found, f"task {task.name!r}")

    def _expression(self, task: WorkflowTask, name: str, value: Any) -> str:
        """Return what an input is given, as source."""
        if isinstance(value, OutputReference):
            text = output_text(self._labels[value.task.task_id], value.name)
            return f"{text}[{value.artifact!r}]" if value.artifact else text
        if isinstance(value, Negated):
            self._need("not_", task)
            return f"not_({self._expression(task, name, value.reference)})"
        if isinstance(value, Either):
            self._need("either", task)
            several = [self._expression(task, name, each) for each in value.references]
            return f"either({', '.join(several)})"
        if isinstance(value, FileInput):
            self._need("FileInput", task)
            return repr(value)
        if isinstance(value, Secret):
            self._need("Secret", task)
            return f"Secret({value.name!r})"
        if type(value) in (list, tuple, dict) and _holds(value):
            return self._nested(task, name, value)
        text = literal(value)
        if text and len(text) <= _INLINE:
            return text
        return self._functions.value(name, value, f"task {task.name!r}")

    def _need(self, name: str, task: WorkflowTask) -> None:
        """Have the module import a word of Maze's own."""
        statement = f"from maze_nb import {name}"
        if not self._names.can_import(name, statement):
            raise WorkflowError(
                f"task {task.name!r} needs {name!r} of maze_nb, but the module calls something "
                f"else so: give that another name"
            )
        self._names.add_import(statement)

    def _nested(self, task: WorkflowTask, name: str, value: Any) -> str:
        if isinstance(value, dict):
            items = [
                f"{self._expression(task, name, key)}: {self._expression(task, name, item)}"
                for key, item in value.items()
            ]
            return "{" + ", ".join(items) + "}"
        items = [self._expression(task, name, item) for item in value]
        if isinstance(value, list):
            return "[" + ", ".join(items) + "]"
        return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"

    def _results(self, tasks: list[WorkflowTask]) -> list[str]:
        """Return the outputs that nobody reads, by names that tell them apart."""
        read = {
            reference.task.task_id
            for task in tasks
            for value in task.values()
            for reference in references_in(value)
        }
        ends = [
            (task, output) for task in tasks if task.task_id not in read for output in task.outputs
        ]
        counts = Counter(output for _, output in ends)
        shown = []
        for task, output in ends:
            label = self._labels[task.task_id]
            key = output if counts[output] == 1 else f"{label}.{output}"
            shown.append(f"{key!r}: {output_text(label, output)}")
        return shown


def _in_order(graph: WorkflowGraph) -> list[WorkflowTask]:
    """Return the tasks as they stand, but each after those that it comes after."""
    tasks = graph.get_tasks()
    waits = {task.task_id: 0 for task in tasks}
    for task in tasks:
        for following in graph.successors(task.task_id):
            waits[following] += 1
    place = {task.task_id: index for index, task in enumerate(tasks)}
    free = [place[task_id] for task_id, count in waits.items() if not count]
    heapq.heapify(free)
    done = []
    while free:
        task = tasks[heapq.heappop(free)]
        done.append(task)
        for following in graph.successors(task.task_id):
            waits[following] -= 1
            if not waits[following]:
                heapq.heappush(free, place[following])
    return done


def _holds(value: Any) -> bool:
    """Whether a list, tuple or dict has something in it that stands for another value."""
    return bool(references_in(value) or secrets_in(value))


def _is_word(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in ("self", "over")
