"""What stands at the top of an exported module, and under which names."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from maze_nb.sdk.written.value import Written

_OWN = {
    "task": "from maze_nb import task",
    "workflow": "from maze_nb import workflow",
    "pickle": "import pickle",
    "Path": "from pathlib import Path",
}
RESERVED = frozenset(dir(builtins)) | _OWN.keys()
"""Names that an exported module has for itself, and those of Python."""


@dataclass
class ModuleNames:
    """The names at the top of a module; each means one thing.

    Attributes
    ----------
    imports
        Import statements in the order in which they were wanted.
    constants
        Values of the notebook by name.
    code
        Functions and classes of the notebook by name, each after those it needs at once.
    functions
        The names of task functions.
    """

    imports: dict[str, None] = field(default_factory=dict)
    constants: dict[str, Written] = field(default_factory=dict)
    code: dict[str, Written] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    _meant: dict[str, str] = field(default_factory=lambda: dict(_OWN))

    def can_import(self, name: str, statement: str) -> bool:
        """Tell whether a name can stand for what a statement imports; if so, from now on."""
        root = statement.split("\n")[0]
        if " as " not in root and not root.startswith("from"):
            root = f"import {name}"
        return self._take(name, root)

    def add_import(self, statement: str) -> None:
        """Have the module begin with an import statement, or several."""
        self.imports.update(dict.fromkeys(statement.split("\n")))

    def can_define(self, name: str, found: Written) -> bool:
        """Tell whether a name can stand for code or a value; if so, from now on."""
        return self._take(name, f"{found.kind} {found.text or hash(found.data)}")

    def constant(self, name: str, found: Written) -> str:
        """Have the module hold a value; return under which name."""
        number, label = 1, name
        while label in RESERVED or not self.can_define(label, found):
            number += 1
            label = f"{name}_{number}"
        self.constants[label] = found
        return label

    def new_function(self, wanted: str, besides: Iterable[str]) -> str:
        """Return a name that nothing at the top of the module has.

        Parameters
        ----------
        besides
            Other names that it must not be.
        """
        besides = set(besides)
        for label in (wanted, f"make_{wanted}", *(f"make_{wanted}_{n}" for n in range(2, 10_000))):
            is_free = label not in RESERVED and label not in besides
            if is_free and label not in self.functions and self._take(label, "a task"):
                break
        self.functions.add(label)
        return label

    def _take(self, name: str, meaning: str) -> bool:
        return self._meant.setdefault(name, meaning) == meaning


def identifier(text: str) -> str:
    """Return a text as a name that Python takes."""
    name = re.sub(r"\W+", "_", text).strip("_")
    if not name or name[0].isdigit():
        name = f"cell_{name}".rstrip("_")
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name
