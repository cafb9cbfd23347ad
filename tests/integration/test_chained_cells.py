"""Task cells that do not block and read from each other, submitted as fast as a kernel can."""

from __future__ import annotations

import re
import time

import nbformat
from nbclient import NotebookClient

ROUNDS = 4

# Names of cells, with what each makes of what others made.
SHAPES = {
    "three": {"a": "seed", "b": "a + 1", "c": "b + 1"},
    "six": {
        "a": "seed", "b": "a + 1", "c": "b + 1", "d": "c + 1", "e": "d + 1", "f": "e + 1",
    },
    "diamond": {"a": "seed", "b": "a + 1", "c": "a + 2", "d": "b + c - seed"},
    "reads all before it": {"a": "seed", "b": "a + 1", "c": "a + b - seed", "d": "a + b + c"},
}  # fmt: skip


def cells_of(title: str, number: int) -> list[str]:
    """Return the cells of a round: nothing of it was ever made before."""
    # No shape has names of another, as all are in one notebook.
    end = "_" + title.replace(" ", "_")
    shape = {
        name + end: re.sub(r"\b(seed|[a-f])\b", rf"\g<0>{end}", made)
        for name, made in SHAPES[title].items()
    }
    last, seed = list(shape)[-1], f"seed{end}"
    cells = [f"{seed} = {time.time_ns() + number}"]
    cells += [f"%%maze_task {name} --run\n{name} = {made}" for name, made in shape.items()]
    plain = "; ".join(f"{name} = {made}" for name, made in shape.items())
    cells.append(f"made = {last}")
    cells.append(
        f"found = {{{seed!r}: {seed}}}\nexec({plain!r}, found)\n"
        f"assert made == found[{last!r}], made"
    )
    return cells


def test_cells_that_read_from_each_other_are_all_computed() -> None:
    cells = ["%load_ext maze_nb"]
    for title in SHAPES:
        for number in range(ROUNDS):
            cells += cells_of(title, number)
    kernel = {"name": "python3", "display_name": "python3", "language": "python"}
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": kernel},
    )
    NotebookClient(made, timeout=30, kernel_name="python3").execute()
