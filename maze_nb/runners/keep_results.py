"""A task that puts what another made into a folder, beside the run store."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SUMMARY = "responses.json"


def keep_results(outputs: Mapping[str, Any], folder: str) -> str:
    """Write the outputs of a task as JSON into a folder, and copy the files among them there.

    Parameters
    ----------
    outputs
        What the task made, by name. What JSON does not have is told by its ``repr``.

    Returns
    -------
    str
        The path of the JSON file.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    told = {name: _kept(value, place) for name, value in outputs.items()}
    summary = place / SUMMARY
    summary.write_text(json.dumps(told, indent=2, default=repr), encoding="utf-8")
    return str(summary)


def _kept(value: Any, place: Path) -> Any:
    """Copy a file, or a list of them, to a place; return what is to be said of it there."""
    if isinstance(value, list) and value and all(isinstance(each, os.PathLike) for each in value):
        return [_kept(each, place) for each in value]
    if not isinstance(value, os.PathLike):
        return value
    source = Path(value)
    target = place / source.name
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
    return str(target)
