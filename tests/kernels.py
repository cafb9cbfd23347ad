"""Notebooks that are run in kernels of their own."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient


def notebook_of(*cells: str) -> nbformat.NotebookNode:
    """Return a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "python3", "language": "python"}
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def client_of(notebook: nbformat.NotebookNode, folder: Path | None = None) -> NotebookClient:
    """Return what runs a notebook, in a folder if one is given."""
    resources = {} if folder is None else {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=90, kernel_name="python3", resources=resources)


def text_of(cell: nbformat.NotebookNode) -> str:
    """Return what a cell printed, raised and showed, as text."""
    shown = [output.get("text", "") for output in cell.outputs]
    shown += ["\n".join(output.get("traceback", ())) for output in cell.outputs]
    shown += [output["data"].get("text/plain", "") for output in cell.outputs if "data" in output]
    return "\n".join(shown)
