"""What shells complete: by a real bash, and for others by what click answers them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb.model.events import Event, TaskStarted
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId, WorkflowId
from maze_nb.model.task_spec import TaskSpec
from maze_nb.store.open import open_store
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.wire.event_bytes import encode_event
from maze_nb.wire.submission import Submission, encode

BIN = Path(sys.executable).parent
RUNS = ("aa11" * 8, "aa22" * 8, "bb33" * 8)
TASKS = ("load", "train", "test")
CASES = [
    (("ru",), ["run", "runs"]),
    (("comp",), ["completion"]),
    (("runs", "rerun", "latest", "--from", "t"), ["train", "test"]),
    (("run", "-k", "pyth"), ["python3"]),
    (("--de",), ["--debug"]),
    (("completion", ""), ["bash", "zsh", "fish"]),
    (("runs", "sh"), ["show"]),
    (("runs", "list", "--js"), ["--json"]),
    (("runs", "list", "--status", "inter"), ["interrupted"]),
    (("runs", "show", ""), ["latest", RUNS[2], RUNS[1], RUNS[0]]),
    (("runs", "watch", "aa"), [RUNS[1], RUNS[0]]),
    (("runs", "compare", "bb33", "l"), ["latest"]),
    (("runs", "export", "x"), []),
    (("runs", "logs", "latest", "t"), ["train", "test"]),
    (("runs", "results", "bb", ""), list(TASKS)),
    (("runs", "results", "aa", ""), []),
    (("nodes", "drain", ""), ["near", "far"]),
    (("nodes", "undrain", "f"), ["far"]),
    (("cache", ""), ["list", "prune", "rm"]),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with a few runs."""
    folder = tmp_path_factory.mktemp("home")
    store = open_store(folder / "runs.db")
    specs = tuple(TaskSpec(TaskId(f"t-{name}"), name) for name in TASKS)
    for number, run_id in enumerate(RUNS):
        graph = Graph(WorkflowId("w"), "flow", specs)
        run = StoredRun(run_id, "w", "flow", started=float(number))
        store.create(run, encode(Submission(run_id, graph)), b"")
        store.write([started_on(run_id, seq, node) for seq, node in ((1, "near"), (2, "far"))])
    store.close()
    return folder


def started_on(run_id: str, seq: int, node: str) -> Entry:
    body = TaskStarted(run_id, "w", "t-load", "load", 1, "10.0.0.1", node, "tcp://w", ())
    return Entry(run_id, seq, encode_event(Event(seq, float(seq), body)))


def environment(home: Path) -> dict[str, str]:
    base = {**os.environ, "MAZE_HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}"}
    # Nobody is asked who might not answer.
    return base | {"DASK_SCHEDULER_ADDRESS": "tcp://192.0.2.1:8786"}


SCRIPT = """
eval "$(maze-nb completion bash)"
complete -p maze-nb
while IFS= read -r line; do
    IFS='|' read -r -a COMP_WORDS <<< "$line"
    COMP_WORDS[0]=maze-nb
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    [[ ${COMP_WORDS[$COMP_CWORD]} == _ ]] && COMP_WORDS[$COMP_CWORD]=
    COMPREPLY=()
    _maze_nb_completion maze-nb
    echo "${COMPREPLY[*]}"
done
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_a_real_bash(home: Path) -> None:
    typed = "".join("|".join(["x", *(word or "_" for word in words)]) + "\n" for words, _ in CASES)
    done = subprocess.run(
        ["bash", "--norc", "-c", SCRIPT],
        input=typed,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    assert done.stderr == ""
    told, *answers = done.stdout.splitlines()
    assert told == "complete -o nosort -F _maze_nb_completion maze-nb"
    assert [answer.split() for answer in answers] == [wanted for _, wanted in CASES]


def answer(home: Path, shell: str, *words: str) -> str:
    typed = {
        "COMP_WORDS": " ".join(["maze-nb", *words]),
        # fish tells what is being typed, zsh how many words there are.
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
        "_MAZE_NB_COMPLETE": f"{shell}_complete",
    }
    return subprocess.run(
        [BIN / "maze-nb"],
        env=environment(home) | typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_of_each(home: Path, shell: str) -> None:
    told = answer(home, shell, "runs", "show", "bb")
    assert RUNS[2] in told
    assert "flow, " in told
    assert RUNS[0] not in told
    assert "Show one run and its tasks." in answer(home, shell, "runs", "sho")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "no"),
        ("run", "in.ipynb", "no"),
        ("run", "-f", "no"),
        ("run", "--resume", "no"),
        ("run", "--report", "no"),
    ],
    ids=" ".join,
)
def test_files_are_left_to_the_shell(home: Path, words: tuple[str, ...]) -> None:
    assert answer(home, "bash", *words) == "file,no\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_name_the_program(shell: str) -> None:
    done = subprocess.run(
        [BIN / "maze-nb", "completion", shell],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert f"_MAZE_NB_COMPLETE={shell}_complete" in done.stdout
    assert done.stdout == subprocess.run(
        [BIN / "dask", "maze", "completion", shell],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("content", [None, b"no run store at all " * 100])
def test_nothing_is_said_where_there_is_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "runs.db").write_bytes(content)
    assert answer(tmp_path, "bash", "runs", "show", "").strip() == ""
    assert answer(tmp_path, "bash", "nodes", "drain", "").strip() == ""
    assert [file.name for file in tmp_path.iterdir()] == ([] if content is None else ["runs.db"])


def test_completing_imports_neither_a_scheduler_nor_the_sdk(home: Path) -> None:
    code = (
        "import sys; from maze_nb.cli.main import main; "
        "main(['runs', 'show'], standalone_mode=False, prog_name='maze-nb', "
        "complete_var='_MAZE_NB_COMPLETE')"
    )
    script = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); " + code
    )
    words = {"COMP_WORDS": "maze-nb runs show ", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(home) | words | {"_MAZE_NB_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert RUNS[0] in done.stdout
    heavy = {"distributed", "maze_nb.sdk.client", "rich", "tornado", "numpy", "papermill"}
    assert not heavy & set(done.stderr.split())
