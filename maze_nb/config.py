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
    # How large a local module or package may be, with its data files, to travel to workers.
    "module-limit": "64MiB",
    # How much of the files that tasks and clients fetch is kept on each node, for those after them.
    "artifact-cache": "20GiB",
    # Whether clients that are given no address use the cluster that `maze-nb up` keeps.
    "use-kept": True,
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
    # Where the files that tasks leave are kept: a path, a URL, or "http" for the scheduler's own
    # web server; none means the task's own folder.
    "destination": None,
    # How often a transfer of a file is tried that gets no further, and how long the first pause is
    # between two tries; each further one is twice as long.
    "transfer-tries": 5,
    "transfer-backoff": "1s",
    # What lets requests in to the files on the scheduler's web server; none means one made for
    # this home. The environment variable MAZE_HTTP_TOKEN goes first.
    "http-token": None,
    # How large a file may be that is uploaded there.
    "http-max-upload": "1TiB",
    # How many uploads may be open there at once, those included that can be gone on with.
    "http-max-uploads": 256,
    # How long a client there may say nothing, or read nothing, in the middle of a file.
    "http-idle": "60s",
    # How long the part of an upload is kept that somebody may go on with.
    "http-keep-parts": "1d",
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


def module_limit() -> int:
    """Return the bytes up to which a local module or package travels to workers."""
    value = _setting("module-limit")
    try:
        return int(parse_bytes(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(_complaint("module-limit", value, "a size such as '64MiB'")) from error


def artifact_cache() -> int:
    """Return the bytes of fetched files that are kept on a node."""
    value = _setting("artifact-cache")
    try:
        return int(parse_bytes(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(_complaint("artifact-cache", value, "a size such as '20GiB'")) from error


def slots() -> int | None:
    """Return how many slots the embedded cluster is to have, ``None`` for one a core."""
    value = _setting("slots")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(_complaint("slots", value, "a whole number from 1 up"))
    return value


def use_kept() -> bool:
    """Return whether the cluster that ``maze-nb up`` keeps is used where no other is named."""
    value = _setting("use-kept")
    if not isinstance(value, bool):
        raise ValueError(_complaint("use-kept", value, "True or False"))
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


def http_token() -> str | None:
    """Return what lets requests in to files on the scheduler's web server, if it is set."""
    named = os.environ.get("MAZE_HTTP_TOKEN") or _setting("http-token")
    return str(named) if named else None


def http_max_upload() -> int:
    """Return the bytes that a file may have that is uploaded to the scheduler's web server."""
    value = _setting("http-max-upload")
    try:
        return int(parse_bytes(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(_complaint("http-max-upload", value, "a size such as '1TiB'")) from error


def http_max_uploads() -> int:
    """Return how many uploads may be open at once."""
    value = _setting("http-max-uploads")
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(_complaint("http-max-uploads", value, "a whole number from 1 up"))
    return value


def http_idle() -> float:
    """Return the seconds that a client may say or read nothing in the middle of a file."""
    return _seconds("http-idle")


def http_keep_parts() -> float:
    """Return the seconds that the part of an upload is kept."""
    return _seconds("http-keep-parts")


def destination() -> str | None:
    """Return where the files that tasks leave are kept by default; None: in their own folders."""
    value = _setting("destination")
    return str(value) if value else None


def transfer_tries() -> int:
    """Return how often a transfer of a file is tried that gets no further."""
    value = _setting("transfer-tries")
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(_complaint("transfer-tries", value, "a whole number from 1 up"))
    return value


def transfer_backoff() -> float:
    """Return the seconds between the first try of a transfer and the second."""
    return _seconds("transfer-backoff")


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
