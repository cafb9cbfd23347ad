"""All that code of a module looks up, and what that looks up in turn, as the module has it."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping
from typing import Any

from maze_nb.sdk.written.value import Written


def reached(
    wanted: Iterable[str],
    own: Container[str],
    known: Mapping[str, Any],
    defaults: MutableMapping[str, Any],
    write: Callable[[str, Any], Written],
) -> dict[str, Written]:
    """Return how names are written, with all that is reached from them.

    Parameters
    ----------
    wanted
        The names to begin with.
    own
        Names that do not mean what the builtin of that name does.
    known
        What names mean; names that mean nothing are passed over.
    defaults
        Where `known` looks too: it is told what the defaults of functions are.
    write
        Returns how the value of a name is written.
    """
    found: dict[str, Written] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop(0)
        is_hidden = hasattr(builtins, name) and name not in own
        if name in found or name not in known or is_hidden:
            continue
        found[name] = write(name, known[name])
        defaults.update(found[name].defaults)
        waiting += sorted(found[name].reads)
    return found


def in_order(found: Mapping[str, Written]) -> list[str]:
    """Return the names, each after those that its source reads."""
    done: dict[str, None] = {}
    path = [(name, iter(sorted(found[name].reads & found.keys()))) for name in [*found][::-1]]
    begun: set[str] = set()
    while path:
        name, reads = path[-1]
        begun.add(name)
        following = next((read for read in reads if read not in begun), None)
        if following is None:
            done[path.pop()[0]] = None
        else:
            path.append((following, iter(sorted(found[following].reads & found.keys()))))
    return list(done)
