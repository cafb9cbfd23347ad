"""A file of this node with the content of an artifact, wherever that is kept."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from maze_nb import config
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.node_cache import NodeCache
from maze_nb.artifacts.uses import using
from maze_nb.errors import ArtifactError
from maze_nb.wire.blobs import FILES, BlobFolder

FOLDER = "artifacts"
"""Within the home of Maze, or of the worker's folder for what came from elsewhere."""
GIVEN = "maze"
"""The scheme of the URLs of files that came along with a run."""
_GIVEN_NAME = re.compile(rf"{GIVEN}:({FILES}/[0-9a-f]{{64}})/".encode())

_folder: ContextVar[str] = ContextVar("maze_artifacts", default="")


def local_path(url: str, sha256: str, nbytes: int, name: str = "") -> Path:
    """Return a file of this node with the content of an artifact.

    What is elsewhere is fetched once for all processes of the node, and checked by its hash.

    Parameters
    ----------
    name
        Its path in the folder of its task; by default it stands at the top of it.

    Raises
    ------
    ArtifactError
        If it cannot be had, or is not what it was.
    """
    parts = urlsplit(url)
    called = PurePosixPath(unquote(parts.path)).name
    if parts.scheme == "file":
        path = Path(unquote(parts.path))
        with suppress(OSError):
            if digest_of(path) == (sha256, nbytes):
                return path
        fetch = partial(_from_its_node, path, name or path.name, sha256)
    elif parts.scheme == GIVEN:
        fetch = partial(_given, blob_of(url), called)
    else:
        fetch = partial(_from_store, url, sha256)
    return node_cache().path(sha256, called, nbytes, fetch)


def node_cache() -> NodeCache:
    """Return the files that were fetched to this node."""
    root = Path(_folder.get() or config.home() / FOLDER)
    return NodeCache(root, config.artifact_cache())


def given_url(blob: str, name: str) -> str:
    """Return the URL of a file that comes along with a run.

    Parameters
    ----------
    blob
        Names its content: see :mod:`maze_nb.wire.blobs`.

    Examples
    --------
    >>> given_url("files/3f", "my data.csv")
    'maze:files/3f/my%20data.csv'
    """
    return f"{GIVEN}:{blob}/{quote(name, safe='')}"


def blob_of(url: str) -> str:
    """Return what names the content of a file that comes along with a run.

    Examples
    --------
    >>> blob_of("maze:files/3f/my%20data.csv")
    'files/3f'
    """
    return str(PurePosixPath(urlsplit(url).path).parent)


def given_in(data: bytes | bytearray | memoryview) -> set[str]:
    """Return the names of the files that come along with a run of which a pickle tells.

    Examples
    --------
    >>> given_in(b"... maze:files/" + b"3f" * 32 + b"/data.csv ...") == {"files/" + "3f" * 32}
    True
    """
    return {found.decode() for found in _GIVEN_NAME.findall(data)}


@contextmanager
def fetching(folder: str) -> Iterator[None]:
    """Have what is fetched in the block kept in a folder, and stay there as long as the block."""
    token = _folder.set(folder)
    try:
        with using():
            yield
    finally:
        _folder.reset(token)


def _from_store(url: str, sha256: str, draft: Path) -> None:
    # Most processes fetch nothing.
    from maze_nb.artifacts.store import store_for

    for own in _served_anew(url):
        with suppress(ArtifactError):
            store_for(own).get(own, draft, sha256)
            return
    store_for(url).get(url, draft, sha256)


def _served_anew(url: str) -> Iterator[str]:
    """Yield where a file of a web server that is not known may be now.

    A scheduler that is started anew serves the same folder, mostly at another address. What is
    fetched is held against its hash, so that it cannot be another file.
    """
    from maze_nb.artifacts.gateway import RESULTS, gateway_of, gateways

    _, is_result, place = url.partition(f"{RESULTS}/")
    if is_result and gateway_of(url) is None:
        for each in gateways():
            yield f"{each.base_url.rstrip('/')}{RESULTS}/{place}"


def _from_its_node(path: Path, name: str, sha256: str, draft: Path) -> None:
    """Fetch a file from the folder of its task, by way of the scheduler."""
    from maze_nb.artifacts.gateway import gateways

    folder = path
    for _ in PurePosixPath(name).parts:
        folder = folder.parent
    run_id, task_id = unquote(folder.parent.name), unquote(folder.name)
    why: Exception = ArtifactError("its web server is not known here: see ORCHESTRATOR_BASE_URL")
    for each in gateways():
        try:
            _from_store(each.file_url(run_id, task_id, name), sha256, draft)
        except ArtifactError as error:
            why = error
        else:
            return
    what = "was changed after its task left it" if path.exists() else "is not on this node"
    raise ArtifactError(
        f"the artifact {path} {what}, and the scheduler does not give it either ({why}): if "
        f"it is gone for good, run.rerun(failed_only=True) makes it again; a destination that "
        f"all nodes can see keeps it"
    ) from why


def _given(blob: str, called: str, draft: Path) -> None:
    """Take a file that came along with a run from where the scheduler keeps it.

    Where that is not in sight, tasks have it fetched before they begin.
    """
    try:
        shutil.copyfile(BlobFolder().path(blob), draft)
    except FileNotFoundError as error:
        raise ArtifactError(
            f"the input file {called!r} ({blob}) is not kept in sight of this process: give it to "
            f"the task that reads it as an input, or run the workflow again from where it is"
        ) from error
