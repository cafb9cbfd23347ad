"""Time of ``import maze_nb`` against ``import distributed``, each in fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys

_CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def import_seconds(module: str, repeats: int = 7) -> float:
    """Return the median seconds that importing a module takes."""
    found = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-c", _CODE.format(module)],
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(float(done.stdout))
    return statistics.median(found)


def main() -> None:
    """Print the ratio."""
    import_seconds("maze_nb", 1)
    dask, maze = import_seconds("distributed"), import_seconds("maze_nb")
    print(
        f"import distributed {dask:.3f} s   import maze_nb {maze:.3f} s   ratio {maze / dask:.2f}; "
        f"promised at most 1.30: {'kept' if maze <= 1.3 * dask else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
