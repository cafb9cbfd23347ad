"""Checks the cluster that work would be done on, or that one can be started here."""

from __future__ import annotations

import platform
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

from maze_nb import config
from maze_nb.cli.checks.finding import Finding, Surroundings, fault, note, ok
from maze_nb.cli.checks.scheduler_talk import Peer, Told, ask
from maze_nb.errors import ConnectionFailedError
from maze_nb.projection.humane import count_text
from maze_nb.version import __version__

_SUBJECT = "cluster"
_PAGES = "dashboard"
_START_PROGRAM = "maze_nb.cli.checks.embedded_start"
_MORE_SECONDS = 40.0
_PAGE_SECONDS = 3.0
_ANSWER_SECONDS = 5.0
_NAMED = 3
_START_WORKERS = "start some: maze-nb worker {address}"


def check_cluster(surroundings: Surroundings) -> Iterator[Finding]:
    """Ask the scheduler that is named or kept; without one, start a cluster and end it again."""
    from maze_nb.deploy.kept import find_kept, refuse_elsewhere

    address = surroundings.address()
    if address is not None:
        yield from _named(address, "see that it runs (`dask scheduler`), and that the address is")
        return
    refuse_elsewhere()
    kept = find_kept()
    if kept is not None:
        yield from _named(kept.address, "`maze-nb down --force` ends it; before that see that")
    elif surroundings.may_start:
        yield _started()
    else:
        yield note(_SUBJECT, "none is named or kept, and none was started to see that it can be")


def _named(address: str, remedy: str) -> Iterator[Finding]:
    try:
        told = ask(address, min(config.connect_timeout(), _ANSWER_SECONDS))
    except ConnectionFailedError as error:
        yield fault(_SUBJECT, str(error), f"{remedy} right and can be reached from here")
        return
    yield from _about_scheduler(told)
    yield from _about_workers(told)
    yield _about_pages(told)


def _about_scheduler(told: Told) -> Iterator[Finding]:
    peer = told.scheduler
    yield from _about_peer("scheduler", [peer])
    if peer.maze == __version__ and not told.has_maze:
        yield note(
            _SUBJECT,
            f"the scheduler at {peer.address} has no Maze at work in it yet: the first client "
            "installs it, and runs end with it if it keeps no store",
            "start it as `maze-nb scheduler`, to have runs that can be read and resumed at once",
        )
    elif peer.maze == __version__:
        yield ok(_SUBJECT, f"the scheduler at {peer.address} answers, with maze_nb {peer.maze}")


def _about_workers(told: Told) -> Iterator[Finding]:
    if not told.workers:
        text = f"no worker has joined the scheduler at {told.scheduler.address}"
        yield note("workers", text, _START_WORKERS.format(address=told.scheduler.address))
        return
    troubles = list(_about_peer("workers", told.workers))
    yield from troubles
    if not any(found.state == "fault" for found in troubles):
        yield ok("workers", f"{count_text(len(told.workers), 'worker')} with maze_nb {__version__}")


def _about_peer(subject: str, peers: list[Peer]) -> Iterator[Finding]:
    """Yield what is wrong with the versions of a scheduler, or of workers."""
    lacking = [peer.address for peer in peers if not peer.maze]
    if lacking:
        yield fault(
            subject,
            f"maze_nb cannot be imported at {_listed(lacking)}",
            f"install maze-nb {__version__} in the environment there, and start it anew",
        )
    others = {peer.maze for peer in peers} - {"", __version__}
    if others:
        where = _listed([peer.address for peer in peers if peer.maze in others])
        yield fault(
            subject,
            f"maze_nb {', '.join(sorted(others))} at {where}, and this is {__version__}",
            "install the same version on both sides, and start it anew",
        )
    own = _minor(platform.python_version())
    strange = [peer for peer in peers if peer.python and _minor(peer.python) != own]
    if strange:
        yield fault(
            subject,
            f"Python {strange[0].python} at {_listed([peer.address for peer in strange])}, and "
            f"this is {platform.python_version()}: functions cannot travel between them",
            "use the same minor version of Python on both sides",
        )
    yield from _about_dask(subject, peers)


def _about_dask(subject: str, peers: list[Peer]) -> Iterator[Finding]:
    from importlib.metadata import version

    own = version("distributed")
    strange = [peer for peer in peers if peer.distributed and peer.distributed != own]
    if strange:
        yield note(
            subject,
            f"distributed {strange[0].distributed} at "
            f"{_listed([peer.address for peer in strange])}, and this is {own}",
            "use the same version on both sides",
        )


def _about_pages(told: Told) -> Finding:
    if told.dashboard is None:
        text = "the scheduler serves none"
        return note(_PAGES, text, "start it without --no-dashboard, if one is wanted")
    host = told.scheduler.address.rpartition("//")[2].rpartition(":")[0]
    link = f"http://{host}:{told.dashboard}"
    try:
        with urllib.request.urlopen(f"{link}/status", timeout=_PAGE_SECONDS) as answer:  # noqa: S310
            answer.read(100)
    except urllib.error.HTTPError as error:
        text = f"{link} has no pages (it says {error.code})"
        return note(_PAGES, text, "start the scheduler without --no-dashboard, if one is wanted")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        text = f"{link} cannot be reached from here ({reason})"
        return note(_PAGES, text, "open its port, or reach it through a tunnel (ssh -L)")
    return ok(_PAGES, f"{link}/status")


def _started() -> Finding:
    """Start an embedded cluster in a process of its own, and run something on it."""
    seconds = config.start_timeout() + _MORE_SECONDS
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", _START_PROGRAM],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        text = f"an embedded one did not start and end within {seconds:g} s"
        return fault(_SUBJECT, text, "see what keeps this machine busy, and try again")
    if done.returncode == 0:
        return ok(_SUBJECT, f"none is named or kept; an embedded one {done.stdout.strip()}")
    last = [line for line in done.stderr.splitlines() if line.strip()]
    return fault(
        _SUBJECT,
        f"an embedded one does not start: {last[-1] if last else f'exit {done.returncode}'}",
        f"`python -m {_START_PROGRAM}` shows all that it says",
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
