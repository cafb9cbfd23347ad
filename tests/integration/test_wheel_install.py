"""The built wheel in a fresh environment without Node: JupyterLab and Jupyter Server know it."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(command: list[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd="/", env=env, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Give an environment with the wheel in it, and variables with which Node cannot be found."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=ROOT, check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    (wheel,) = (folder / "dist").glob("*.whl")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")])
    python = folder / "env/bin/python"
    run([sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps",
         "--no-index", str(wheel)])  # fmt: skip
    _borrow(python)
    env = {"PATH": f"{python.parent}:/nowhere", "HOME": str(folder), "NO_COLOR": "1"}
    return python, env


def _borrow(python: Path) -> None:
    """Let an environment use the packages of this one, but not what is installed editable in it."""
    own = run([str(python), "-c", "import site; print(site.getsitepackages()[0])"]).strip()
    (Path(own) / "borrowed.pth").write_text("\n".join(_site_packages()) + "\n")


def _site_packages() -> list[str]:
    return [path for path in site.getsitepackages() if os.path.isdir(path)]


def test_the_wheel_is_what_is_imported(fresh: tuple[Path, dict[str, str]]) -> None:
    python, env = fresh
    where = run([str(python), "-c", "import maze_nb; print(maze_nb.__file__)"], env)
    assert where.startswith(str(python.parents[1]))


def test_no_node_is_to_be_found(fresh: tuple[Path, dict[str, str]]) -> None:
    python, env = fresh
    asked = "import shutil; print(shutil.which('node'), shutil.which('npm'))"
    assert run([str(python), "-c", asked], env).strip() == "None None"


def test_jupyterlab_has_the_extension_enabled(fresh: tuple[Path, dict[str, str]]) -> None:
    python, env = fresh
    listed = run([str(python), "-m", "jupyterlab.labextensions", "list"], env)
    (line,) = [line for line in listed.splitlines() if "maze-nb" in line]
    plain = line.replace("\x1b[32m", "").replace("\x1b[0m", "")
    assert "enabled OK (python, maze-nb)" in plain


def test_jupyter_server_has_the_extension_enabled(fresh: tuple[Path, dict[str, str]]) -> None:
    python, env = fresh
    listed = run([str(python), "-m", "jupyter_server.extension.serverextension", "list"], env)
    plain = listed.replace("\x1b[32m", "").replace("\x1b[0m", "")
    words = plain.split()
    at = words.index("maze_nb.server")
    assert words[at + 1] == "enabled"
    assert "maze_nb.server OK" in " ".join(words)
