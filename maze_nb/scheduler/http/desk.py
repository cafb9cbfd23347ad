"""What the answers to requests are made from."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from distributed.comm.addressing import get_address_host
from distributed.scheduler import Scheduler

from maze_nb import config
from maze_nb.artifacts.gateway import BASE_URL_VARIABLE
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.http.task_file import TaskFiles
from maze_nb.scheduler.http.task_index import TaskIndex
from maze_nb.scheduler.http.uploads import Uploads
from maze_nb.scheduler.nodes import NodeList

_RESULTS_DIRS = ("RESULTS_DIR", "MAZE_RESULTS_DIR")
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


@dataclass(slots=True)
class Desk:
    """What handlers need.

    Attributes
    ----------
    prefix
        What stands before all paths of the scheduler's web server, such as ``/dask``; or nothing.
    idle
        The seconds that a client may say or read nothing in the middle of a file.
    key
        What only workers are told: they show it with the files that Maze itself writes.
    """

    scheduler: Scheduler
    conductor: Conductor
    nodes: NodeList
    index: TaskIndex
    files: TaskFiles
    uploads: Uploads
    token: str
    prefix: str
    idle: float
    key: str

    def link(self, path: str) -> str:
        """Return a link: absolute where ORCHESTRATOR_BASE_URL is set, else without the host."""
        return link(self.prefix, path)


def open_desk(
    scheduler: Scheduler, conductor: Conductor, archive: Archive, nodes: NodeList, token: str
) -> Desk:
    """Return the desk of a scheduler."""
    prefix = _prefix(scheduler)
    root = results_root()
    uploads = Uploads(
        root, config.http_max_upload(), config.http_max_uploads(), config.http_keep_parts()
    )
    return Desk(
        scheduler,
        conductor,
        nodes,
        TaskIndex(conductor, archive, lambda path: link(prefix, path)),
        TaskFiles(scheduler, conductor, root),
        uploads,
        token,
        prefix,
        config.http_idle(),
        secrets.token_urlsafe(32),
    )


def link(prefix: str, path: str) -> str:
    """Return a link to a path of the scheduler's web server."""
    base = os.environ.get(BASE_URL_VARIABLE, "").strip().rstrip("/")
    return f"{base}{path}" if base else f"{prefix}{path}"


def results_root() -> Path:
    """Return the scheduler's folder for results, by the rule that workers have."""
    named = next((os.environ[name] for name in _RESULTS_DIRS if os.environ.get(name)), "")
    return Path(named).expanduser().absolute() if named else config.home() / "results"


def base_url(scheduler: Scheduler, prefix: str) -> str:
    """Return the URL of the scheduler's web server, as others reach it; empty if it has none."""
    base = os.environ.get(BASE_URL_VARIABLE, "").strip().rstrip("/")
    if base:
        return base
    server = getattr(scheduler, "http_server", None)
    if server is None:
        return ""
    host = server.address
    if host in _EVERYWHERE:
        host = get_address_host(scheduler.contact_address or scheduler.address)
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if getattr(server, "ssl_options", None) else "http"
    return f"{scheme}://{shown}:{server.port}{prefix}"


def _prefix(scheduler: Scheduler) -> str:
    """Return what stands before the paths of Dask's own routes; Dask does not keep it."""
    from distributed.http.health import HealthHandler

    application = getattr(scheduler, "http_application", None)
    for router in (application.wildcard_router, application.default_router) if application else ():
        for rule in router.rules:
            if getattr(rule, "target", None) is HealthHandler:
                return str(rule.matcher.regex.pattern).removesuffix("$").removesuffix("/health")
    return ""
