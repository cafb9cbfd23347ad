"""The names of the folders of runs and tasks, and of our own files in them."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

SUMMARY = "responses.json"
LOG = "stdout.log"
MANIFEST = "manifest.json"
VALUE_SUFFIX = ".value"
DISPLAY_SUFFIX = ".display"
COMMAND_WORK = ".work-"
CONTAINER_WORK = ".container-"
NOTEBOOK_WORK = ".notebook-"
WORK_PREFIXES = (COMMAND_WORK, CONTAINER_WORK, NOTEBOOK_WORK)
"""How the names of folders begin that a task has only while it runs."""
_LONGEST = 120


def file_name(text: str) -> str:
    """Return a safe file name for a text, the text itself if it is one; others get others."""
    quoted = quote(text, safe="", errors="surrogatepass")
    if len(quoted) > _LONGEST:
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
        return f"{quoted[:_LONGEST]}~{digest}"
    return quoted if quoted.strip(".") else "%2E" * len(quoted) or "%"


def is_ours(name: str) -> bool:
    """Return whether something in the folder of a task is ours by its name, not the task's."""
    is_half_written = name.startswith(".") and name.endswith((".tmp", ".part"))
    return (
        name in (SUMMARY, LOG, MANIFEST)
        or name.endswith((VALUE_SUFFIX, DISPLAY_SUFFIX))
        or name.startswith(WORK_PREFIXES)
        or is_half_written
    )
