"""Commands as tasks: their folder, inputs, outputs and limits, and that nothing of them is left."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from maze_nb.errors import InputError, TaskFailedError
from maze_nb.runners.commands.command import TAIL, Command
from maze_nb.runners.commands.cores import claimed
from maze_nb.runners.commands.output import KEPT
from maze_nb.runners.recipe import Joined, Part
from tests.endless import COMMAND, endless_processes
from tests.waiting import wait_until


def run(own: Path, text: str | tuple[str, ...], inputs=None, *, cores: float = 0, **more):
    inputs = inputs or {}
    command = Command("work", text, tuple(inputs), **more)
    command.forget_files(own)
    try:
        return command.run(inputs, own, {"TASK_ID": "t", "RUN_ID": "r"}, cores)
    finally:
        assert not list(own.glob(".work-*"))


def test_it_runs_in_a_folder_of_its_own_and_knows_where_it_is(tmp_path) -> None:
    found = run(tmp_path, 'echo "$TASK_ID $RUN_ID $TASK_DIR"; [ "$PWD" = "$WORKING_DIR" ]; ls')
    assert found == {"exit_code": 0, "stdout": f"t r {tmp_path}"}
    assert list(tmp_path.iterdir()) == []


def test_files_come_in_and_go_out(tmp_path) -> None:
    (tmp_path / "a b.txt").write_text("two\none\n")
    found = run(
        tmp_path,
        "mkdir build\nsort {rows} > build/sorted.log\ncp {rows} build/rows.log; echo {n} > n",
        {"rows": tmp_path / "a b.txt", "n": 3},
        files=(("logs", "build/*.log"), ("n", "n")),
    )
    assert [each.name for each in found["logs"]] == ["build/rows.log", "build/sorted.log"]
    assert found["logs"][1].read_text() == "one\ntwo\n"
    assert found["n"].read_text() == "3\n"


def test_it_prints_as_it_goes_and_returns_what_it_printed(tmp_path, capsys) -> None:
    text = "echo one; echo two >&2; printf 'thr\\303\\251e\\n\\n'"
    assert run(tmp_path, text) == {"exit_code": 0, "stdout": "one\nthrée"}
    assert capsys.readouterr() == ("one\nthrée\n\n", "two\n")


def test_of_much_output_the_end_is_kept(tmp_path, capsys) -> None:
    count = 3 * KEPT
    script = f"import sys; sys.stdout.write('a' * {count} + 'end')"
    found = run(tmp_path, (sys.executable, "-c", script))["stdout"]
    assert found.endswith("aend")
    assert found.startswith(f"[{count + 3 - KEPT} characters left out]\n")
    assert len(found.partition("\n")[2]) == KEPT
    assert len(capsys.readouterr().out) == count + 3


def test_words_are_not_read_by_a_shell(tmp_path) -> None:
    words = ("echo", "$HOME; rm -rf x", "it's", "{x}", "<{x}>", "{{x}}")
    found = run(tmp_path, words, {"x": "$(a) {x}"})["stdout"]
    assert found == "$HOME; rm -rf x it's $(a) {x} <$(a) {x}> {x}"


@pytest.mark.parametrize(
    "text",
    [
        'printf "%s|" {files} "{files}" {values} "{mixed}" {text}',
        ("printf", "%s|", "{files}", "[{files}]", "{values}", "{mixed}", "{text}"),
    ],
    ids=["line", "words"],
)
def test_values_stand_in_it_as_json_where_that_is_asked(tmp_path, text) -> None:
    files = [tmp_path / "a b", tmp_path / "c"]
    for each in files:
        each.write_text(each.name)
    own = tmp_path / "own"
    own.mkdir()
    inputs = {"files": files, "values": [1, "x"], "mixed": {"y": files[1]}, "text": "'" * 70_000}
    told = run(own, text, inputs, is_inline=True)["stdout"].split("|")[:-1]
    folder = str(Path(told[0]).parent)
    assert told[:2] == [f"{folder}/a b", f"{folder}/c"]
    assert folder.startswith(str(own))
    listed = f'["{folder}/a b", "{folder}/c"]'
    assert told[2] == (listed if isinstance(text, str) else f"[{listed}]")
    mixed = str(Path(folder).parent / "mixed" / "c")
    assert told[3:] == ['[1, "x"]', f'{{"y": "{mixed}"}}', "'" * 70_000]


def test_inputs_are_made_by_recipes(tmp_path) -> None:
    recipes = {
        "x": Part(0, ("a", 1)),
        "told": Joined(("lr=", Part("lr"), " ", Part("x", ("b",)))),
    }
    given = {"lr": 0.5, "x": [{"a": [1, {"b": "two"}]}], "told": []}
    found = run(tmp_path, "echo {told}", given, recipes=tuple(recipes.items()))
    assert found["stdout"] == "lr=0.5 two"


def test_inputs_of_any_size_and_name_leave_it_as_it_is(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    inputs = {"rows": ["x" * 1000] * 3000, "nul": "a\0", "my/../rows": tmp_path / "file", "n": 3}
    text = "echo $MAZE_INPUT_n; env | grep -c MAZE_INPUT; ls inputs; ls inputs/*"
    found = run(tmp_path, text, inputs, is_inline=True)["stdout"]
    assert found == "3\n1\nmy%2F..%2Frows\nfile"


@pytest.mark.parametrize(("form", "value"), [("text", '{"loss": 0.5}\n'), ("json", {"loss": 0.5})])
def test_what_is_in_a_file_can_be_the_output(tmp_path, form, value) -> None:
    text = "mkdir sub; echo '{\"loss\": 0.5}' > sub/m.json"
    files = (("metrics", "sub/m.json"),)
    assert run(tmp_path, text, files=files, contents=(("metrics", form),))["metrics"] == value


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("touch other", "text", "did not leave 'm.json', its output 'm'"),
        ("echo nonsense > m.json", "json", "cannot be read as json"),
        ("printf '\\377' > m.json", "text", "cannot be read as text"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_of(tmp_path, text, form, said) -> None:
    with pytest.raises(TaskFailedError) as found:
        run(tmp_path, text, files=(("m", "m.json"),), contents=(("m", form),))
    assert said in str(found.value)


def test_what_an_earlier_attempt_left_is_gone(tmp_path) -> None:
    (tmp_path / ".work-old" / "sub").mkdir(parents=True)
    (tmp_path / "old.log").write_text("old")
    (tmp_path / "stdout.log").write_text("log")
    with pytest.raises(TaskFailedError, match="did not leave"):
        run(tmp_path, "true", files=(("logs", "*.log"),))
    assert [each.name for each in tmp_path.iterdir()] == ["stdout.log"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo lost; exit 3", "ended with exit code 3\nIts last output:\nlost"),
        ("false; echo never", "ended with exit code 1 and printed nothing"),
        ("false | cat; echo never", "ended with exit code 1"),
        ("echo $unset; kill -9 $$", "was ended by SIGKILL"),
        ("bash -c 'kill -SEGV $$'; true", "ended with exit code 139, as by SIGSEGV"),
        ("if", "syntax error"),
        ("no-such-program", "exit code 127\nIts last output:\nbash: line 1: no-such-program"),
        (("no-such-program",), "there is no program 'no-such-program' on its worker"),
        (("sh", "-c", "kill -9 $$"), "was ended by SIGKILL and printed nothing"),
        (("echo", "a\0b"), "embedded null byte"),
        (("echo", "x" * 3_000_000), "Argument list too long"),
    ],
)
def test_what_is_said_of_one_that_fails(tmp_path, text, said) -> None:
    with pytest.raises(TaskFailedError) as found:
        run(tmp_path, text)
    assert said in str(found.value)


def test_the_last_8000_bytes_of_output_are_told(tmp_path) -> None:
    with pytest.raises(TaskFailedError) as found:
        run(tmp_path, "for i in {1..3000}; do echo é$i; done; exit 1")
    last = str(found.value).split("last output:\n")[1]
    assert TAIL - 8 < len(last.encode()) <= TAIL
    assert last.endswith("é3000")


def test_what_a_failed_one_left_of_its_outputs_is_kept(tmp_path) -> None:
    with pytest.raises(TaskFailedError) as found:
        run(tmp_path, "echo why > build.log; exit 2", files=(("log", "*.log"), ("it", "it")))
    assert "is in its folder: build.log" in found.value.__notes__[0]
    assert (tmp_path / "build.log").read_text() == "why\n"


@pytest.mark.parametrize(
    ("folder", "expected"), [("{src}", "src"), ("{src}/sub", "sub"), ("/tmp", "tmp")]
)
def test_where_it_runs_can_be_chosen(tmp_path, folder, expected) -> None:
    (tmp_path / "src" / "sub").mkdir(parents=True)
    found = run(tmp_path, 'basename "$PWD"', {"src": tmp_path / "src"}, folder=folder)
    assert found["stdout"] == expected


def test_files_of_a_folder_of_others_stay_there(tmp_path) -> None:
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    own.mkdir()
    theirs.mkdir()
    found = run(own, "echo 1 > x", folder=str(theirs), files=(("x", "x"),))
    assert found["x"].path == own / "x"
    assert (theirs / "x").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(TaskFailedError, match="the cwd of command 'work' is 'gone'"):
        run(tmp_path, "true", folder="gone")


def test_environment_variables_are_made_of_inputs(tmp_path) -> None:
    found = run(tmp_path, 'echo "$RATE"', {"rate": 0.5}, env=(("RATE", "at {rate}"),))
    assert found["stdout"] == "at 0.5"


@pytest.mark.parametrize(
    ("limits", "text", "said"),
    [
        ({"open_files": 20}, "ulimit -n; exit 1", "20"),
        ({"file_mb": 1}, "head -c 3000000 /dev/zero > big", "used more than its file_mb=1"),
        ({"cpu_seconds": 1}, "while :; do :; done", "used more than its cpu_seconds=1"),
        ({"open_files": 20}, ("sh", "-c", "ulimit -n; exit 1"), "20"),
    ],
)
def test_each_process_has_limits(tmp_path, limits, text, said) -> None:
    with pytest.raises(TaskFailedError) as found:
        run(tmp_path, text, limits=tuple(limits.items()))
    assert said in str(found.value)


@pytest.fixture
def cores_for_us(monkeypatch) -> None:
    """Have nobody else on this machine claim cores."""
    monkeypatch.setattr("maze_nb.runners.commands.cores._NAME", f"maze-core-{os.getpid()}")


@pytest.mark.parametrize("dask_says", ["1", None])
@pytest.mark.usefixtures("cores_for_us")
def test_it_uses_the_cores_that_it_asks_for(tmp_path, monkeypatch, dask_says) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if dask_says:
        monkeypatch.setenv("OMP_NUM_THREADS", dask_says)
    all_cores = len(os.sched_getaffinity(0))
    if all_cores < 2:
        pytest.skip("this machine has one core only")
    assert run(tmp_path, "nproc", cores=0.5)["stdout"] == "1"
    assert run(tmp_path, "nproc", cores=all_cores)["stdout"] == str(all_cores)
    assert len(os.sched_getaffinity(0)) == all_cores


def test_threads_that_were_set_by_hand_stay_so_many(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert run(tmp_path, "echo $OMP_NUM_THREADS", cores=2)["stdout"] == "7"


@pytest.mark.usefixtures("cores_for_us")
def test_two_at_a_time_have_cores_of_their_own() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("this machine has one core only")
    with claimed(1) as first, claimed(1) as second:
        assert len(first) == len(second) == 1
        assert first != second
        others = len(os.sched_getaffinity(0)) - 2
        with claimed(max(others, 0) + 1) as third:
            assert third == set()


@pytest.mark.parametrize(
    "background",
    ["{} &", "setsid {} >/dev/null 2>&1 &", "nohup setsid {} & disown"],
)
def test_what_it_left_running_ends_with_it(tmp_path, background) -> None:
    run(tmp_path, f"{background.format(COMMAND)}\nsleep 0.1")
    assert not endless_processes()


def test_one_that_is_interrupted_is_told_to_end_with_all_it_started(tmp_path, capsys) -> None:
    ending = "echo got it > $TASK_DIR/told; echo good bye; echo for ever >&2; exit"
    text = f"trap '{ending}' TERM; setsid {COMMAND} & {COMMAND} & wait"
    failed: list[BaseException] = []
    thread_id: list[int] = []

    def work() -> None:
        thread_id.append(threading.get_ident())
        try:
            run(tmp_path, text)
        except BaseException as error:  # noqa: BLE001 - whatever ends it
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: len(endless_processes()) == 2, 20)
    began = time.monotonic()
    raise_in(thread_id[0])
    thread.join(20)
    assert isinstance(failed[0], SystemExit)
    assert time.monotonic() - began < 10
    assert (tmp_path / "told").read_text() == "got it\n"
    assert capsys.readouterr() == ("good bye\n", "for ever\n")
    assert not endless_processes()


def test_a_machine_without_bash_is_told_of(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TaskFailedError, match="needs bash, which its worker does not find"):
        run(tmp_path, "true")


@pytest.mark.parametrize(
    ("inputs", "said"), [({"x": "a\0b"}, "null byte"), ({"x": Path("/no/such")}, "is not there")]
)
def test_inputs_that_no_command_can_have(tmp_path, inputs, said) -> None:
    with pytest.raises(InputError, match=said):
        run(tmp_path, "echo {x}", inputs)


def test_folders_of_models_are_left_to_be_packed(tmp_path) -> None:
    run(tmp_path, "mkdir -p final_model; echo w > final_model/weights")
    assert (tmp_path / "final_model" / "weights").read_text() == "w\n"
    run(tmp_path, "mkdir -p final_model; echo v > final_model/other")
    assert [each.name for each in (tmp_path / "final_model").iterdir()] == ["other"]


def test_it_can_be_called_by_hand(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = Command("work", "echo {x} > it", ("x",), (("it", "it"),))
    assert command(x=1)["it"].path == tmp_path / "it"
    assert command({"x": 2})["it"].read_text() == "2\n"


def raise_in(thread_id: int) -> None:
    """Have SystemExit raised in a thread, as by a signal in the main thread."""
    import ctypes

    number = ctypes.c_ulong(thread_id)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(SystemExit))


def test_what_prints_in_the_background_without_a_pause_does_not_hold_it_up(tmp_path) -> None:
    found = run(tmp_path, "while :; do echo y; sleep 0.02; done & echo done")
    assert found["exit_code"] == 0
    assert found["stdout"].endswith("y")


def test_a_folder_that_it_removes_is_told_of_as_what_is_missing(tmp_path) -> None:
    with pytest.raises(TaskFailedError, match=r"did not leave 'a', its output 'a'.*\(no files\)"):
        run(tmp_path, 'rm -r "$PWD"', files=(("a", "a"),))
