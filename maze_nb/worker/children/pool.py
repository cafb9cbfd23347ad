"""The child processes of one worker; those with nothing to do stay warm for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable

from maze_nb.config import kill_grace, warm_children, warm_time
from maze_nb.errors import ChildLostError
from maze_nb.worker.children.child import Child, ChildKey

_LINGER = 10.0
"""So long the thread that ends what was kept too long stays when nothing is kept."""


class Children:
    """Hands out child processes and takes them back.

    Responsibilities: find a warm one of the right kind, end those that hold devices which another
    task takes, bound how many are kept and how long. Safe to be called from any thread.

    Parameters
    ----------
    node_id
        The node of the worker.
    """

    def __init__(self, node_id: str) -> None:
        self._node_id = node_id
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._over = threading.Condition(lock)
        self._idle: dict[Child, float] = {}
        self._busy: set[Child] = set()
        self._ending: set[Child] = set()
        self._is_watched = False
        self._is_closed = False

    def take(
        self, key: ChildKey, is_given_up: Callable[[], bool], *, is_alone: bool = False
    ) -> Child:
        """Return a child process of this kind.

        Others with nothing to do that hold its devices are ended before: those of another kind,
        and all if its task is to be alone there.

        Parameters
        ----------
        is_given_up
            Asked now and then whether to go on waiting.

        Raises
        ------
        ChildLostError
            If the worker is closing; a ``ChildStartError`` if none can be started.
        """
        with self._changed:
            found = self._warm(key)
            if found is not None:
                self._busy.add(found)
        self._let_go(key.gpu_ids, keep=None if is_alone else key)
        with self._changed:
            while any(_share(child, key.gpu_ids) for child in self._ending) and not is_given_up():
                self._changed.wait(0.1)
        return found or self._start(key, is_given_up)

    def _start(self, key: ChildKey, is_given_up: Callable[[], bool]) -> Child:
        with self._changed:
            if self._is_closed:
                raise ChildLostError("the worker is closing, so it starts no process for a task")
            child = Child(key, self._node_id)
            self._busy.add(child)
        try:
            child.wait_ready(is_given_up)
        except BaseException:
            self.drop(child)
            raise
        return child

    def give_back(self, child: Child) -> None:
        """Take back a child process that has done its task."""
        with self._changed:
            self._busy.discard(child)
            if child in self._ending:
                return
            self._idle[child] = time.monotonic()
            surplus = len(self._idle) - (0 if self._is_closed else warm_children())
            self._retire(list(self._idle)[: max(surplus, 0)])
            self._retire_old()
            if self._idle and not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, name="maze-warm", daemon=True).start()
            self._changed.notify_all()

    def drop(self, child: Child) -> None:
        """End a child process that is not to be used again, at once, and wait until it is gone."""
        child.kill()
        with self._changed:
            self._busy.discard(child)

    def yield_devices(self, gpu_ids: Iterable[int]) -> None:
        """End those with nothing to do that hold one of these devices; does not wait for it."""
        wanted = frozenset(gpu_ids)
        with self._changed:
            if any(_share(child, wanted) for child in self._idle):
                threading.Thread(
                    target=self._let_go, args=(wanted,), name="maze-yield", daemon=True
                ).start()

    def close(self, seconds: float = 0.0) -> None:
        """End all of them; wait for it for so long at most."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._is_closed = True
            self._over.notify_all()
            self._retire([*self._idle, *self._busy])
            self._changed.notify_all()
            while self._ending and time.monotonic() < deadline:
                self._changed.wait(deadline - time.monotonic())

    @property
    def pids(self) -> list[int]:
        """The process ids of all that are there."""
        with self._changed:
            return [child.pid for child in (*self._busy, *self._idle, *self._ending)]

    def _let_go(self, gpu_ids: Collection[int], keep: ChildKey | None = None) -> None:
        """End those with nothing to do that hold one of these devices, but not those to `keep`."""
        with self._changed:
            asked = [c for c in self._idle if c.key != keep and _share(c, gpu_ids)]
        holding = [child for child in asked if child.holds_devices()]
        with self._changed:
            self._retire([child for child in holding if child in self._idle])

    def _warm(self, key: ChildKey) -> Child | None:
        for child in reversed(list(self._idle)):
            if child.key != key:
                continue
            if child.is_alive():
                del self._idle[child]
                return child
            self._retire([child])
        return None

    def _retire(self, children: Collection[Child]) -> None:
        for child in children:
            self._idle.pop(child, None)
            if child not in self._ending:
                self._ending.add(child)
                child.ask_to_end()
                threading.Thread(
                    target=self._end, args=(child,), name="maze-end", daemon=True
                ).start()

    def _end(self, child: Child) -> None:
        try:
            child.end(kill_grace())
        finally:
            with self._changed:
                self._ending.discard(child)
                self._changed.notify_all()

    def _retire_old(self) -> float | None:
        """End those that were kept long enough; return the seconds until the next is due."""
        kept = warm_time()
        now = time.monotonic()
        self._retire([child for child, since in self._idle.items() if now - since >= kept])
        return min((since + kept - now for since in self._idle.values()), default=None)

    def _watch(self) -> None:
        with self._changed:
            # Nobody has to wake it for a child given back: that one is due last.
            while not self._is_closed:
                due = self._retire_old()
                self._over.wait(_LINGER if due is None else due)
                if due is None and not self._idle:
                    break
            self._is_watched = False


def _share(child: Child, gpu_ids: Collection[int]) -> bool:
    return not set(child.key.gpu_ids).isdisjoint(gpu_ids)
