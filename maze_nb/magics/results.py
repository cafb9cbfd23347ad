"""What the tasks of a run made, by name, fetched when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maze_nb.errors import ResultLostError, nearest
from maze_nb.projection.humane import typed_id
from maze_nb.runners.cell import Absent
from maze_nb.sdk.presenter import presenter
from maze_nb.sdk.run import Run


class RunResults(Mapping[str, Any]):
    """The outputs of a run's tasks by name; ``results["model"]`` brings one here.

    Where several tasks make one name, it is known as ``"task.name"``.

    Parameters
    ----------
    run
        The run; tasks that have not finished yet are not there.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tasks = [m["data"] for m in run.log.read() if m["type"] == "finish_task"]
        made = [output["name"] for task in self._tasks for output in task["outputs"]]
        self._places: dict[str, tuple[Mapping[str, Any], str]] = {}
        for task in self._tasks:
            for output in task["outputs"]:
                name = output["name"]
                known_as = name if made.count(name) == 1 else f"{task['task_name']}.{name}"
                self._places[known_as] = (task["result"], name)

    def __getitem__(self, name: str) -> Any:
        if name not in self._places:
            raise KeyError(
                f"run {typed_id(self._run.run_id)} made no {name!r}: {nearest(name, self)}"
            )
        outputs, key = self._places[name]
        value = outputs[key]
        if isinstance(value, Absent):
            raise ResultLostError(f"{name!r} of cell {value.cell!r} is not there: {value.reason}")
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        lines = [f"run {typed_id(self._run.run_id)}: {self._run.status}"]
        for task in self._tasks:
            shown = [_shown(output) for output in task["outputs"]]
            lines.append(f"  {task['task_name']}: {', '.join(shown) or 'no outputs'}")
        return "\n".join(lines)

    def _ipython_display_(self) -> None:
        found = presenter()
        if found is not None:
            found.show_run(self._run)
        print(repr(self))  # noqa: T201 - the plain way to show a value


def _shown(output: Mapping[str, Any]) -> str:
    is_absent = output["type"] == Absent.__qualname__
    return f"{output['name']} ({'not there' if is_absent else output['summary']})"
