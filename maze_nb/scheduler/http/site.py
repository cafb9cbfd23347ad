"""Maze's part of the scheduler's own web server: put there, and taken away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from distributed.scheduler import Scheduler
from tornado import web
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.routing import PathMatches, Rule

from maze_nb.errors import MazeError
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.dashboard_data import Board
from maze_nb.scheduler.http.api_handler import NoSuchPath
from maze_nb.scheduler.http.desk import Desk, base_url, open_desk
from maze_nb.scheduler.http.endpoints import ENDPOINTS
from maze_nb.scheduler.http.metrics import Metrics, add_metrics, remove_metrics
from maze_nb.scheduler.http.openapi import describe, route_pattern
from maze_nb.scheduler.http.token import find_token
from maze_nb.scheduler.nodes import NodeList
from maze_nb.wire.reply import replying

logger = logging.getLogger(__name__)

_SWEEP_MS = 10 * 60 * 1000


class Site:
    """The routes of one scheduler; one without a web server goes on without them."""

    def __init__(
        self, scheduler: Scheduler, conductor: Conductor, archive: Archive, nodes: NodeList
    ) -> None:
        self._scheduler = scheduler
        self._conductor = conductor
        self._archive = archive
        self._nodes = nodes
        self._application: web.Application | None = None
        self._sweep: PeriodicCallback | None = None
        self.desk: Desk | None = None

    async def add(self) -> None:
        """Add the routes and the metrics, and remove what earlier uploads left.

        Raises
        ------
        MazeError
            If the token that was set is none.
        """
        token = await asyncio.to_thread(find_token)
        try:
            desk = open_desk(self._scheduler, self._conductor, self._archive, self._nodes, token)
            await asyncio.to_thread(desk.uploads.sweep)
        except (OSError, ValueError) as error:
            raise MazeError(f"files cannot be served by HTTP: {error}") from error
        self.desk = desk
        application = getattr(self._scheduler, "http_application", None)
        if application is None:
            return
        self._application = _application(desk)
        # Before Dask's pages, which have one of the paths too.
        application.applications.insert(0, self._application)
        self._sweep = PeriodicCallback(self._sweep_parts, _SWEEP_MS)
        self._sweep.start()
        engine, runs = self._conductor.engine, self._conductor.runs
        add_metrics(self._scheduler, Metrics(Board(self._nodes, engine, runs), desk.uploads))

    def remove(self) -> None:
        """Take them away again."""
        if self._sweep is not None:
            self._sweep.stop()
        remove_metrics(self._scheduler)
        application = getattr(self._scheduler, "http_application", None)
        if application is not None and self._application in application.applications:
            application.applications.remove(self._application)

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the remote calls by the name under which they are called."""
        return {"maze_gateway": replying(self.gateway)}

    async def gateway(self, *, to_worker: bool = False) -> dict[str, str]:
        """Return how workers and clients reach the web server, and what lets them in."""
        desk = self.desk
        if desk is None or self._application is None:
            raise MazeError("this scheduler has no web server")
        told = {"base_url": base_url(self._scheduler, desk.prefix), "token": desk.token}
        return {**told, "key": desk.key} if to_worker else told

    async def _sweep_parts(self) -> None:
        if self.desk is not None:
            await asyncio.to_thread(self.desk.uploads.sweep)


class NoPage(PathMatches):
    """Matches a path unless a browser asks for a page."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return what the path gives, if it is for us."""
        wants_page = "text/html" in request.headers.get("Accept", "")
        found: dict[str, Any] | None = None if wants_page else super().match(request)
        return found


def _application(desk: Desk) -> web.Application:
    rules = [
        Rule(
            (NoPage if endpoint.is_page_of_dask else PathMatches)(
                desk.prefix + route_pattern(endpoint.path)
            ),
            endpoint.handler,
            {"desk": desk, "operations": tuple(endpoint.operations)},
        )
        for endpoint in ENDPOINTS
    ]
    other = PathMatches(desk.prefix + r"/api/v1/.*")
    rules.append(Rule(other, NoSuchPath, {"desk": desk, "operations": ()}))
    return web.Application(
        rules, openapi=describe(desk.link("")), log_function=_say_nothing, compress_response=False
    )


def _say_nothing(_handler: web.RequestHandler) -> None:
    """Keep requests out of the log: their URLs may be long, and Dask's settings log none either."""
