"""What a function returned, held against what its task declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maze_nb.errors import TaskFailedError, nearest, with_article


def match_outputs(returned: Any, outputs: tuple[str, ...], style: str, name: str) -> dict[str, Any]:
    """Return the outputs by name.

    A function in dict form must return a dict with exactly the declared names. An ordinary
    function returns the value of its one output, a tuple in the order of several, or such a dict.

    Raises
    ------
    TaskFailedError
        If an output is missing, or one is there that was not declared.
    """
    if style == "dict":
        if not isinstance(returned, Mapping):
            raise TaskFailedError(
                f"task {name!r} must return a dict with the outputs {_names(outputs)}, "
                f"but returned {_describe(returned)}"
            )
        return _exactly(returned, outputs, name)
    if isinstance(returned, Mapping) and outputs and set(returned) == set(outputs):
        return {output: returned[output] for output in outputs}
    if len(outputs) == 1:
        return {outputs[0]: returned}
    if not outputs and returned is None:
        return {}
    if isinstance(returned, (tuple, list)) and len(returned) == len(outputs):
        return dict(zip(outputs, returned, strict=True))
    raise TaskFailedError(
        f"task {name!r} must return its {len(outputs)} outputs {_names(outputs)} as a tuple in "
        f"this order or as a dict, but returned {_describe(returned)}"
    )


def _exactly(returned: Mapping[str, Any], outputs: tuple[str, ...], name: str) -> dict[str, Any]:
    if len(returned) == len(outputs) and all(output in returned for output in outputs):
        return {output: returned[output] for output in outputs}
    missing = [output for output in outputs if output not in returned]
    extra = [str(key) for key in returned if key not in outputs]
    if missing:
        hint = f" ({nearest(missing[0], extra)})" if extra else ""
        raise TaskFailedError(
            f"task {name!r} did not return its output {missing[0]!r}; "
            f"it returned {_names(tuple(map(str, returned)))}{hint}"
        )
    raise TaskFailedError(
        f"task {name!r} returned {extra[0]!r}, which is not among its outputs {_names(outputs)}; "
        f"add it to outputs=[…] or leave it out"
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names)) or "(none)"


def _describe(value: Any) -> str:
    if value is None:
        return "None"
    size = f" of {len(value)}" if isinstance(value, (tuple, list, dict)) else ""
    return f"{with_article(type(value).__name__)}{size}"
