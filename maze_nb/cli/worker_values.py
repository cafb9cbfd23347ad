"""The values that ``maze-nb worker`` takes, from its flags or the environment."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    Kind = click.ParamType[Any]
else:
    # Not generic in every version of click that will do.
    Kind = click.ParamType


class Setting(click.Option):
    """An option whose errors name the environment variable where the value came from one."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return what to call this option in an error."""
        source = ctx.get_parameter_source(self.name or "") if ctx else None
        if source is ParameterSource.ENVIRONMENT:
            for variable in self.envvar or ():
                if os.environ.get(variable):
                    return f"the variable {variable}"
        return super().get_error_hint(ctx)


class NodeName(Kind):
    """A name for a node."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        text = str(value)
        if not text or not text.isprintable() or any(map(str.isspace, text)):
            self.fail(f"{text!r} is no name for a node: give one word", param, ctx)
        return text


class Tags(Kind):
    """Words with commas between them."""

    name = "tags"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the words, each once."""
        if isinstance(value, tuple):
            return value
        tags = [tag for tag in map(str.strip, str(value).split(",")) if tag]
        for tag in tags:
            if any(map(str.isspace, tag)):
                self.fail(
                    f"{tag!r} is no tag: tags are words with commas between them, "
                    f"such as a100,fast-disk",
                    param,
                    ctx,
                )
        return tuple(dict.fromkeys(tags))


class Count(Kind):
    """A whole number from `least` up."""

    name = "number"

    def __init__(self, least: int) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        try:
            number = int(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a whole number", param, ctx)
        if number < self.least:
            self.fail(
                f"{number} is too small: give a whole number from {self.least} up", param, ctx
            )
        return number


class Positive(Kind):
    """A number above 0; subclasses know units."""

    name = "number"
    example = "8"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        text = str(value).strip()
        try:
            number = float(text)
        except ValueError:
            number = self._with_unit(text, param, ctx)
        if not math.isfinite(number) or number <= 0:
            self.fail(
                f"{text!r} has to be a finite number above 0, such as {self.example}", param, ctx
            )
        return number

    def _with_unit(
        self, text: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            # The parsers take a unit alone for one of it, and a minus for a digit.
            if not text[:1].isdigit():
                raise ValueError(text)
            return self._parse(text)
        except (ValueError, KeyError, AttributeError, TypeError):
            self.fail(f"{text!r} is not understood: write it as in {self.example}", param, ctx)

    def _parse(self, text: str) -> float:
        return float(text)


class Seconds(Positive):
    """Seconds, or a time with its unit."""

    name = "seconds"
    example = "30 or 30s"

    def _parse(self, text: str) -> float:
        from dask.utils import parse_timedelta

        return float(parse_timedelta(text))


class Megabytes(Positive):
    """MB, or a size with its unit; gives MB."""

    name = "size"
    example = "16000 (in MB) or 16GiB"

    def _parse(self, text: str) -> float:
        from dask.utils import parse_bytes

        return float(parse_bytes(text)) / 2**20


class WritableFolder(Kind):
    """A folder to write to, made if it is missing."""

    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return its absolute path."""
        folder = Path(value).expanduser().absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.fail(f"{folder} cannot be made ({error.strerror})", param, ctx)
        if not os.access(folder, os.W_OK | os.X_OK):
            self.fail(f"{folder} is not writable: choose another folder", param, ctx)
        return folder
