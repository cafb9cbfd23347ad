"""One entry of the result cache: its key, what it holds, and how another task differs from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.wire.shown import Displayed, Shown
from maze_nb.wire.submission import TOLD_BY_TEXT, CacheParts

Digests = Mapping[tuple[str, str], str]
"""The digest of each output that is known, by task id and name of the output."""

REASONS_SHOWN = 3
_NAMES_SHOWN = 3
_SCHEME = "maze-nb 1"
_KINDS = (
    "function",
    "the",
    "helper",
    "class",
    "module",
    "global",
    "notebook",
    "its",
    "version",
    "outputs",
)
_PIECES = frozenset({"function", "helper", "class", "module", "global"})
_RANKS = {"is new": 1, "is not used any more": 2}
_READABLE = {"outputs": "names of its outputs"}


class CacheEntry(msgspec.Struct, frozen=True):
    """What a task made, and what it was made of.

    Attributes
    ----------
    key
        As `key_of` returns it.
    parts
        The task's code and inputs, as digests by name.
    made_from
        For each input that other tasks made, the digests of the outputs it was made of.
    outputs
        The outputs: in the entry itself, or in files.
    task_name
        What the task was called.
    duration
        The seconds it took.
    created
        When it was made, in seconds since 1970.
    run_id
        The run it was made in.
    nbytes
        The size of its outputs.
    shown
        What it displayed and printed: in the entry itself, or in files.
    """

    key: str
    parts: CacheParts
    made_from: dict[str, tuple[str, ...]]
    outputs: tuple[OutputInfo, ...]
    task_name: str
    duration: float
    created: float
    run_id: str
    nbytes: int
    shown: tuple[Shown, ...] = ()

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """The files with what is not in the entry itself."""
        shown = (item.stored for item in self.shown if isinstance(item, Displayed))
        files = (*(output.stored for output in self.outputs), *shown)
        return tuple(file for file in files if file is not None)


def made_from(parts: CacheParts, digests: Digests) -> dict[str, tuple[str, ...]]:
    """Return the digests of the outputs that each input is made of.

    Raises
    ------
    KeyError
        If one of them is not known.
    """
    return {
        name: tuple(digests[output] for output in outputs)
        for name, outputs in parts.upstream.items()
    }


def key_of(parts: CacheParts, digests: Digests) -> str:
    """Return the key under which the outputs of a task are kept.

    It depends on the content of code and inputs, and on no id of a task or run.

    Raises
    ------
    KeyError
        If the digest of an output that it reads is not known.
    """
    whole = (
        _SCHEME,
        sorted(parts.code.items()),
        sorted(parts.inputs.items()),
        sorted(made_from(parts, digests).items()),
    )
    return hashlib.sha256(msgspec.msgpack.encode(whole)).hexdigest()


def why(
    parts: CacheParts,
    digests: Digests,
    latest: CacheEntry | None,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return why a task that is not in the cache has to run, what matters most first.

    Parameters
    ----------
    digests
        Those of outputs that are known already; a task whose outputs are not among them runs.
    latest
        What was kept last of the same task.
    names
        What tasks are called, by their ids.

    Returns
    -------
    str
        Such as ``helper `norm` changed, input `rows` changed``.
    """
    if latest is None:
        return "never run before"
    code = sorted(_code_differences(parts.code, latest.parts.code), key=_weight)
    reasons = [f"{_READABLE.get(name, name)} {how}" for name, how in code]
    reasons += _input_reasons(parts, digests, latest, names or {})
    if not reasons:
        return "what was kept of it is gone"
    more = len(reasons) - REASONS_SHOWN
    shown = ", ".join(reasons[:REASONS_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _code_differences(now: Mapping[str, str], then: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield how code differs; of a module told by its text now, or then, only that it was edited.

    Its pieces, and what refers to them, cannot be compared.
    """
    turned = set(now.get(TOLD_BY_TEXT, "").split()) ^ set(then.get(TOLD_BY_TEXT, "").split())
    yield from ((f"module `{module}`", "was edited") for module in sorted(turned))
    for name, how in _differences(now, then):
        kind = name.partition(" ")[0]
        if name == TOLD_BY_TEXT or (turned and kind in _PIECES):
            continue
        if turned and how == "changed" and now[name].split()[0] == then[name].split()[0]:
            continue
        yield name, "was edited" if (kind, how) == ("module", "changed") else how


def _differences(now: Mapping[str, str], then: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in [*now, *(name for name in then if name not in now)]:
        if name not in then:
            yield name, "is new"
        elif name not in now:
            yield name, "is not used any more"
        elif now[name] != then[name]:
            yield name, "changed"


def _weight(difference: tuple[str, str]) -> tuple[int, int]:
    """Return what sorts changes before what is new, and the task's own code before all else."""
    name, how = difference
    kind = name.partition(" ")[0]
    return _RANKS.get(how, 0), (_KINDS.index(kind) if kind in _KINDS else len(_KINDS))


def _input_reasons(
    parts: CacheParts, digests: Digests, latest: CacheEntry, names: Mapping[str, str]
) -> Iterator[str]:
    changed = dict(_differences(parts.inputs, latest.parts.inputs))
    for name, how in changed.items():
        yield f"input `{name}` {how}"
    # By task, as what one task makes is read by many names.
    reasons: dict[tuple[str, bool], dict[str, None]] = {}
    for name, outputs in parts.upstream.items():
        then = latest.made_from.get(name, ())
        for at, (task_id, output) in enumerate(outputs):
            digest = digests.get((task_id, output))
            is_other = name not in changed and (at >= len(then) or then[at] != digest)
            if digest is None or is_other:
                reasons.setdefault((task_id, digest is None), {})[name] = None
    for (task_id, runs_again), inputs in reasons.items():
        several, which = len(inputs) > 1, _listed([*inputs])
        what = f"input{'s' if several else ''} {which}"
        task = repr(names.get(task_id, task_id))
        if runs_again:
            yield f"{what} come{'' if several else 's'} from task {task}, which runs again"
        else:
            yield f"{what} changed, which task {task} made"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMES_SHOWN])
    return f"{shown}, …" if len(names) > _NAMES_SHOWN else shown
