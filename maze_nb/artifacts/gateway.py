"""How this process reaches the web server of its scheduler: its URL and its token."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from maze_nb.errors import ArtifactError, MazeError

BASE_URL_VARIABLE = "ORCHESTRATOR_BASE_URL"
TOKEN_VARIABLE = "MAZE_HTTP_TOKEN"  # noqa: S105 - the name of one
RESULTS = "/api/v1/results"
WORKER_HEADER = "Maze-Worker"
_MOST = 8


@dataclass(frozen=True, slots=True)
class Gateway:
    """The web server of a scheduler.

    Attributes
    ----------
    base_url
        Such as ``http://10.0.0.1:8787``; what the environment variable ORCHESTRATOR_BASE_URL says
        goes first.
    token
        What lets in; empty if nothing is asked for.
    key
        What only workers are told: shown with the files that Maze itself writes of a task.
    """

    base_url: str
    token: str = field(repr=False)
    key: str = field(default="", repr=False)

    def headers(self) -> dict[str, str]:
        """Return the headers that let a request in."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def file_url(self, run_id: str, task_id: str, name: str) -> str:
        """Return the URL of a file of a task.

        Examples
        --------
        >>> Gateway("http://here:8787", "").file_url("r1", "t1", "a b.txt")
        'http://here:8787/api/v1/results/t1/files/a%20b.txt?run_id=r1'
        """
        return f"{self.base_url.rstrip('/')}{file_path(run_id, task_id, name)}"

    def has(self, url: str) -> bool:
        """Whether a URL is of a file that this server serves, so that the token may be shown."""
        own, asked = urlsplit(self.base_url.rstrip("/")), urlsplit(url)
        is_same = (own.scheme, own.netloc) == (asked.scheme, asked.netloc)
        return is_same and asked.path.startswith(f"{own.path}{RESULTS}/")


def file_path(run_id: str, task_id: str, name: str) -> str:
    """Return the path of a file of a task on the web server."""
    path = f"{RESULTS}/{quote(task_id, safe='')}/files/{quote(name, safe='/')}"
    return f"{path}?run_id={quote(run_id, safe='')}"


class _Known:
    """The gateway of this process, or how to ask for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: Gateway | None = None
        self.ask: Callable[[], Gateway] | None = None
        self.many: list[Callable[[], Gateway]] = []


_known = _Known()


def learn_gateway(ask: Callable[[], Gateway] | None, *, is_one_of_many: bool = False) -> None:
    """Have `ask` called when the gateway is first wanted in this process; None forgets all.

    Parameters
    ----------
    is_one_of_many
        Whether it is still asked, for files that the gateway does not have, when there is another.
    """
    with _known.lock:
        if ask is None:
            _known.many = []
        elif is_one_of_many:
            _known.many = [ask, *_known.many][:_MOST]
        _known.ask, _known.found = ask, None


def set_gateway(found: Gateway | None) -> None:
    """Say what the gateway of this process is."""
    with _known.lock:
        _known.found = found


def known_gateway() -> Gateway | None:
    """Return the gateway of this process if it is known; nobody is asked."""
    return _known.found


def gateway() -> Gateway:
    """Return how this process reaches the web server of its scheduler; may ask for it.

    Raises
    ------
    ArtifactError
        If nobody knows.
    """
    with _known.lock:
        if _known.found is None and _known.ask is not None:
            _known.found = _known.ask()
        found = _known.found
    base_url = os.environ.get(BASE_URL_VARIABLE, "").strip()
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if found is None and not base_url:
        raise ArtifactError(
            f"the web server of the scheduler is not known here: set {BASE_URL_VARIABLE} to its "
            f"URL, such as http://host:8787, and {TOKEN_VARIABLE} to what `maze-nb token` prints"
        )
    if found is None:
        return Gateway(base_url, token)
    return Gateway(base_url or found.base_url, found.token or token, found.key)


def gateways() -> Iterator[Gateway]:
    """Yield the gateway of this process, then those of other schedulers that it talks to."""
    with suppress(MazeError):
        yield gateway()
    for ask in tuple(_known.many):
        if ask is _known.ask:
            continue
        try:
            found = ask()
        except MazeError:
            with _known.lock, suppress(ValueError):
                _known.many.remove(ask)
        else:
            yield found


def gateway_of(url: str) -> Gateway | None:
    """Return the gateway that serves a URL; None if none that is known does."""
    return next((found for found in gateways() if found.has(url)), None)
