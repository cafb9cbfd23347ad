"""IPython shells with the magics, whose cells are run by tests."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from maze_nb.magics import load_ipython_extension
from maze_nb.magics.session import Session


@contextmanager
def maze_shell(folder: Path) -> Iterator[InteractiveShell]:
    """Start a shell whose own files are in a folder; end it with its connection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder))
        config = Config()
        config.HistoryManager.enabled = False
        shell = InteractiveShell.instance(config=config)
        load_ipython_extension(shell)
        # A shell collects garbage as it ends: among what this test made is enough.
        gc.freeze()
        try:
            yield shell
        finally:
            clients = session_of(shell).clients
            if not clients.is_offline:
                clients.connected.close()
            shell.restore_sys_module_state()
            atexit.unregister(shell.atexit_operations)
            shell.atexit_operations()
            InteractiveShell.clear_instance()
            gc.unfreeze()


def session_of(shell: InteractiveShell) -> Session:
    """Return the state of the magics of a shell."""
    session: Session = shell.magics_manager.registry["MazeMagics"].session
    return session


class Cells:
    """Runs cells in a shell, and gives back what they printed."""

    def __init__(self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell = shell
        self._capsys = capsys

    @property
    def session(self) -> Session:
        return session_of(self.shell)

    def run(self, source: str, *, fails: bool = False) -> str:
        """Run a cell and return what it printed; it has to fail, or not to."""
        found = self.shell.run_cell(source)
        printed = self._capsys.readouterr().out
        assert found.success is not fails, printed
        return printed
