"""Where runs are started: which notebook or script this is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NOTEBOOK_VARIABLE = "JPY_SESSION_NAME"
"""By this Jupyter's server tells a kernel which notebook it belongs to."""


def notebook_name() -> str:
    """Return the name of this notebook's file without its ending; empty if it is not known."""
    notebook = Path(os.environ.get(NOTEBOOK_VARIABLE, ""))
    return notebook.stem if notebook.suffix == ".ipynb" else ""


def origin() -> str:
    """Return the path of this notebook or script, or the working directory if neither is known."""
    notebook = os.environ.get(NOTEBOOK_VARIABLE)
    if notebook:
        return notebook
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if main and "ipykernel" not in Path(main).parts and Path(main).stem != "ipykernel_launcher":
        return str(Path(main).absolute())
    return str(Path.cwd())
