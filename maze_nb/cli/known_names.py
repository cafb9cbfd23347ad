"""What a shell completes in the place of a run, a task, a node, a file or a kernel.

No cluster is asked, and nothing but the file of the run store is opened, as people wait at every
key.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from maze_nb.store.protocol import RunStore, StoredRun

_MOST = 50
_RUNS_READ = 10
_BYTES_READ = 16 << 20
_EVENTS_READ = 500
_PATIENCE = "500ms"
_LATEST = "latest"


def run_argument(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator for an argument that is the name of a run."""
    return click.argument(name, shell_complete=_completer(_runs))


def task_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument that may name a task of the run before it."""
    return click.argument("task", required=False, shell_complete=_completer(_tasks))(command)


def node_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument that is the name of a node."""
    return click.argument("node", shell_complete=_completer(_nodes))(command)


def task_option(*names: str, **told: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator for an option that may name a task of the run before it."""
    return click.option(*names, shell_complete=_completer(_tasks), **told)


def files(
    _context: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Have the shell complete files in the place of what may be a path or a URL."""
    return [CompletionItem(incomplete, type="file")]


def kernels(
    _context: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the kernels that are installed."""
    with contextlib.suppress(Exception):
        from jupyter_client.kernelspec import KernelSpecManager

        found = sorted(KernelSpecManager().find_kernel_specs())
        return [CompletionItem(name) for name in found if name.startswith(incomplete)]
    return []


def _completer(
    find: Callable[[RunStore, click.Context], Iterable[tuple[str, str]]],
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Return what click calls for the words that begin as typed, from names with a line on each."""

    def complete(
        context: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        # A message in the middle of what is being typed would help nobody.
        with contextlib.suppress(Exception):
            found = dict.fromkeys(find(_store(), context))
            matching = [item for item in found if item[0].startswith(incomplete)]
            return [CompletionItem(name, help=about) for name, about in matching[:_MOST]]
        return []

    return complete


def _store() -> RunStore:
    import dask.config

    from maze_nb import config
    from maze_nb.store.open import open_store

    with dask.config.set({"maze.store-patience": _PATIENCE}):
        return open_store(config.store_file(), reading=True)


def _newest(store: RunStore) -> list[StoredRun]:
    return sorted(store.runs(), key=lambda run: run.started, reverse=True)


def _runs(store: RunStore, _context: click.Context) -> Iterator[tuple[str, str]]:
    runs = _newest(store)
    if runs:
        yield _LATEST, f"{runs[0].workflow_name}, {runs[0].status}"
    for run in runs:
        yield run.run_id, f"{run.workflow_name}, {run.status}"


def _tasks(store: RunStore, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the tasks of the run that stands before, by their names."""
    from maze_nb.wire.submission import decode_submission

    # While the value of an option is typed, what stands before it has no names yet.
    wanted = str(context.params.get("run_id") or (context.args or [""])[0])
    found = [run for run in _newest(store) if run.run_id.startswith(wanted) or wanted == _LATEST]
    is_clear = bool(found) and bool(wanted) and (wanted == _LATEST or len(found) == 1)
    if is_clear and found[0].nbytes <= _BYTES_READ:
        data, _ = store.submission(found[0].run_id)
        for task in decode_submission(data).graph.tasks if data else ():
            yield task.name, ""


def _nodes(store: RunStore, _context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the nodes on which the newest runs had tasks."""
    from maze_nb.wire.messages import decode_message

    for run in _newest(store)[:_RUNS_READ]:
        for data in store.events_after(run.run_id, 0, _EVENTS_READ):
            node = decode_message(data)["data"].get("node_id")
            if node:
                yield str(node), ""
