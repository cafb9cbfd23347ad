"""Tasks that run only if what another made is true: which are skipped, and what follows."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable

from maze_nb.errors import with_article
from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.model.states import TaskState
from maze_nb.runners.references import NotMade
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.run_record import RunRecord, TaskRecord

_NOT_MADE = pickle.dumps(NotMade())


class Conditions:
    """Skips tasks as soon as their conditions are known not to be met.

    What reads a skipped task is skipped too, unless it can do without: then it is told, in place of
    the outputs, that they were not made, by the way on which stored outputs are loaded.

    Parameters
    ----------
    skipped_map
        Called with each map that is skipped.
    """

    def __init__(self, conductor: Conductor, skipped_map: Callable[[TaskRecord], None]) -> None:
        self._conductor = conductor
        self._skipped_map = skipped_map

    def begin(self, run: RunRecord) -> None:
        """Decide what can be decided by what is known before any task runs."""
        for task_id in run.progress.chosen:
            _note_not_made(run.tasks[task_id])
        for source_id in run.conditional:
            if run.progress.states[source_id] == TaskState.SUCCEEDED:
                self.made(run.tasks[source_id])
        for task_id in run.progress.chosen:
            run.tasks[task_id].is_wanted = run.progress.is_needed(task_id)

    def made(self, task: TaskRecord) -> None:
        """Decide on the tasks whose conditions a task has made."""
        for task_id in task.run.conditional.get(task.spec.task_id, ()):
            if not task.run.progress.states[task_id].is_final:
                self._decide(task.run.tasks[task_id], task)

    def is_open(self, run: RunRecord, task_id: TaskId) -> bool:
        """Whether it is not known yet if a task is to run."""
        when = run.tasks[task_id].spec.when
        return when is not None and run.progress.states[when.task_id] != TaskState.SUCCEEDED

    def _decide(self, task: TaskRecord, source: TaskRecord) -> None:
        when = task.spec.when
        assert when is not None
        info = next(each for each in source.outputs if each.name == when.output)
        what = f"its condition, {when.output!r} of {source.spec.name!r}"
        if info.truth is None:
            self._conductor.fail_unplaced(
                task,
                "InputError",
                f"task {task.spec.name!r} cannot tell whether to run: {what}, is "
                f"{with_article(info.type)}, which is neither true nor false: "
                f"let {source.spec.name!r} return a bool",
            )
        elif info.truth == when.is_negated:
            self._skip(task, source, f"{what}, is {str(info.truth).lower()}")

    def _skip(self, first: TaskRecord, source: TaskRecord, reason: str) -> None:
        run = first.run
        skipped: list[TaskRecord] = []
        todo = deque([(first, source, reason)])
        while todo:
            task, root, why = todo.popleft()
            if not run.progress.choose(task.spec.task_id):
                continue
            _note_not_made(task)
            self._conductor.journal.task_not_chosen(task, root, why)
            skipped.append(task)
            because = f"task {task.spec.name!r}, which it reads, was skipped"
            for reader_id in run.progress.dependents_of(task.spec.task_id):
                if self._has_to_follow(run, reader_id):
                    todo.append((run.tasks[reader_id], first, because))
        self._tell_readers(run, skipped)
        self._conductor.finish_if_done(run)

    def _has_to_follow(self, run: RunRecord, task_id: TaskId) -> bool:
        """Whether a task lacks something it cannot do without."""
        choices = run.submission.reads.get(task_id)
        if choices is None:
            return True
        return any(all(TaskId(each) in run.progress.chosen for each in one) for one in choices)

    def _tell_readers(self, run: RunRecord, skipped: list[TaskRecord]) -> None:
        unread: list[TaskRecord] = []
        for task in skipped:
            task.is_wanted = run.progress.is_needed(task.spec.task_id)
            if task.spec.is_map:
                self._skipped_map(task)
            elif not task.is_wanted:
                unread.append(task)
            else:
                self._conductor.lost_results.want(task)
        self._conductor.give_up(run, unread)


def _note_not_made(task: TaskRecord) -> None:
    task.outputs = tuple(
        OutputInfo(name, NotMade.__name__, len(_NOT_MADE), "not made", _NOT_MADE)
        for name in task.spec.outputs
    )
    task.is_stored = True
