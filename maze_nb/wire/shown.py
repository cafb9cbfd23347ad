"""What a task shows while it runs, on its way from its worker to the scheduler and to caches."""

from __future__ import annotations

from typing import Any

import msgspec

from maze_nb.model.output import StoredFile


class Printed(msgspec.Struct, frozen=True, array_like=True, tag="log"):
    """Text that went to ``stream``, ``"stdout"`` or ``"stderr"``."""

    stream: str
    text: str


class Displayed(msgspec.Struct, frozen=True, array_like=True, tag="display"):
    """A display, as :class:`~maze_nb.model.events.TaskDisplayed` has it."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str = ""
    stored: StoredFile | None = None


class Progressed(msgspec.Struct, frozen=True, array_like=True, tag="progress"):
    """How far a task says it is."""

    done: float
    total: float | None = None
    message: str = ""


Shown = Printed | Displayed
"""What is shown again where the outputs of a task are used again."""

Item = Printed | Displayed | Progressed


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What a task showed since the last time it told; ``at`` is in seconds since 1970."""

    at: float
    items: list[Item]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Told)


def encode_told(told: Told) -> bytes:
    """Return what a task showed as bytes."""
    return _encoder.encode(told)


def decode_told(data: bytes) -> Told:
    """Return what `data` was made from."""
    return _decoder.decode(data)


def tidy(shown: list[Shown]) -> list[Shown]:
    """Return what is left to see of what was shown one after the other.

    Text that follows on text of the same stream is joined to it; a display that was replaced
    stands as it is in the end, where it was first.
    """
    tidied: list[Shown] = []
    places: dict[str, int] = {}
    texts: dict[int, list[str]] = {}
    for item in shown:
        if isinstance(item, Displayed):
            if item.display_id in places:
                tidied[places[item.display_id]] = item
                continue
            if item.display_id:
                places[item.display_id] = len(tidied)
            tidied.append(item)
            continue
        last = tidied[-1] if tidied else None
        if isinstance(last, Printed) and last.stream == item.stream:
            texts[len(tidied) - 1].append(item.text)
        else:
            texts[len(tidied)] = [item.text]
            tidied.append(item)
    for place, parts in texts.items():
        tidied[place] = msgspec.structs.replace(tidied[place], text="".join(parts))
    return tidied
