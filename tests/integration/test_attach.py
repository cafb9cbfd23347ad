"""A kernel is killed in the middle of a run: a new one finds the run again, or goes on with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from maze_nb.config import HOME_VARIABLE
from tests.typed import Typed, typed
from tests.waiting import wait_until

COMMAND = Path(sys.executable).parent / "maze-nb"
BOUND = 60
CELLS = {
    "first": (
        "%%maze_task first\nwith open('first-ran', 'a') as _ran:\n    _ran.write('x')\n"
        "rows = list(range(100_000))"
    ),
    "slow": (
        "%%maze_task slow\nimport time\nfrom pathlib import Path\n"
        "with open('slow-ran', 'a') as _ran:\n    _ran.write('x')\n"
        "while not Path('go').exists():\n    time.sleep(0.05)\n"
        "total = sum(rows)"
    ),
    "last": "%%maze_task last\nanswer = total + 1",
}
ANSWER = sum(range(100_000)) + 1


class Kernel:
    """A kernel of a notebook in a folder, and the cells that are run in it."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel(
            cwd=str(folder),
            env=os.environ
            | {
                HOME_VARIABLE: str(home),
                "JPY_SESSION_NAME": str(folder / "study.ipynb"),
                "DASK_MAZE__SLOTS": "1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=BOUND)
        self.run("%load_ext maze_nb")

    def begin(self, source: str) -> None:
        """Begin to run a cell."""
        self.client.execute(source)

    def run(self, source: str, *, fails: bool = False) -> str:
        """Run a cell and return the text that it printed or raised."""
        said: list[str] = []

        def hear(message: dict) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            elif message["msg_type"] == "error":
                said.append("\n".join(content["traceback"]))

        reply = self.client.execute_interactive(source, timeout=BOUND, output_hook=hear)
        printed = re.sub(r"\x1b\[[0-9;]*m", "", "".join(said))
        assert (reply["content"]["status"] == "error") is fails, printed
        return printed

    def kill(self) -> None:
        """End the process by SIGKILL: nothing of it can run any more."""
        if self.manager.has_kernel:
            os.kill(self.manager.provisioner.pid, signal.SIGKILL)
            wait_until(lambda: self.manager.provisioner.process.poll() is not None)
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "home"
    yield made
    say(made, "down", "--force")


@pytest.fixture
def start(place: Path, home: Path) -> Iterator[Callable[[], Kernel]]:
    started: list[Kernel] = []

    def start_kernel() -> Kernel:
        started.append(Kernel(place, home))
        return started[-1]

    yield start_kernel
    for kernel in started:
        kernel.kill()


def say(home: Path, *words: str) -> Typed:
    """Type a command in the folder of the notebook."""
    return typed(*words, folder=home.parent / "work", environment={HOME_VARIABLE: str(home)})


def killed_in_the_middle(start: Callable[[], Kernel], place: Path, home: Path) -> None:
    """Start a run in a kernel, and kill the kernel while its second task goes on."""
    kernel = start()
    for cell in CELLS.values():
        kernel.run(cell)
    kernel.begin("%maze_run")
    wait_until((place / "slow-ran").exists)
    # What is not on disk yet is not known to be finished by anybody.
    wait_until(lambda: "◐ slow started" in say(home, "runs", "logs", "latest").output)
    kernel.kill()


MESSAGES = (
    "client = get_ipython().magics_manager.registry['MazeMagics'].session.clients.reading\n"
    "run = client.get_run(client.runs()[-1].run_id)\n"
    "print(run.wait(60))\n"
    "print([message['seq'] for message in run.messages()])\n"
    "print([message['type'] for message in run.messages()])"
)


def test_a_run_on_a_kept_cluster_goes_on_and_is_found_again(start, place, home):
    subprocess.run(
        [COMMAND, "up", "--slots", "1", "--dashboard-address", "127.0.0.1:0"],
        cwd=place,
        env=os.environ | {HOME_VARIABLE: str(home)},
        stdout=subprocess.DEVNULL,
        timeout=BOUND,
        check=True,
    )
    killed_in_the_middle(start, place, home)
    assert "running" in say(home, "runs").output

    kernel = start()
    said = kernel.run("%maze_attach")
    assert re.fullmatch(r"attached to run [0-9a-f]{8}: .*\n", said)
    assert "first: rows (list, 100000 items)" in kernel.run(
        "results = %maze_results\nprint(results)"
    )
    (place / "go").touch()
    status, numbers, types = kernel.run(MESSAGES).splitlines()
    assert status == "succeeded"
    assert numbers == str(list(range(1, len(numbers.split()) + 1)))
    assert types.startswith("['start_workflow', 'start_task', 'finish_task'")
    assert types.endswith("'finish_workflow']")
    assert "resume_workflow" not in types
    assert kernel.run("results = %maze_results\nprint(results['answer'])") == f"{ANSWER}\n"
    assert (place / "slow-ran").read_text() == "x"


def test_a_run_on_an_embedded_cluster_is_interrupted_and_resumed(start, place, home):
    killed_in_the_middle(start, place, home)
    wait_until(lambda: "interrupted" in say(home, "runs").output)

    kernel = start()
    said = kernel.run("%maze_attach")
    assert "is interrupted, as its scheduler was lost: %maze_resume" in said
    assert kernel.run("results = %maze_results\nprint(len(results['rows']))") == "100000\n"
    assert "interrupted" in kernel.run("%maze_runs")
    assert "no run goes on here" in kernel.run("%maze_cancel", fails=True)
    run_id = said.split()[1]
    assert f"run {run_id} does not go on" in kernel.run(f"%maze_cancel {run_id}", fails=True)
    asked = "from maze_nb.deploy.embedded import has_embedded\nprint(has_embedded())"
    assert kernel.run(asked) == "False\n"

    (place / "go").touch()
    said = kernel.run("%maze_resume")
    assert said == "now in the notebook: answer\nkept, by %maze_results: rows, total\n"
    assert kernel.run("print(answer)") == f"{ANSWER}\n"
    status, numbers, types = kernel.run(MESSAGES).splitlines()
    assert status == "succeeded"
    assert numbers == str(list(range(1, len(numbers.split()) + 1)))
    assert types.count("'resume_workflow'") == 1
    assert types.count("'finish_task'") == 3
    assert kernel.run("results = %maze_results\nprint(results['answer'])") == f"{ANSWER}\n"
    # The task that was in the midst of it began twice, the one before it is not run again.
    assert (place / "slow-ran").read_text() == "xx"
    assert (place / "first-ran").read_text() == "x"
    assert "has ended (succeeded)" in kernel.run("%maze_resume", fails=True)
    kernel.run("del answer")
    assert "now in the notebook: answer" in kernel.run("%maze_rerun --from last")
    assert kernel.run("print(answer)") == f"{ANSWER}\n"


def test_cells_that_were_run_again_get_what_a_resumed_run_makes(start, place, home):
    killed_in_the_middle(start, place, home)
    (place / "go").touch()
    kernel = start()
    for cell in CELLS.values():
        kernel.run(cell)
    said = kernel.run("%maze_resume")
    assert "now in the notebook: answer" in said
    assert kernel.run("print(answer)") == f"{ANSWER}\n"

    said = kernel.run("%maze_rerun --from last")
    assert "now in the notebook: answer" in said
    assert (place / "slow-ran").read_text() == "xx"
    assert "has no task 'lats': did you mean 'last'?" in kernel.run(
        "%maze_rerun --from lats", fails=True
    )
    kernel.run("%maze_rerun")
    assert (place / "slow-ran").read_text() == "xxx"


def test_what_ended_is_shown_without_a_cluster(start, place, home):
    (place / "go").touch()
    kernel = start()
    for cell in CELLS.values():
        kernel.run(cell)
    kernel.run("%maze_run")
    kernel.kill()

    kernel = start()
    run_id, *_ = kernel.run("%maze_runs").split()
    for words in ("", run_id, run_id[:8]):
        said = kernel.run(f"%maze_attach {words}")
        assert said == f"run {run_id} ended as succeeded; %maze_results has what it made\n"
    assert kernel.run("results = %maze_results\nprint(results['answer'])") == f"{ANSWER}\n"
    asked = "from maze_nb.deploy.embedded import has_embedded\nprint(has_embedded())"
    assert kernel.run(asked) == "False\n"
    assert "every run has ended" in kernel.run("%maze_cancel", fails=True)
    assert "there is no run 'ffff'" in kernel.run("%maze_attach ffff", fails=True)


def test_a_run_in_another_kernel_is_followed_from_its_store(start, place, home):
    one, other = start(), start()
    for cell in CELLS.values():
        one.run(cell)
    one.begin("%maze_run")
    wait_until((place / "slow-ran").exists)
    assert "attached to run " in other.run("%maze_attach")
    assert "goes on in another process" in other.run("%maze_cancel", fails=True)
    (place / "go").touch()
    status, numbers, types = other.run(MESSAGES).splitlines()
    assert (status, len(numbers.split())) == ("succeeded", types.count(",") + 1)
    assert other.run("results = %maze_results\nprint(results['answer'])") == f"{ANSWER}\n"
