"""What a wheel built from this checkout holds."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from maze_nb.version import __version__

ROOT = Path(__file__).parents[3]


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
        f"maze_nb-{__version__}.dist-info/licenses/LICENSE",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "extension/"))]
    for line in (
        "maze-nb = maze_nb.cli.main:main",
        "dask-worker = maze_nb.cli.dask_worker:main",
        "maze = maze_nb.cli.main:main",
    ):
        assert line in entries
