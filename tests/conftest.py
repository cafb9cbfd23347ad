"""What holds for every test: nothing of the caller's surroundings decides where work is done."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Dask reads its settings from the environment when it is imported, so this cannot be a fixture.
for _name in [*os.environ]:
    if _name.startswith(("DASK_", "MAZE_")):
        del os.environ[_name]

os.environ["MAZE_HOME"] = tempfile.mkdtemp(prefix="maze-home-")
atexit.register(shutil.rmtree, os.environ["MAZE_HOME"], ignore_errors=True)
