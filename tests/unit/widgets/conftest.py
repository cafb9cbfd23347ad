"""A real kernel to try widgets in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from tests.run_messages import Messages, run_messages

ROOT = Path(__file__).parents[3]


@pytest.fixture
def make_messages() -> Callable[..., Messages]:
    return run_messages


@pytest.fixture
def wait_until() -> Callable[[Callable[[], Any]], None]:
    def wait(condition: Callable[[], Any], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition never came true"
            time.sleep(0.01)

    return wait


class Kernel:
    """A kernel with the package at hand, and the comm messages it has sent."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self.comm_messages: list[dict[str, Any]] = []

    def run(self, code: str) -> str:
        """Run code and return what it printed; comm messages are kept."""
        printed: list[str] = []
        request = self._client.execute(code)
        while True:
            message = self._client.get_iopub_msg(timeout=60)
            kind, content = message["msg_type"], message["content"]
            is_answer = message["parent_header"].get("msg_id") == request
            assert kind != "error", content
            if kind.startswith("comm_"):
                self.comm_messages.append(message)
            elif is_answer and kind == "stream":
                printed.append(content["text"])
            elif is_answer and kind == "status" and content["execution_state"] == "idle":
                return "".join(printed)

    def send(self, comm_id: str, content: dict[str, Any]) -> None:
        """Send a custom message as a view does."""
        data = {"method": "custom", "content": content}
        session = self._client.session
        message = session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        self._client.shell_channel.send(message)

    def custom(self) -> list[dict[str, Any]]:
        """Return the custom messages sent so far."""
        data = (message["content"]["data"] for message in self.comm_messages)
        return [part["content"] for part in data if part.get("method") == "custom"]

    def load(self, path: Path, messages: Messages) -> None:
        """Hand messages to the kernel under the name ``messages``."""
        path.write_text(json.dumps(messages))
        self.run(f"import json; messages = json.load(open({str(path)!r}))")


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60, cwd=str(ROOT))
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
