"""The schema of what views are told: that of the front end, and true of what is said."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from maze_nb.projection.run_view import view_of
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.sdk.feed.run_feed import RunFeed
from maze_nb.wire import view_messages
from maze_nb.wire.view_messages import ANSWERED, TOLD, WANTED, view_schema
from tests.run_messages import run_messages

SCHEMA = Path(__file__).parents[3] / "extension" / "src" / "wire" / "schema.json"


def test_the_front_end_has_this_schema():
    told = json.loads(json.dumps(view_schema()))
    assert json.loads(SCHEMA.read_text()) == told, "run `make types`"


def test_each_type_is_in_the_schema():
    parts = view_schema()["$defs"]
    assert {each.__name__ for each in (*TOLD, *WANTED, *ANSWERED)} <= set(parts)
    assert "``" not in json.dumps(parts)


@pytest.fixture
def full_messages():
    """Return messages whose graph says all that a scheduler says."""
    messages = run_messages(3, "failed")
    for task in messages[0]["data"]["graph"]["tasks"]:
        task.update(
            kind="python", inputs=[], outputs=["x"], resources={}, options={}, group="", cell=""
        )
    return messages


def test_what_a_feed_says_is_as_the_schema_says(full_messages):
    said = []
    feed = RunFeed(ListLog(full_messages), said.append)
    feed.start()
    feed.hear_sync()
    msgspec.convert(said[0], view_messages.TellSnapshot, strict=True)
    view = view_of(full_messages)
    delta = {"kind": "delta", "run_id": "run-1", "now": 1.0, **view.delta()}
    msgspec.convert(delta, view_messages.TellDelta, strict=True)
    extra = set(said[0]) - set(view_messages.TellSnapshot.__annotations__)
    assert not extra, "a field that the schema does not have"
