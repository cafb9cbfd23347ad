"""Hands large values, modules and input files over to the scheduler, each of them once."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from maze_nb.errors import InputError, MazeError, ResultLostError
from maze_nb.sdk.caller import Caller
from maze_nb.wire.blobs import FILES, MODULES, PIECE, BlobFolder


class Handover:
    """Sends to one scheduler what it lacks.

    Where the scheduler's folder is in sight, files are put there directly: nothing is to be done
    for those that are in it already, as is so with one home on one machine.

    Parameters
    ----------
    caller
        Calls the scheduler.

    Attributes
    ----------
    sent
        How many bytes of which file left this process for the scheduler, in order.
    """

    def __init__(self, caller: Caller) -> None:
        self.sent: list[tuple[str, int]] = []
        self._caller = caller
        self._here = BlobFolder()

    def hand_over(self, names: Sequence[str], files: Mapping[str, Path] | None = None) -> None:
        """Have the scheduler keep these files.

        Parameters
        ----------
        files
            Where those of the user are, by name.

        Raises
        ------
        InputError
            If one of the user's files is something else by now.
        MazeError
            If one that it lacks is not here any more either.
        """
        if not names:
            return
        told = self._caller.call("maze_lacks", names=list(names))
        if not told["missing"]:
            return
        is_in_sight = Path(told["sign"]).exists()
        for name in told["missing"]:
            source = (files or {}).get(name) or self._here.path(name)
            if not source.exists():
                raise _not_kept(name, source)
            try:
                if not is_in_sight or not self._put(name, source, Path(told["root"])):
                    self._upload(name, source)
            except ResultLostError as error:
                raise _changed(name, source, error) from error

    def _put(self, name: str, source: Path, root: Path) -> bool:
        try:
            if name.startswith(f"{FILES}/"):
                # No second name for a file that its owner may write to.
                with BlobFolder(root).receive(name) as draft:
                    shutil.copyfile(source, draft)
            else:
                BlobFolder(root).take(name, source)
        except OSError:
            return False
        return True

    def _upload(self, name: str, source: Path) -> None:
        upload, offset, size = uuid.uuid4().hex, 0, source.stat().st_size
        with source.open("rb") as file:
            while True:
                data = file.read(min(PIECE, size - offset))
                if not data and offset < size:
                    raise ResultLostError(f"{source} was cut short")
                self._caller.call(
                    "maze_take_piece",
                    name=name, upload=upload, offset=offset, data=data, size=size,
                )  # fmt: skip
                self.sent.append((name, len(data)))
                offset += len(data)
                if offset >= size:
                    return


def _changed(name: str, source: Path, error: ResultLostError) -> MazeError:
    if not name.startswith(f"{FILES}/"):
        return error
    return InputError(
        f"the input file {source} was changed while it was sent: run the workflow again once it is "
        f"written"
    )


def _not_kept(name: str, source: Path) -> MazeError:
    if name.startswith(f"{FILES}/"):
        return InputError(f"the input file {source} was removed before it was sent")
    if name.startswith(f"{MODULES}/"):
        return MazeError(f"the file {source} with local modules is gone: run the workflow again")
    return MazeError(
        f"a large value that a task reads is not kept any more, as its file {source} is gone: run "
        f"the cells again that read it, which takes the value along anew"
    )
