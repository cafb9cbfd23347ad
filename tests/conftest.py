"""What holds for every test: nothing of the caller's surroundings decides where work is done."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile

from hypothesis import HealthCheck, settings

from tests.containers import container_engine, podman  # noqa: F401

# Dask reads its settings from the environment when it is imported, so this cannot be a fixture.
# By the last two pytest, which tests run too, knows continuous integration and tells more.
for _name in [*os.environ]:
    if _name.startswith(("DASK_", "MAZE_")) or _name in {"CI", "BUILD_NUMBER"}:
        del os.environ[_name]

# A shell starts what it leaves in the background deaf to SIGINT, which programs hand down.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["MAZE_HOME"] = tempfile.mkdtemp(prefix="maze-home-")
atexit.register(shutil.rmtree, os.environ["MAZE_HOME"], ignore_errors=True)

# A machine that is busy with other tests is slow to make examples.
settings.register_profile("maze", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("maze")
