"""Where the quickstart notebook is: in the installed package, or in the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

NAME = "01_quickstart"


@contextmanager
def quickstart() -> Iterator[Path]:
    """Yield the path of the quickstart notebook for as long as the context lasts."""
    packaged = files("maze_nb.batch").joinpath("quickstart.ipynb")
    if packaged.is_file():
        with as_file(packaged) as path:
            yield path
    else:
        yield Path(__file__).parents[2] / "notebooks" / f"{NAME}.ipynb"
