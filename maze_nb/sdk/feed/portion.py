"""How much of what is new one message to the views may tell, however much it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, islice, takewhile

from maze_nb.projection.bounded import PREVIEW_CHARS
from maze_nb.sdk.feed.message_log import Message

MOST_MESSAGES = 2_000
MOST_BYTES = 1 << 20
"""About how long one message to the views gets at most."""

_MESSAGE_BYTES = 250
_TASK_BYTES = 700
"""What the rows of a message and of a task take, without long texts."""
_OUTPUT_BYTES = 300
_TEXT_CHARS = 20_000


def first_portion(messages: Sequence[Message]) -> Sequence[Message]:
    """Return the first of some messages, as many as one message to the views tells; at least one.

    How long that gets is estimated from what makes messages long.
    """
    weights = accumulate(map(_weight, islice(messages, MOST_MESSAGES)))
    fitting = sum(1 for _ in takewhile(lambda weight: weight <= MOST_BYTES, weights))
    return messages[: max(fitting, 1)]


def _weight(message: Message) -> int:
    data = message.get("data")
    if not isinstance(data, Mapping):
        return _MESSAGE_BYTES
    weight = _MESSAGE_BYTES + _length(data.get("text"), PREVIEW_CHARS)
    if message.get("type") != "task_log":
        weight += _TASK_BYTES
    if isinstance(outputs := data.get("outputs"), list):
        weight += sum(map(_output_weight, outputs))
    # Where a task failed, this is its traceback.
    return weight + _length(data.get("result"), _TEXT_CHARS)


def _output_weight(output: object) -> int:
    if not isinstance(output, Mapping) or output.get("inline") is not True:
        return _OUTPUT_BYTES
    nbytes = output.get("nbytes")
    return _OUTPUT_BYTES + min(PREVIEW_CHARS, 4 * nbytes if isinstance(nbytes, int) else 0)


def _length(text: object, most: int) -> int:
    return min(len(text), most) if isinstance(text, str) else 0
