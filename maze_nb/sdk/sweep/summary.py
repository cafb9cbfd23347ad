"""The files that sum up a sweep: a CSV file and a notebook."""

from __future__ import annotations

import base64
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.sdk.sweep.folder import SUMMARY, TABLE
from maze_nb.sdk.sweep.result import Sweep

_TABLE = "from maze_nb.sdk.sweep.result import Sweep\n\nsweep = Sweep('.')\nsweep"
_PLOT = "%matplotlib inline\nsweep.plot()"


def write_summary(sweep: Sweep) -> tuple[Path, Path]:
    """Write what came of a sweep into its folder; return the notebook and the CSV file."""
    table = sweep.folder.write(TABLE, sweep.to_csv().encode())
    return sweep.folder.write(SUMMARY, _notebook(sweep).encode()), table


def _notebook(sweep: Sweep) -> str:
    """Return the summary as a notebook that shows the table and a plot, and can be run again."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    shown = {"text/html": sweep._repr_html_(), "text/plain": repr(sweep)}
    cells = [
        new_markdown_cell(_about(sweep)),
        new_code_cell(
            _TABLE,
            execution_count=1,
            outputs=[new_output("execute_result", shown, execution_count=1)],
        ),
    ]
    # No plot without matplotlib, nor without numbers.
    with suppress(MazeError):
        picture = {"image/png": _png(sweep.plot()), "text/plain": "<Figure>"}
        cells.append(
            new_code_cell(
                _PLOT,
                execution_count=2,
                outputs=[new_output("execute_result", picture, execution_count=2)],
            )
        )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return str(nbformat.writes(new_notebook(cells=cells, metadata={"kernelspec": kernel})))


def _about(sweep: Sweep) -> str:
    plan = sweep.plan
    fixed = "".join(f"\n- `{name}`: `{value!r}` in all" for name, value in plan.fixed.items())
    axes = "".join(f"\n- `{name}`: {len(values):,} values" for name, values in plan.axes.items())
    links = "".join(
        f"\n- [{row.label}](<{row.notebook}>): {row.error or row.status}"
        for row in sweep.failed[:50]
        if row.notebook
    )
    left = f"\n\nThose that did not succeed:\n{links}" if links else ""
    return f"# {plan.name}\n\n`{plan.notebook}`: {sweep.text}.\n{axes}{fixed}{left}"


def _png(figure: Any) -> str:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=100)
    return base64.b64encode(held.getvalue()).decode()
