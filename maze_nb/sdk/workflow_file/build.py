"""The tasks of a file added to a workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maze_nb.artifacts.url_input import UrlInput
from maze_nb.errors import InputError, MazeError
from maze_nb.runners.fetch_file import fetch_file
from maze_nb.runners.keep_results import keep_results
from maze_nb.sdk.notebook import notebook_task
from maze_nb.sdk.notebook_file import read_notebook_file
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_file.commands import read_command
from maze_nb.sdk.workflow_file.conditions import condition_of
from maze_nb.sdk.workflow_file.containers import container_function, container_words
from maze_nb.sdk.workflow_file.lists import Lists, lists_of
from maze_nb.sdk.workflow_file.node import Node
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.python_task import (
    check_inputs,
    part_task,
    read_function,
    with_recipes,
)
from maze_nb.sdk.workflow_file.run_settings import read_options, read_resources
from maze_nb.sdk.workflow_file.tasks import TaskPlan
from maze_nb.sdk.workflow_file.values import Value, Values, WrongItselfError
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

_RESULT = "result"


@dataclass(slots=True)
class Builder:
    """Adds tasks to a workflow, one after the other, and notes what is wrong with each.

    Attributes
    ----------
    folder
        Where the file is.
    tasks
        Those that are there by now, by name; None stands for one that is wrong.
    """

    workflow: WorkflowGraph
    folder: Path
    problems: Problems
    tasks: dict[str, WorkflowTask | None] = field(default_factory=dict)

    def add(self, plan: TaskPlan) -> None:
        """Add one task, after those that it needs."""
        before, count = len(self.problems), self.workflow.task_count
        self.tasks[plan.name] = None
        try:
            made = self._add(plan)
        except WrongItselfError:
            made = None
        except MazeError as error:
            place, path = _blamed(plan, str(error))
            self.problems.add(place.place, path, str(error))
            made = None
        if made is None or len(self.problems) > before:
            self.workflow.take_back(count)
            return
        self.tasks[plan.name] = made

    def keep(self, name: str, folder: Node) -> None:
        """Have what a task makes put into a folder too."""
        made = self.tasks.get(name)
        if made is None:
            return
        inputs = {
            "outputs": {each: made.outputs[each] for each in made.outputs},
            "folder": str((self.folder / str(folder.value)).resolve()),
        }
        self.workflow.add_task(keep_results, inputs, name=f"{name}.output")

    def _add(self, plan: TaskPlan) -> WorkflowTask | None:
        before = len(self.problems)
        if plan.is_wrong or not self._is_told(plan):
            self._check_names(plan)
            return None
        lists = lists_of(plan, self.tasks, self.workflow, self.problems)
        values = Values(self.tasks, lists.items, self.folder)
        if not self._has_right_references(plan, values):
            self._check_names(plan)
            return None
        resources = read_resources(plan, self.problems)
        options = read_options(plan, self.folder, self.problems)
        settings = {
            "name": str(plan.name if (name := plan.get("name")) is None else name.value),
            "resources": resources,
            "when": condition_of(plan, values, self.workflow, self.problems),
            **options,
        }
        made = {
            "run": self._python,
            "command": self._command,
            "container": self._container,
            "notebook": self._notebook,
        }[plan.kind](plan, lists, values)
        if made is None or len(self.problems) > before:
            return None
        function, inputs = made
        if plan.kind == "container":
            # It has them itself: its worker's own environment is not what it sees.
            settings.pop("env", None)
        if lists.over is None:
            task = self.workflow.add_task(function, inputs, **settings)
        else:
            task = self.workflow.add_map(function, lists.over, inputs, **settings)
        for needed in plan.needs:
            source = self.tasks[needed]
            assert source is not None
            self.workflow.add_edge(source, task)
        return task

    def _is_told(self, plan: TaskPlan) -> bool:
        """Tell whether all tasks that one needs are there; what is wrong with others was noted."""
        return all(self.tasks.get(each) is not None for each in plan.before)

    def _has_right_references(self, plan: TaskPlan, values: Values) -> bool:
        """Note all references to what is not there, each where it stands; say if there are none."""
        count = len(self.problems)
        for path, node, ref in plan.refs():
            try:
                values.check(ref)
            except InputError as error:
                self.problems.add(node.place, path, str(error))
        return len(self.problems) == count

    def _check_names(self, plan: TaskPlan) -> None:
        """Note what is wrong with the names of inputs, whatever they are given."""
        over = plan.get("foreach")
        if plan.kind != "run" or (over is not None and not over.is_dict):
            return
        function = read_function(plan, self.folder, self.problems)
        if function is not None:
            mapped = [str(name) for name, _ in over.items()] if over is not None else []
            check_inputs(plan, function, mapped, self.problems)

    def _python(
        self, plan: TaskPlan, lists: Lists, values: Values
    ) -> tuple[TaskFunction, dict[str, Any]] | None:
        function = read_function(plan, self.folder, self.problems)
        if function is None:
            return None
        hidden = tuple(name for name in lists.hidden if name not in function.inputs)
        if len(hidden) < len(lists.hidden):
            lists.rename(function.inputs)
            hidden = tuple(lists.hidden)
            values = Values(self.tasks, lists.items, self.folder)
        free = [name for name in function.inputs if name not in function.signature.optional]
        if lists.takes_free:
            given = plan.get("inputs")
            left = [name for name in free if given is None or name not in given.value]
            lists.take(left or list(function.inputs))
        check_inputs(plan, function, lists.names, self.problems)
        made = self._values(plan, lists, values)
        recipes = {name: each.recipe for name, each in made.items() if each.recipe is not None}
        inputs = {name: each.given for name, each in made.items()}
        return with_recipes(function, recipes, hidden), inputs

    def _command(
        self, plan: TaskPlan, lists: Lists, values: Values
    ) -> tuple[TaskFunction, dict[str, Any]] | None:
        if lists.takes_free:
            lists.take(["item"])
        found = read_command(plan, self.folder, lists.items, self.problems)
        if found is None:
            return None
        made = self._values(plan, lists, values)
        made.update((name, values.make(node)) for name, node in found.inputs.items())
        recipes = {name: each.recipe for name, each in made.items() if each.recipe is not None}
        function = found.function([*made, *lists.names], recipes)
        return function, {name: each.given for name, each in made.items()}

    def _notebook(
        self, plan: TaskPlan, lists: Lists, values: Values
    ) -> tuple[TaskFunction, dict[str, Any]] | None:
        node, outputs = plan.node.value["notebook"], plan.get("outputs")
        cores = (plan.get("resources") or node).get("cpu")
        path = self.folder / str(node.value)
        try:
            found = read_notebook_file(path, kernel=None, slots=_slots(cores))
        except MazeError as error:
            self.problems.add(node.place, f"{plan.path}.notebook", str(error))
            return None
        if lists.takes_free:
            lists.take(list(found.parameters or ["item"]))
        inputs = {
            name: self._plain_value(plan, name, each, lists)
            for name, each in self._values(plan, lists, values).items()
        }
        # What only recipes read, the notebook itself does not take.
        mapped = {
            name: each for name, each in (lists.over or {}).items() if name not in lists.hidden
        }
        parts = {name: each for name, each in inputs.items() if isinstance(each, _PerItem)}
        if lists.over is not None:
            mapped.update((name, each.outputs) for name, each in parts.items())
            lists.over = mapped
        given = {name: each for name, each in inputs.items() if name not in parts}
        names = [] if outputs is None else [str(each) for each in outputs.plain()]
        function = notebook_task(found, given, names, plan.name, mapped=mapped)
        return function, given

    def _container(
        self, plan: TaskPlan, lists: Lists, values: Values
    ) -> tuple[TaskFunction, dict[str, Any]] | None:
        if lists.takes_free:
            lists.take(["item"])
        words = container_words(plan, lists.items, self.problems)
        made = self._values(plan, lists, values)
        made.update((name, values.make(node)) for name, node in words.writer.inputs.items())
        inputs = {name: self._plain_value(plan, name, each, lists) for name, each in made.items()}
        given = self._apart(inputs, lists)
        names = (*given, *lists.names)
        function = container_function(plan, words, names, self.problems)
        return None if function is None else (function, given)

    def _apart(self, inputs: dict[str, Any], lists: Lists) -> dict[str, Any]:
        """Map over the inputs that are others for each item; return the rest."""
        parts = {name: each for name, each in inputs.items() if isinstance(each, _PerItem)}
        if lists.over is not None:
            lists.over = {**lists.over, **{name: each.outputs for name, each in parts.items()}}
        return {name: each for name, each in inputs.items() if name not in parts}

    def _plain_value(self, plan: TaskPlan, name: str, value: Value, lists: Lists) -> Any:
        """Return an input for what knows no recipes: if need be a task of its own makes it."""
        if value.recipe is None:
            return value.given
        hidden, label = lists.read_by(value.recipe), f"{plan.name}.{name}"
        function = part_task(value.recipe, tuple(hidden))
        if not hidden:
            made = self.workflow.add_task(function, {"value": value.given}, name=label)
            return made.outputs[_RESULT]
        over = {each: (lists.over or {})[each] for each in hidden}
        made = self.workflow.add_map(function, over, {"value": value.given}, name=label)
        return _PerItem(made.outputs[_RESULT])

    def _values(self, plan: TaskPlan, lists: Lists, values: Values) -> dict[str, Value]:
        section = plan.get("inputs")
        return {
            name: self._fetched(plan, name, node.value)
            if isinstance(node.value, UrlInput)
            else values.make(node)
            for name, node in (section.items() if section is not None else ())
            if name not in lists.names
        }

    def _fetched(self, plan: TaskPlan, name: str, source: UrlInput) -> Value:
        """Have a task of its own fetch a file, for whatever kind of task reads it."""
        made = self.workflow.add_task(fetch_file, {"url": source.url}, name=f"{plan.name}.{name}")
        return Value(made.outputs[_RESULT])


@dataclass(frozen=True, slots=True)
class _PerItem:
    """An input that is another one for each item: the list of all."""

    outputs: Any


def _slots(cores: Node | None) -> int:
    is_number = cores is not None and isinstance(cores.value, int | float)
    return max(int(cores.value), 1) if cores is not None and is_number else 1


def _blamed(plan: TaskPlan, message: str) -> tuple[Node, str]:
    """Return what of a task a message is about: the input or other word that it names first."""
    inputs = plan.get("inputs")
    for name, node in inputs.items() if inputs is not None else ():
        if f"{name!r} as " in message or f"input {name!r}" in message:
            return node, f"{plan.path}.inputs.{name}"
    for word, told in (("foreach", "maps over"), ("options", "option"), ("resources", "resource")):
        section = plan.get(word)
        if section is not None and told in message:
            return section, f"{plan.path}.{word}"
    return Node(None, plan.place), plan.path
