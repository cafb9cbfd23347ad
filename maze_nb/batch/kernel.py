"""The kernel of a notebook, and what it writes to its standard error."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from jupyter_client.manager import AsyncKernelManager

_PATIENCE_SECONDS = 5.0
_OF_ITS_END = re.compile(
    rb"^\[IPKernelApp\] .*\n?"
    rb"(?:Traceback \(most recent call last\):\n(?:[ \t].*\n)*\S.*\n?)?",
    re.MULTILINE,
)
"""A line of the kernel's own log, with its traceback if it has one."""


class KernelErrors:
    """Passes on what a kernel writes to its standard error.

    From the moment the kernel is told to end it is held back until the context is left, and
    dropped if that is by an interrupt: a kernel that ends while its cell still does reports an
    error of its own, which says nothing of the notebook. What the kernel's own log says then is
    always dropped: it is interrupted before it ends, and reports that too.
    """

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._held: list[bytes] | None = None
        self._pump = threading.Thread(target=self._pass_on, name="kernel-errors", daemon=True)

    @classmethod
    @contextmanager
    def passed_on(cls) -> Iterator[Self]:
        """Give one that passes on what is written for as long as the context lasts."""
        made = cls()
        made._pump.start()
        is_interrupted = False
        try:
            yield made
        except KeyboardInterrupt:
            is_interrupted = True
            raise
        finally:
            os.close(made.write_end)
            # What the kernel started may hold the pipe for longer than the kernel lived.
            made._pump.join(_PATIENCE_SECONDS)
            if made._held and not is_interrupted:
                _write(_OF_ITS_END.sub(b"", b"".join(made._held)))

    def hold(self) -> None:
        """Hold back what comes from now on."""
        if self._held is None:
            self._held = []

    def manager_class(self) -> type[AsyncKernelManager]:
        """Return the class of a manager whose kernel writes its errors here."""
        errors = self

        class Manager(AsyncKernelManager):
            async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
                await super().start_kernel(**{"stderr": errors.write_end, **options})

            async def shutdown_kernel(  # type: ignore[override]
                self, now: bool = False, restart: bool = False
            ) -> None:
                errors.hold()
                await super().shutdown_kernel(now, restart)

        return Manager

    def _pass_on(self) -> None:
        with os.fdopen(self._read_end, "rb", buffering=0) as pipe:
            while said := pipe.read(65_536):
                if self._held is None:
                    _write(said)
                else:
                    self._held.append(said)


def _write(said: bytes) -> None:
    sys.stderr.write(said.decode(errors="replace"))
    sys.stderr.flush()
