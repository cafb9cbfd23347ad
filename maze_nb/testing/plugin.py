"""The plugin for pytest: the fixtures ``maze_cluster`` and ``maze_run``.

pytest loads it in every session where maze-nb is installed, so it imports nothing until a fixture
is used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from maze_nb.testing.cluster import MazeCluster
    from maze_nb.testing.notebook_run import MazeRun

_SLOTS = "maze_slots"
_TIMEOUT = "maze_timeout"


# The cluster of a session that was asked for one with --maze-cluster.
_SHARED: pytest.StashKey[MazeCluster] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the settings, and the flag."""
    parser.addini(_SLOTS, "how many worker processes the cluster of maze_cluster has", default="2")
    parser.addini(_TIMEOUT, "seconds that a notebook of maze_run may take", default="600")
    parser.getgroup("maze").addoption(
        "--maze-cluster",
        action="store_true",
        help="have one cluster from the start, which notebooks that nbval runs use too",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Have the cluster from the start, if that was asked for."""
    with contextlib.ExitStack() as stack:
        config = session.config
        if config.getoption("--maze-cluster") and not config.getoption("collectonly"):
            import tempfile

            home = stack.enter_context(tempfile.TemporaryDirectory(prefix="maze-home-"))
            config.stash[_SHARED] = stack.enter_context(_cluster(config, Path(home)))
        return (yield)


@pytest.fixture(scope="session")
def maze_cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MazeCluster]:
    """Give a cluster on this machine for the whole session, with a MAZE_HOME of its own.

    From its first use to the end of the session, ``MaClient()`` finds it, here and in the kernels
    of notebooks. It has ``address``, ``home`` and ``client()``.
    """
    shared = request.config.stash.get(_SHARED, None)
    if shared is not None:
        yield shared
        return
    with _cluster(request.config, tmp_path_factory.mktemp("maze-home")) as cluster:
        yield cluster


@pytest.fixture
def maze_run(
    request: pytest.FixtureRequest,
    maze_cluster: MazeCluster,  # noqa: ARG001  # the notebooks find it
    tmp_path_factory: pytest.TempPathFactory,
) -> MazeRun:
    """Run notebooks as ``maze-nb run`` does: ``maze_run("nb.ipynb", alpha=0.5)``.

    The notebook is looked for beside the test, then in the root of the tests. The test fails with
    the cell that failed; what comes back has ``state``, ``records``, ``run_ids`` and ``output``.
    """
    from maze_nb.testing.notebook_run import MazeRun

    places = (request.path.parent, request.config.rootpath, request.config.invocation_params.dir)
    folder = tmp_path_factory.mktemp("maze-run")
    return MazeRun(places, folder, _number(request.config, _TIMEOUT))


def _cluster(config: pytest.Config, home: Path) -> contextlib.AbstractContextManager[MazeCluster]:
    from maze_nb.testing.cluster import local_cluster

    return local_cluster(home, int(_number(config, _SLOTS)))


def _number(config: pytest.Config, name: str) -> float:
    """Return a setting that has to be a number above 0."""
    text = str(config.getini(name))
    try:
        number = float(text)
    except ValueError:
        number = 0
    if number <= 0 or (name == _SLOTS and number != int(number)):
        whole = "whole number" if name == _SLOTS else "number"
        raise pytest.UsageError(f"the setting {name} is {text!r}; it has to be a {whole} above 0")
    return number
