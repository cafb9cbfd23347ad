"""The settings of Maze: Dask configuration under the key ``maze``, read through typed functions.

Set them as any Dask setting: ``DASK_MAZE__INFEASIBLE_GRACE=5s`` in the environment, a YAML file in
Dask's configuration folder, or ``dask.config.set({"maze.infeasible-grace": "5s"})``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dask.config
import platformdirs
from dask.utils import parse_bytes, parse_timedelta

HOME_VARIABLE = "MAZE_HOME"
MEMORY_STORE = "memory"

DEFAULTS: dict[str, Any] = {
    # Where runs, results and the cache are kept; none means the user's data directory. The
    # environment variable MAZE_HOME goes first.
    "home": None,
    # The file of the run store, or "memory" for one that ends with its scheduler; none means
    # runs.db in the home.
    "store": None,
    # How long the run store may take to be written to, as when another program locks it.
    "store-patience": "30s",
    # How long a task that no node could ever fit stays pending before it fails.
    "infeasible-grace": "60s",
    # How long connecting to a scheduler may take.
    "connect-timeout": "10s",
    # How long the embedded cluster may take until its first worker has joined.
    "start-timeout": "60s",
    # Results up to this size travel in the events; bigger ones are fetched when read.
    "inline-limit": "64KiB",
    # How many slots the embedded cluster has; none means one for each core.
    "slots": None,
    # How many child processes with nothing to do a worker keeps, with what tasks loaded in them.
    "warm-children": 8,
    # How long it keeps them; 0 keeps none.
    "warm-time": "5m",
    # How long it is from one heartbeat of a worker to the next.
    "heartbeat-interval": "2s",
    # How long the processes of a task that is stopped have to clean up before they are killed.
    "kill-grace": "2s",
}

dask.config.update_defaults({"maze": DEFAULTS})


def home() -> Path:
    """Return the folder where runs, results and the cache are kept; it may not be there yet."""
    named = os.environ.get(HOME_VARIABLE) or _setting("home")
    if named:
        return Path(named).expanduser().absolute()
    return Path(platformdirs.user_data_path("maze-nb"))


def store_file() -> Path | None:
    """Return the file of the run store, None for one in memory."""
    named = _setting("store")
    if named == MEMORY_STORE:
        return None
    return Path(named).expanduser().absolute() if named else home() / "runs.db"


def store_patience() -> float:
    """Return the seconds that the run store may take to be written to."""
    return _seconds("store-patience")


def infeasible_grace() -> float:
    """Return the seconds an infeasible task stays pending before it fails."""
    return _seconds("infeasible-grace")


def connect_timeout() -> float:
    """Return the seconds that connecting to a scheduler may take."""
    return _seconds("connect-timeout")


def start_timeout() -> float:
    """Return the seconds the embedded cluster may take until its first worker has joined."""
    return _seconds("start-timeout")


def inline_limit() -> int:
    """Return the bytes up to which a result travels inside its event."""
    value = _setting("inline-limit")
    try:
        return int(parse_bytes(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(_complaint("inline-limit", value, "a size such as '64KiB'")) from error


def slots() -> int | None:
    """Return how many slots the embedded cluster is to have, ``None`` for one a core."""
    value = _setting("slots")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(_complaint("slots", value, "a whole number from 1 up"))
    return value


def warm_children() -> int:
    """Return how many child processes with nothing to do a worker keeps."""
    value = _setting("warm-children")
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(_complaint("warm-children", value, "a whole number from 0 up"))
    return value


def warm_time() -> float:
    """Return the seconds that a child process with nothing to do is kept."""
    return _seconds("warm-time")


def heartbeat_interval() -> float:
    """Return the seconds from one heartbeat of a worker to the next."""
    seconds = _seconds("heartbeat-interval")
    if seconds == 0:
        value = _setting("heartbeat-interval")
        raise ValueError(_complaint("heartbeat-interval", value, "a time longer than 0"))
    return seconds


def kill_grace() -> float:
    """Return the seconds between asking a stopped task's processes to end and killing them."""
    return _seconds("kill-grace")


def _setting(name: str) -> Any:
    return dask.config.get(f"maze.{name}")


def _seconds(name: str) -> float:
    value = _setting(name)
    try:
        seconds = float(parse_timedelta(value))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(_complaint(name, value, "a time such as '60s'")) from error
    if seconds < 0:
        raise ValueError(_complaint(name, value, "a time that is not negative"))
    return seconds


def _complaint(name: str, value: Any, wanted: str) -> str:
    return f"the setting maze.{name} is {value!r}; it has to be {wanted}"
