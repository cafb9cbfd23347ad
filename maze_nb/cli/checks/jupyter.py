"""Checks what Jupyter has of Maze: the JupyterLab extension, the server extension, a kernel."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maze_nb.cli.checks.finding import Finding, Surroundings, fault, note, ok
from maze_nb.version import __version__

_NAME = "maze-nb"
_SERVER = "maze_nb.server"
_LAB_SUBJECT = "JupyterLab extension"
_SERVER_SUBJECT = "server extension"
_KERNEL_SUBJECT = "kernel"
_KERNEL = "python3"
_AGAIN = (
    "install maze-nb in the environment that JupyterLab runs in: "
    "pip install --force-reinstall --no-deps maze-nb (in a checkout: make install)"
)


def check_lab_extension(_surroundings: Surroundings) -> Iterator[Finding]:
    """Look for the extension in the places where JupyterLab looks for it."""
    from jupyter_core.paths import jupyter_path

    package = next(
        (
            file
            for folder in jupyter_path("labextensions")
            if (file := Path(folder) / _NAME / "package.json").is_file()
        ),
        None,
    )
    if package is None:
        yield fault(_LAB_SUBJECT, "is not where JupyterLab looks for it", _AGAIN)
        return
    try:
        version = str(json.loads(package.read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield fault(_LAB_SUBJECT, f"{package} cannot be read ({error!r})", _AGAIN)
        return
    if _is_disabled():
        yield note(_LAB_SUBJECT, "is disabled", f"jupyter labextension enable {_NAME}")
    elif version != __version__:
        text = f"is of version {version}, and maze_nb is {__version__}"
        yield fault(_LAB_SUBJECT, text, _AGAIN)
    else:
        yield ok(_LAB_SUBJECT, f"{version}, {package.parent}")


def check_server_extension(_surroundings: Surroundings) -> Iterator[Finding]:
    """Look whether Jupyter Server is told of the extension, and can load it."""
    from importlib import import_module

    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    # Jupyter's own managers are not annotated.
    manager: Any = ExtensionConfigManager(read_config_path=jupyter_config_path())
    is_enabled = manager.get_jpserver_extensions().get(_SERVER)
    if is_enabled is None:
        yield fault(_SERVER_SUBJECT, "Jupyter Server is not told of it", _AGAIN)
        return
    if not is_enabled:
        yield note(_SERVER_SUBJECT, "is disabled", f"jupyter server extension enable {_SERVER}")
        return
    try:
        import_module(f"{_SERVER}.app")
    except ImportError as error:
        yield fault(_SERVER_SUBJECT, f"cannot be imported ({error})", _AGAIN)
        return
    yield ok(_SERVER_SUBJECT, "enabled")


def check_kernel(_surroundings: Surroundings) -> Iterator[Finding]:
    """Look for the kernel that notebooks ask for, and which Python it is."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    how = f"{sys.executable} -m ipykernel install --sys-prefix"
    try:
        spec: Any = KernelSpecManager().get_kernel_spec(_KERNEL)
    except NoSuchKernel:
        yield fault(_KERNEL_SUBJECT, f"there is none of the name {_KERNEL}", how)
        return
    program = spec.argv[0] if spec.argv else ""
    if Path(program).is_absolute() and not Path(program).exists():
        yield fault(
            _KERNEL_SUBJECT, f"{_KERNEL} ({spec.resource_dir}) names {program}, which is gone", how
        )
    elif Path(program).is_absolute() and Path(program).parent != Path(sys.executable).parent:
        yield note(
            _KERNEL_SUBJECT,
            f"{_KERNEL} is the Python {program}, and this is {sys.executable}: notebooks run there",
            f"install maze-nb there too, or: {how}",
        )
    else:
        yield ok(_KERNEL_SUBJECT, f"{_KERNEL}, {spec.resource_dir}")


def _is_disabled() -> bool:
    """Say whether JupyterLab is told to leave the extension out."""
    from jupyter_core.paths import jupyter_config_path

    # The folders that count most come first.
    for folder in jupyter_config_path():
        try:
            told = json.loads((Path(folder) / "labconfig/page_config.json").read_bytes())
            disabled = told["disabledExtensions"]
            if isinstance(disabled, list):
                disabled = dict.fromkeys(disabled, True)
            if _NAME in disabled:
                return bool(disabled[_NAME])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return False
