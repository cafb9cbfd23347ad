"""A process of its own that loads one value and says what there is to see of it.

So what a value does when it is unpickled or looked at cannot harm whoever asks.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from pathlib import Path
from typing import Any

import msgspec

MEMORY = 4 * 2**30
"""The bytes that such a process may allocate."""


class Wanted(msgspec.Struct, frozen=True):
    """Which value: its pickle, or the file that has it, or else an output of a run.

    ``address`` is the scheduler that is asked for an output of a run, empty to do without;
    ``path`` has folders in which modules are looked for after all others.
    """

    pickled: bytes | None = None
    file: str = ""
    digest: str = ""
    address: str = ""
    run_id: str = ""
    task_id: str = ""
    output: str = ""
    path: tuple[str, ...] = ()


def main() -> None:
    """Read a `Wanted` from the standard input, and write the preview to the standard output."""
    wanted = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Wanted)
    # What the value prints is not to stand in the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    sys.path += [folder for folder in wanted.path if folder not in sys.path]
    answer.write(msgspec.json.encode(_preview(wanted)))
    answer.flush()
    # What it may have started, such as threads, is not waited for.
    os._exit(0)


def _preview(wanted: Wanted) -> dict[str, Any]:
    from maze_nb.sdk.preview_format import preview_of

    try:
        value = _load(wanted)
    except BaseException as error:  # noqa: BLE001 - unpickling runs the user's own code
        said = f"{type(error).__name__}: {error}"[:1000]
        return {"error": f"it cannot be loaded here: {said}"}
    return preview_of(value)


def _load(wanted: Wanted) -> Any:
    if wanted.pickled is not None:
        from maze_nb.wire.code import load_value

        return load_value(wanted.pickled)
    if wanted.file:
        from maze_nb.wire.value_file import load_once, read_value

        return load_once(read_value(Path(wanted.file), wanted.digest))
    from maze_nb.sdk.client import MaClient

    client = MaClient(wanted.address) if wanted.address else MaClient(offline=True)
    with contextlib.closing(client):
        return client.get_run(wanted.run_id).outputs(wanted.task_id, timeout=0)[wanted.output]


if __name__ == "__main__":
    main()
