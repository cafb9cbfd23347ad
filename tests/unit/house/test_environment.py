"""environment.yml and pyproject.toml ask for the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
# What conda calls otherwise than PyPI does.
CONDA_NAMES = {
    "dask-core": "dask",
    "docker-py": "docker",
    "moto": "moto[s3]",
}
# Conda provides these beside what pip needs; PyPI knows them not.
CONDA_ONLY = {"python", "nodejs", "pip"}


def wanted_by_pyproject() -> tuple[set[str], str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {*project["dependencies"], *extras["demo"], *extras["test"]}
    return {entry.lower() for entry in wanted}, project["requires-python"]


def wanted_by_environment() -> tuple[set[str], str]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    from_pip = [name for entry in entries if isinstance(entry, dict) for name in entry["pip"]]
    split = [
        re.fullmatch(r"([\w-]+)(.*)", entry.lower()).groups()
        for entry in [*from_pip, *(entry for entry in entries if isinstance(entry, str))]
    ]
    (python,) = [version for name, version in split if name == "python"]
    packages = {
        CONDA_NAMES.get(name, name) + version for name, version in split if name not in CONDA_ONLY
    }
    return packages, python


def test_in_step():
    packages, python = wanted_by_pyproject()
    assert wanted_by_environment() == (packages, python)


def test_demo_is_part_of_test():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert set(extras["demo"]) <= set(extras["test"])
