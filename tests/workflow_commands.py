"""Workflow files, and the commands that run them."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from tests.typed import typed


def write(folder: Path, text: str, name: str = "flow.yaml") -> Path:
    file = folder / name
    file.write_text(textwrap.dedent(text))
    return file


def maze_nb(*words: str, cwd: Path, code: int = 0) -> str:
    """Run the command from a folder with none of the files in it."""
    done = typed(*words, folder=cwd)
    assert done.code == code, f"{done.code}\n{done.output}\n{done.errors}"
    assert "Traceback" not in done.errors
    return done.output if code in (0, 1) else done.errors


def submit(file: Path, address: str, *words: str, code: int = 0) -> dict[str, Any]:
    elsewhere = file.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    told = maze_nb(
        "submit", str(file), "--address", address, "--json", *words, cwd=elsewhere, code=code
    )
    found: dict[str, Any] = json.loads(told)
    return found
