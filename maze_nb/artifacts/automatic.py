"""The outputs that every task has without declaring them: the files that it leaves behind."""

from __future__ import annotations

ARTIFACTS = "artifacts"
"""A dict of all files that a task left: :class:`~maze_nb.artifacts.artifact.Artifact` by name."""
ARCHIVES = {
    "final_model_archive_url": "final_model",
    "final_lora_archive_url": "final_lora",
}
"""By output: the folder that is packed; the output is the URL of the archive, a text."""
AUTOMATIC = (ARTIFACTS, *ARCHIVES)
"""All of them; they are made only for tasks of which somebody reads them."""
PACKED = tuple(ARCHIVES.values())
"""The folders that are packed, whether somebody reads of it or not."""
SUFFIX = ".tar.gz"


def archive_name(folder: str) -> str:
    """Return the name of the archive that a folder is packed to, beside it.

    Examples
    --------
    >>> archive_name("final_model")
    'final_model.tar.gz'
    """
    return f"{folder}{SUFFIX}"
