"""The container engine of this node, Docker or Podman: where it listens, and talking to it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.errors import TaskFailedError

if TYPE_CHECKING:
    from docker import DockerClient

NAMED_BY = ("DOCKER_HOST", "CONTAINER_HOST")
"""The environment variables that say where the engine listens; the first that is set goes first."""
REMEDY = (
    "start Docker (systemctl start docker) or Podman (systemctl start podman.socket; for one user "
    "systemctl --user start podman.socket), or say by DOCKER_HOST where it listens"
)
_SECONDS = 60


class EngineLostError(TaskFailedError):
    """The container engine does not answer any more."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers.

    Attributes
    ----------
    url
        Where it listens.
    client
        The SDK's client for it.
    name
        What it is and its version, such as ``Podman 4.3.1``.
    """

    url: str
    client: DockerClient
    name: str

    @property
    def is_podman(self) -> bool:
        """Whether it is Podman."""
        return self.name.startswith("Podman")


def urls(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return where an engine may listen: where a variable says, else the usual places.

    Examples
    --------
    >>> urls({"DOCKER_HOST": "tcp://there:2375"})
    ['tcp://there:2375']
    """
    for name in NAMED_BY:
        if environment.get(name):
            return [environment[name]]
    own = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    home = Path(environment.get("HOME") or "/")
    return [
        f"unix://{place}"
        for place in (
            "/var/run/docker.sock",
            f"{own}/docker.sock",
            home / ".docker/run/docker.sock",
            "/run/podman/podman.sock",
            f"{own}/podman/podman.sock",
        )
    ]


@contextmanager
def connected() -> Iterator[Engine]:
    """Give the engine of this node inside the block.

    Raises
    ------
    TaskFailedError
        If none answers: it says where none did, and what to do.
    """
    engine = find()
    try:
        with engine_errors(engine):
            yield engine
    finally:
        engine.client.close()


def find(seconds: int = _SECONDS) -> Engine:
    """Return the first engine that answers; the caller closes its client.

    Raises
    ------
    TaskFailedError
        If none answers.
    """
    silent = []
    for url in urls():
        place = Path(url.removeprefix("unix://"))
        if url.startswith("unix://") and not place.exists():
            silent.append(f"{url} (not there)")
            continue
        found = answer_of(url, seconds)
        if isinstance(found, Engine):
            return found
        silent.append(f"{url} ({found})")
    raise TaskFailedError(
        f"no container engine answers on this node, looked for at {', '.join(silent)}: {REMEDY}"
    )


def answer_of(url: str, seconds: int) -> Engine | str:
    """Return the engine that answers at a place, or why none does."""
    # The SDK forgets to close its end where nobody listens.
    if url.startswith("unix://") and (reason := _not_listening(url.removeprefix("unix://"))):
        return reason
    from docker import DockerClient
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    try:
        settings: dict[str, Any] = {**kwargs_from_env(), "base_url": url, "timeout": seconds}
        client = DockerClient(**settings)
    except (DockerException, OSError, ValueError) as error:
        return _reason(error)
    try:
        return Engine(url, client, _name_of(client.version()))
    except (DockerException, OSError, ValueError) as error:
        client.close()
        return _reason(error)


@contextmanager
def engine_errors(engine: Engine) -> Iterator[None]:
    """Tell of an engine that does not answer, or says no, by an error of ours."""
    from docker.errors import APIError, DockerException
    from requests.exceptions import ConnectionError as NoConnectionError
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        raise TaskFailedError(f"{engine.name} at {engine.url} says: {said(error)}") from None
    except (NoConnectionError, ConnectionError, EOFError) as error:
        raise EngineLostError(
            f"the container engine at {engine.url} stopped answering ({_reason(error)}): see why "
            f"it ended, start it again, and run the task again"
        ) from None
    except (DockerException, RequestException) as error:
        raise TaskFailedError(f"{engine.name} at {engine.url}: {_reason(error)}") from None


def said(error: BaseException) -> str:
    """Return what an engine gave as its reason."""
    reason = str(getattr(error, "explanation", None) or "").strip()
    return reason or str(error).strip()


def _not_listening(place: str) -> str:
    """Return why nobody listens at a socket; empty if somebody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(place)
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _name_of(version: Mapping[str, Any]) -> str:
    parts = [part.get("Name", "") for part in version.get("Components") or ()]
    kind = "Podman" if any("Podman" in part for part in parts) else "Docker"
    return f"{kind} {version.get('Version', '')}".strip()


def _reason(error: BaseException) -> str:
    """Return what the system said, which the libraries wrap in many words; else their words."""
    if hasattr(error, "explanation"):
        return said(error).partition("\n")[0]
    found = str(error) or type(error).__name__
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and (inner.strerror or isinstance(inner, TimeoutError)):
            found = inner.strerror or str(inner)
        inner = _cause_of(inner)
    return found


def _cause_of(error: BaseException) -> BaseException | None:
    inside = [error.__cause__, getattr(error, "reason", None), *error.args]
    return next((each for each in inside if isinstance(each, BaseException)), None)
