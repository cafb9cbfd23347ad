"""Requests and answers as frames."""

from __future__ import annotations

import numpy as np
import pytest

from maze_nb.errors import SerializationError
from maze_nb.wire.packed import Packed, pack
from maze_nb.worker.children.request import answer_frames, read_answer, read_request, request_frames
from maze_nb.worker.current_task import CurrentTask

TASK = CurrentTask("run", "task", "name", 2, "tcp://w", "node", (0, 1), "/results")


def over(frames) -> list[bytearray]:
    """Return what arrives at the other side."""
    return [bytearray(frame) for frame in frames]


def test_a_request_arrives_whole():
    array = np.arange(10_000)
    dependencies = [{"a": array, "b": "text"}, b"shared", None, {"c": pack(array, "c")}, {}]
    frames = request_frames(b"call", TASK, b"code", b"constants", dependencies)
    request, code, constants, found = read_request(over(frames))
    assert (request.call, request.task, code, constants) == (b"call", TASK, b"code", b"constants")
    assert np.array_equal(found[0]["a"].load(), array)
    assert found[0]["b"].load() == "text"
    assert found[1] == b"shared"
    assert found[2].load() is None
    assert np.array_equal(found[3]["c"].load(), array)
    assert found[4] == {}


def test_what_is_packed_is_passed_on_as_it_is():
    packed = Packed(b"not a pickle at all", (b"one", b"two"))
    frames = request_frames(b"", TASK, b"", b"", [{"a": packed}])
    assert frames[-3] is packed.data
    assert frames[-2:] == [b"one", b"two"]


def test_arrays_arrive_without_a_copy_and_can_be_written_to():
    frames = over(request_frames(b"", TASK, b"", b"", [{"a": np.zeros(10_000)}]))
    buffer = frames[-1]
    _, _, _, (outputs,) = read_request(frames)
    array = outputs["a"].load()
    array[0] = 1.0
    assert buffer[:8] == np.float64(1.0).tobytes()


def test_an_answer_arrives_whole():
    outputs = {"a": pack(np.arange(5000), "a"), "b": pack([1], "b")}
    answer, found = read_answer(over(answer_frames(b"report", outputs, 12.5)))
    assert (answer.is_well, answer.report, answer.peak) == (True, b"report", 12.5)
    assert list(found) == ["a", "b"]
    assert np.array_equal(found["a"].load(), np.arange(5000))
    assert found["b"].load() == [1]


def test_no_outputs_are_not_the_same_as_a_failure():
    assert read_answer(over(answer_frames(b"", {}, None)))[0].is_well
    assert not read_answer(over(answer_frames(b"", None, None)))[0].is_well


def test_what_cannot_travel_is_named():
    with pytest.raises(SerializationError, match=r"output 'a', which task 'name' reads"):
        request_frames(b"", TASK, b"", b"", [{"a": (each for each in ())}])
