"""What a wheel built from this checkout holds."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from maze_nb.version import __version__

ROOT = Path(__file__).parents[3]
DATA = f"maze_nb-{__version__}.data/data"
MOST_GZIPPED = 600_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_content(wheel):
    assert wheel.name == f"maze_nb-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entries = archive.read(f"maze_nb-{__version__}.dist-info/entry_points.txt").decode()
    assert len(names) == len(set(names))
    for needed in (
        "maze_nb/__init__.py",
        "maze_nb/py.typed",
        "maze_nb/batch/quickstart.ipynb",
        "maze_nb/widgets/static/view.js",
        f"{DATA}/share/jupyter/labextensions/maze-nb/package.json",
        f"{DATA}/share/jupyter/labextensions/maze-nb/install.json",
        f"{DATA}/share/jupyter/labextensions/maze-nb/schemas/maze-nb/plugin.json",
        f"{DATA}/etc/jupyter/jupyter_server_config.d/maze_nb.json",
        f"maze_nb-{__version__}.dist-info/licenses/LICENSE",
    ):
        assert needed in names
    elsewhere = ("tests/", "extension/", "maze_nb/labextension/")
    assert not [name for name in names if name.startswith(elsewhere)]
    assert len([name for name in names if "remoteEntry" in name]) == 1
    for line in (
        "maze-nb = maze_nb.cli.main:main",
        "dask-worker = maze_nb.cli.dask_worker:main",
        "maze = maze_nb.cli.main:main",
    ):
        assert line in entries


def test_all_that_a_browser_loads_is_small(wheel):
    with zipfile.ZipFile(wheel) as archive:
        scripts = [name for name in archive.namelist() if name.endswith(".js")]
        sizes = {name: len(gzip.compress(archive.read(name))) for name in scripts}
    assert len(sizes) >= 3
    assert sum(sizes.values()) < MOST_GZIPPED, sizes
