"""Where notebooks are read from and written to: files here, or what papermill has a handler for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from papermill.iorw import HttpHandler, LocalHandler, papermill_io

from maze_nb.errors import InputError, MazeError

Place = str | Path
"""A path, or a URL as text."""

_EXTRAS = {"s3": "s3"}
_SECONDS = 30.0


def is_remote(place: Place) -> bool:
    """Whether something is named by a URL."""
    return isinstance(place, str) and "://" in place


def name_of(place: Place) -> str:
    """Return the name of the file at a place."""
    if is_remote(place):
        return PurePosixPath(urlsplit(str(place)).path).name
    return Path(place).name


def resolved(place: Place) -> str:
    """Return a place so that it means the same from any folder."""
    return str(place) if is_remote(place) else str(Path(place).resolve())


def filled_in(place: Place, parameters: Mapping[str, Any]) -> str:
    """Return a place with the values of parameters in it, as ``out/{alpha}.ipynb`` asks for.

    Raises
    ------
    InputError
        If it names a parameter that has no value.
    """
    from papermill.exceptions import PapermillMissingParameterException
    from papermill.parameterize import add_builtin_parameters, parameterize_path

    try:
        return str(parameterize_path(str(place), add_builtin_parameters(parameters)))
    except (PapermillMissingParameterException, ValueError, IndexError) as error:
        raise InputError(
            f"{place} cannot be filled in: {error}; it can have the names of parameters that are "
            "given, in braces"
        ) from error


def literally(place: str) -> str:
    """Return a place so that papermill, which fills it in, leaves it as it is."""
    return place.replace("{", "{{").replace("}", "}}")


def read_notebook(place: Place) -> Any:
    """Return the notebook at a place.

    Raises
    ------
    MazeError
        If it is not there, cannot be had, or is not a notebook.
    """
    import nbformat

    text = read_text(place)
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise MazeError(f"{place} is not a notebook that can be read: {reason}") from error
    return notebook


def read_text(place: Place) -> str:
    """Return the text at a place.

    Raises
    ------
    MazeError
        If it is not there, or cannot be had.
    UnicodeDecodeError
        If it is no text.
    """
    with explained(place):
        handler = papermill_io.get_handler(str(place))
        found = _answer(str(place)) if handler is HttpHandler else handler.read(str(place))
    return found.decode("utf-8") if isinstance(found, bytes) else str(found)


def _answer(url: str) -> bytes:
    """Return what a web server has; papermill takes the page that says it has nothing for it."""
    import requests

    answer = requests.get(url, headers={"Accept": "application/json, */*"}, timeout=_SECONDS)
    if not answer.ok:
        told = f"{answer.status_code} {answer.reason or ''}".strip()
        raise MazeError(f"{url} cannot be read: the server answers {told}; check the URL")
    return answer.content


def refuse_unwritable(place: Place, what: str) -> None:
    """Raise ``InputError`` if a file here cannot be written; nothing of the trial is left.

    Parameters
    ----------
    what
        Names the file in the error.
    """
    if is_remote(place):
        return
    path = Path(place).resolve()
    if path.is_dir():
        raise InputError(f"{what} {place} is a folder: name a file in it")
    missing = [each for each in path.parents if not os.path.lexists(each)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
        if path.exists():
            path.open("ab").close()
    except OSError as error:
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a folder of its path is a file" if is_file else error.strerror or error
        raise InputError(
            f"{what} {place} cannot be written: {reason}; name another place"
        ) from error
    finally:
        for each in missing:
            with suppress(OSError):
                each.rmdir()


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Say of a place what is wrong if it cannot be read from or written to in here."""
    from papermill.exceptions import (
        PapermillException,
        PapermillExecutionError,
        PapermillOptionalDependencyException,
    )

    try:
        yield
    except PapermillExecutionError:
        raise
    except PapermillOptionalDependencyException as error:
        scheme = urlsplit(str(place)).scheme
        extra = f"maze-nb[{_EXTRAS[scheme]}]" if scheme in _EXTRAS else f"papermill[{scheme}]"
        raise MazeError(
            f"{place} takes a package that is not installed: pip install '{extra}'"
        ) from error
    except PapermillException as error:
        raise MazeError(f"{place}: {error}") from error
    except Exception as error:
        if not _is_of_transport(error):
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise MazeError(f"{place} cannot be reached: {reason}") from error


def _is_of_transport(error: Exception) -> bool:
    """Whether an error comes from files or networks; handlers let theirs pass, and have no base."""
    module = type(error).__module__.partition(".")[0]
    if module == "nbclient":
        # A cell that takes too long is an OSError too.
        return False
    return isinstance(error, OSError) or module in ("requests", "botocore", "boto3")


class WholeFiles(LocalHandler):  # type: ignore[misc]  # papermill has no annotations
    """Writes files so that whoever is killed meanwhile leaves the one before."""

    def write(self, text: str, path: str) -> None:
        """Write a file."""
        target = Path(path).resolve()
        try:
            made, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        except PermissionError:
            super().write(text, path)
            return
        beside = Path(name)
        try:
            with os.fdopen(made, "w", encoding="utf-8") as file:
                file.write(text)
            beside.chmod(target.stat().st_mode if target.exists() else 0o666 & ~_mask())
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_whole: set[str] = set()


def write_whole(path: str) -> str:
    """Have papermill write a file here whole or not at all; return its place for papermill."""
    found = str(Path(path).resolve())
    if found not in _whole:
        _whole.add(found)
        papermill_io.register(found, WholeFiles())
    return found
