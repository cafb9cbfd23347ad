"""A restart of the kernel leaves a run of a scheduler elsewhere alone; an interrupt cancels it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from maze_nb import MaClient
from tests.integration.conftest import Cluster
from tests.waiting import wait_until

BOUND = 60
TASK = (
    "%%maze_task slow --no-cache\nimport time\nfrom pathlib import Path\n"
    "Path('began').touch()\n"
    "while not Path('go').exists():\n    time.sleep(0.05)\n"
    "total = 42"
)


class Kernel:
    """A kernel in which a cell waits for a run."""

    def __init__(self, folder: Path, address: str) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel(
            cwd=str(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=BOUND)
        for source in ("%load_ext maze_nb", f"%maze_connect {address}", TASK):
            assert self.client.execute_interactive(source, timeout=BOUND)["content"]["status"] == (
                "ok"
            )
        self.waiting = self.client.execute("%maze_run")
        wait_until((folder / "began").exists, BOUND)

    def end_of_the_cell(self) -> str:
        """Return how the cell that waits ended."""
        while True:
            message = self.client.get_shell_msg(timeout=BOUND)
            if message["parent_header"].get("msg_id") == self.waiting:
                return str(message["content"].get("ename", "ok"))

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def cluster(start_cluster: Callable[..., Cluster], tmp_path: Path) -> Cluster:
    made = start_cluster()
    made.add_worker("one")
    return made


@pytest.fixture
def kernel(cluster: Cluster, tmp_path: Path) -> Iterator[Kernel]:
    made = Kernel(tmp_path, cluster.address)
    yield made
    made.close()


ENDS: dict[str, Callable[[KernelManager], object]] = {
    "restart": lambda manager: manager.restart_kernel(),
    "restart at once": lambda manager: manager.restart_kernel(now=True),
    "shutdown": lambda manager: manager.shutdown_kernel(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_run_elsewhere_goes_on_when_the_kernel_that_waits_for_it_ends(
    end: Callable[[KernelManager], object], kernel: Kernel, cluster: Cluster, tmp_path: Path
) -> None:
    end(kernel.manager)
    (tmp_path / "go").touch()

    with MaClient(cluster.address) as client:
        run = client.get_run(client.runs()[-1].run_id)
        assert run.wait(BOUND) == "succeeded"
        assert run.result("slow", BOUND) == {"total": 42}


def test_an_interrupt_cancels_the_run_that_is_waited_for(
    kernel: Kernel, cluster: Cluster, tmp_path: Path
) -> None:
    kernel.manager.interrupt_kernel()

    assert kernel.end_of_the_cell() == "KeyboardInterrupt"
    (tmp_path / "go").touch()
    with MaClient(cluster.address) as client:
        run = client.get_run(client.runs()[-1].run_id)
        assert run.wait(BOUND) == "cancelled"
