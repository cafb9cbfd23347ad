"""The text of an exported module, around its task functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from maze_nb.sdk.written.module import output_text, whole_module
from maze_nb.sdk.written.names import ModuleNames
from maze_nb.sdk.written.text import indented
from maze_nb.sdk.written.words import call_text


@dataclass(frozen=True)
class Wired:
    """A task function and what it is called with.

    Attributes
    ----------
    function
        Its name.
    outputs
        What it makes.
    given
        By input, the function and the output that it comes from.
    constants
        By input, the name at the top of the module.
    results
        Those of its outputs that are results of the workflow.
    after
        The functions that it only runs after.
    """

    function: str
    outputs: tuple[str, ...]
    given: Mapping[str, tuple[str, str]]
    constants: Mapping[str, str]
    results: tuple[str, ...]
    after: tuple[str, ...] = ()


def module_text(
    name: str, names: ModuleNames, functions: Iterable[str], flow: str, wired: list[Wired]
) -> str:
    """Return the text of a module.

    Parameters
    ----------
    name
        What the workflow is called.
    names
        What stands at its top.
    functions
        The source of the task functions.
    flow
        The name of the workflow function.
    wired
        How the task functions are called.
    """
    return whole_module(
        f"Workflow {name!r}: what the task cells of a notebook do.",
        names,
        functions,
        _flow_text(name, flow, wired),
        flow,
        has_results=any(each.results for each in wired),
    )


def _flow_text(name: str, flow: str, wired: list[Wired]) -> str:
    read = {source for each in wired for source, _ in each.given.values()}
    read |= {source for each in wired for source in each.after}
    lines = []
    for each in wired:
        words = [f"{key}={output_text(*source)}" for key, source in each.given.items()]
        words += [f"{key}={constant}" for key, constant in each.constants.items()]
        is_used = each.function in read or each.results
        start = f"from_{each.function} = " if is_used else ""
        after = ", ".join(f"from_{source}" for source in each.after)
        end = f").after({after})" if after else ")"
        lines.append(call_text(f"{start}{each.function}(", words, end, 4))
    results = [
        f'"{output}": {output_text(each.function, output)}'
        for each in wired
        for output in each.results
    ]
    if results:
        lines.append(call_text("return {", results, "}", 4))
    decorator = "@workflow" if flow == name else f"@workflow(name={name!r})"
    return f"{decorator}\ndef {flow}():\n" + indented("\n".join(lines))
