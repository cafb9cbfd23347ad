"""The folders that tasks have in a folder for results, and the names of files in them."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path
from urllib.parse import quote

SUMMARY = "responses.json"
LOG = "log.txt"
VALUE_SUFFIX = ".value"
_LONGEST = 120


def run_folder(results_dir: str | Path, run_id: str) -> Path:
    """Return the folder of a run."""
    return Path(results_dir, file_name(run_id))


def task_folder(results_dir: str | Path, run_id: str, task_id: str) -> Path:
    """Return the folder of a task."""
    return Path(results_dir, file_name(run_id), file_name(task_id))


def value_file_name(output: str, attempt: int) -> str:
    """Return a name that no file has, for an output that an attempt made."""
    return f"{file_name(output)}-{attempt}-{uuid.uuid4().hex[:8]}{VALUE_SUFFIX}"


def files_left(folder: Path, most: int) -> list[str]:
    """Return the names of files that a task itself left in its folder, at most so many."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        inside = Path(place).relative_to(folder)
        own = set(filter(_is_ours, names)) if place == str(folder) else set()
        found += [str(inside / name) for name in sorted(names) if name not in own]
        if len(found) >= most:
            break
    return found[:most]


def file_name(text: str) -> str:
    """Return a safe file name for a text, the text itself if it is one; others get others."""
    quoted = quote(text, safe="", errors="surrogatepass")
    if len(quoted) > _LONGEST:
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
        return f"{quoted[:_LONGEST]}~{digest}"
    return quoted if quoted.strip(".") else "%2E" * len(quoted) or "%"


def _is_ours(name: str) -> bool:
    is_half_written = name.startswith(".") and name.endswith(".tmp")
    return name in (SUMMARY, LOG) or name.endswith(VALUE_SUFFIX) or is_half_written
