"""What is told of the tasks of a submission beside their graph: their source and inputs."""

from __future__ import annotations

import msgspec


class TaskSource(msgspec.Struct, frozen=True):
    """The text of a task's function or cell.

    ``file`` is where it stands, from ``line`` on, or empty for a cell of a notebook; ``cell`` is
    the name of that cell, where it has one. ``call`` is how a function is called by the names of
    its inputs, empty for a cell.
    """

    text: str
    file: str = ""
    line: int = 0
    cell: str = ""
    call: str = ""


class TaskInput(msgspec.Struct, frozen=True, array_like=True):
    """One input of a task: a constant as a short text, or the output of a task that it takes.

    If ``is_each``, it is one item of that, for each item of a map.
    """

    name: str
    text: str = ""
    task_id: str = ""
    output: str = ""
    is_each: bool = False


class TaskStories(msgspec.Struct, frozen=True):
    """What is told of all tasks of a submission; a text that many tasks have is there once.

    ``source_of`` has positions in ``sources`` by task id. What came to too much is left out.
    """

    sources: tuple[TaskSource, ...] = ()
    source_of: dict[str, int] = {}
    inputs: dict[str, tuple[TaskInput, ...]] = {}


class TaskStory(msgspec.Struct, frozen=True):
    """What is told of one task; ``source`` is None where its text is not known."""

    source: TaskSource | None = None
    inputs: tuple[TaskInput, ...] = ()


def story_of(stories: TaskStories | None, task_id: str) -> TaskStory:
    """Return what is told of one task; an item of a map is like the others of it."""
    if stories is None:
        return TaskStory()
    if task_id not in stories.source_of and task_id not in stories.inputs:
        task_id = task_id.rpartition(".")[0] or task_id
    at = stories.source_of.get(task_id)
    source = None if at is None else stories.sources[at]
    return TaskStory(source, stories.inputs.get(task_id, ()))


def encode_story(story: TaskStory) -> bytes:
    """Return what is told of a task as bytes."""
    return msgspec.msgpack.encode(story)


def decode_story(data: bytes) -> TaskStory:
    """Return what `data` was made from."""
    return msgspec.msgpack.decode(data, type=TaskStory)
