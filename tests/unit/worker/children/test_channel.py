"""Frames between a worker and a child process."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from maze_nb.worker.children.channel import Channel


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = map(Channel, socket.socketpair())
    yield one, other
    one.close()
    other.close()


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [b"one", b"", b"three"],
        [b"x" * 2**16, b"small", b"y" * (2**16 - 1)],
        [os.urandom(5_000_000), memoryview(b"abc"), bytearray(3_000_000)],
    ],
    ids=["none", "empty", "small", "at the limit", "larger than the socket holds"],
)
def test_what_is_sent_arrives(ends, frames):
    sender = threading.Thread(target=ends[0].send, args=(frames,))
    sender.start()
    assert ends[1].receive() == frames
    sender.join(10)


def test_messages_keep_apart(ends):
    for number in range(3):
        ends[0].send([b"%d" % number])
    assert [ends[1].receive() for _ in range(3)] == [[b"0"], [b"1"], [b"2"]]


def test_it_is_readable_once_something_comes(ends):
    assert not ends[1].is_readable(0)
    ends[0].send([b""])
    assert ends[1].is_readable(10)


def test_the_end_of_the_other_side_is_an_error(ends):
    ends[0].close()
    assert ends[1].is_readable(10)
    with pytest.raises(EOFError):
        ends[1].receive()
    with pytest.raises(OSError):
        ends[1].send([b"x"])


def test_a_message_that_breaks_off_is_an_error(ends):
    ends[0]._socket.send(struct.pack("<QQ", 1, 9) + b"short")
    ends[0].close()
    with pytest.raises(EOFError):
        ends[1].receive()


def test_who_holds_the_socket_of_a_dead_process_keeps_nobody_waiting():
    one, held = socket.socketpair()
    channel = Channel(one, lambda: True)
    try:
        with pytest.raises(EOFError):
            channel.receive()
        with pytest.raises(EOFError):
            channel.send([bytes(5_000_000)])
    finally:
        channel.close()
        held.close()


def test_shutting_it_ends_a_wait_in_another_thread(ends):
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            ends[0].receive()
        except (EOFError, OSError) as error:
            caught.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    ends[0].shut()
    waiting.join(10)
    assert len(caught) == 1
