"""One message as the row that views are told."""

from __future__ import annotations

from maze_nb.model.rows import MessageRow
from maze_nb.projection.bounded import bounded_text
from maze_nb.projection.message import Message, data_of, number_of, text_of, type_of
from maze_nb.projection.message_text import message_text


def message_row(message: Message, seq: int) -> MessageRow:
    """Return a message, known under the number ``seq``, as a line of text."""
    data = data_of(message)
    return {
        "seq": seq,
        "time": number_of(message.get("time")),
        "type": bounded_text(type_of(message), 100),
        "task_id": text_of(data.get("task_id")),
        "task_name": text_of(data.get("task_name")),
        "text": bounded_text(message_text(message)),
        "stream": bounded_text(data.get("stream"), 20) if type_of(message) == "task_log" else "",
    }
