"""The text of a whole module: what stands at its top, functions, the workflow, and running it."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

from maze_nb.sdk.written.names import ModuleNames

_ATTRIBUTES = ("task", "outputs", "after", "reduce")
_MAIN = """\
if __name__ == "__main__":
    pipeline = {flow}()
    run_id = pipeline.run()
    pipeline.show_results(run_id)
"""
_SHOW = """\
    for name, value in pipeline.returned(run_id).items():
        print(f"{name} = {value!r}")
"""
_BLOCKS = ("def ", "async def ", "class ", "@")
_OWN = ("from maze_nb import task", "from maze_nb import workflow")
_STORED = '_stored = pickle.loads(Path(__file__).with_suffix(".pkl").read_bytes())'


def whole_module(
    title: str,
    names: ModuleNames,
    functions: Iterable[str],
    flow_text: str,
    flow: str,
    *,
    has_results: bool,
) -> str:
    """Return the text of a module.

    Parameters
    ----------
    title
        What it says of itself.
    names
        What stands at its top.
    functions
        The source of task functions.
    flow_text, flow
        The source of the workflow function, and its name.
    has_results
        Whether that returns outputs, to be printed at the end.
    """
    main = _MAIN.format(flow=flow)
    if has_results:
        main += _SHOW
    definitions = [each.text.rstrip("\n") for each in names.code.values()]
    head = _head(title, names)
    if not names.constants and definitions and not definitions[0].startswith(_BLOCKS):
        head = f"{head}\n\n{definitions.pop(0)}"
    blocks = [
        head,
        *definitions,
        *(function.rstrip("\n") for function in functions),
        flow_text,
        main.rstrip("\n"),
    ]
    return "\n\n\n".join(block for block in blocks if block) + "\n"


def _head(title: str, names: ModuleNames) -> str:
    has_stored = any(found.kind == "stored" for found in names.constants.values())
    future = [line for line in names.imports if line.startswith("from __future__")]
    imports = {line for line in names.imports if line not in {*future, *_OWN}}
    if has_stored:
        imports |= {"import pickle", "from pathlib import Path"}
    ordered = sorted(imports, key=lambda line: (line.startswith("from"), line))
    constants = [
        f"{label} = {found.text}" if found.text else f'{label} = _stored["{label}"]'
        for label, found in names.constants.items()
    ]
    groups = [
        '"""' + title.replace("\\", "\\\\").replace('"', '\\"') + '"""',
        "\n".join(future),
        "\n".join(ordered),
        "from maze_nb import task, workflow",
        "\n".join([_STORED, *constants] if has_stored else constants),
    ]
    return "\n\n".join(group for group in groups if group)


def output_text(function: str, output: str) -> str:
    """Return an output of what a function made, as source."""
    if output in _ATTRIBUTES or not output.isidentifier() or keyword.iskeyword(output):
        return f'from_{function}.outputs["{output}"]'
    return f"from_{function}.{output}"
