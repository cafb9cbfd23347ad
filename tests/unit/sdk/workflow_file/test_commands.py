"""Commands of files: what they say is what runs, and no value of a reference is ever code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maze_nb.errors import InputError, TaskFailedError
from maze_nb.sdk.task_stories import source_of
from maze_nb.sdk.workflow_file.load import load_into
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

NASTY = "$(touch y) 'a' \"b\" `c` \\ {x}"
INPUTS = {"x": NASTY, "values": [1, "z z"], "my-rows": {"a": [3]}, "value": 5}


def loaded(folder: Path, **said: Any) -> WorkflowTask:
    file = {"parameters": {"p": "it's $1"}, "tasks": {"work": {"inputs": INPUTS, **said}}}
    path = folder / "flow.json"
    path.write_text(json.dumps(file))
    graph = WorkflowGraph()
    load_into(graph, path)
    (task,) = graph.get_tasks()
    return task


def run(folder: Path, **said: Any) -> dict[str, Any]:
    task, own = loaded(folder, **said), folder / "own"
    own.mkdir()
    command: Any = task.function.function
    return command.run(task.inputs, own, {})


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("printf %s ${inputs.x}", NASTY),
        ('printf %s "<${inputs.x}>" ${inputs.x}', f"<{NASTY}>{NASTY}"),
        ("printf %s ${inputs.values}, ${inputs.values[1]}", '[1, "z z"],z z'),
        ("echo ${inputs.value} ${inputs['my-rows'].a[0]} ${inputs.values[0]}", "5 3 1"),
        ('echo ${inputs["my-rows"]} "${parameters.p}"', '{"a": [3]} it\'s $1'),
        ("echo a b | awk '{print $2}'; echo {x} {{x}} '{x}' {1..3}", "b\n{x} {{x}} {x} 1 2 3"),
        ("printf '%s\\n' \\\\${inputs.value} \"\\\\${inputs.value}\"", "\\5\n\\5"),
        ("cat <<END\n${inputs.x}\nEND", NASTY),
        ("# it's ${inputs.x}\necho $(printf %s ${inputs.value})", "5"),
        ("v=a; echo $${v} \\$v $v", "a $v a"),
        ("echo $MAZE_INPUT_value $MAZE_INPUT_values", '5 [1, "z z"]'),
        (["printf", "%s|", "${inputs.x}", "{x}", "$HOME"], f"{NASTY}|{{x}}|$HOME|"),
        (["printf", "%s|", "\\${inputs.value}", "a\\\\${inputs.value}"], "\\5|a\\\\5|"),
        (["echo", "-${inputs.values}-", 7, None, True], '-[1, "z z"]- 7 null true'),
        (["echo", "${parameters.p}", "${inputs.values[1]}", "{{x}}"], "it's $1 z z {{x}}"),
    ],
)
def test_what_stands_there_runs(tmp_path, command, printed) -> None:
    assert run(tmp_path, command=command)["stdout"] == printed
    assert not (tmp_path / "own" / "y").exists()


def test_it_is_run_as_other_commands_are(tmp_path) -> None:
    with pytest.raises(TaskFailedError, match="ended with exit code 1"):
        run(tmp_path, command="false | true")
    task = loaded(tmp_path, command="[[ a == a ]]", limits={"open_files": 32, "file_mb": None})
    assert task.function.function.limits == (("open_files", 32),)
    assert task.function.kind == "command"


def test_where_it_runs_and_what_it_leaves(tmp_path) -> None:
    (tmp_path / "a {x}").mkdir()
    found = run(
        tmp_path,
        command="echo [1] > m.json; echo a > b.log",
        cwd="a {x}",
        outputs={"m": {"json": "m.json"}, "logs": "*.log", "text": {"text": "b.log"}},
    )
    logs = found.pop("logs")
    assert found == {"exit_code": 0, "stdout": "", "m": [1], "text": "a\n"}
    assert [each.read_text() for each in logs] == ["a\n"]
    assert loaded(tmp_path, command="echo", outputs=["stdout"]).function.outputs == ("stdout",)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ('echo "${inputs.x}" {x} ${parameters.p}', 'echo "${inputs.x}" {x} it\'s $1'),
        (["echo", "${inputs.x}", "a b"], "echo '${inputs.x}' 'a b'"),
    ],
)
def test_it_is_shown_as_it_stands_in_the_file(tmp_path, command, told) -> None:
    assert source_of(loaded(tmp_path, command=command).function).text == told


def test_inputs_of_its_own_are_called_by_what_they_are(tmp_path) -> None:
    given = {"inputs_a_b": 1, "a": {"b": 2, "ö": 3, " ": 4}}
    text = (
        'echo ${inputs.a.b} ${inputs.inputs_a_b} ${inputs.a["ö"]} ${inputs.a[" "]} ${parameters.p}'
    )
    task = loaded(tmp_path, command=text, inputs=given)
    assert set(task.inputs) == {*given, "inputs_a_b_2", "inputs_a", "inputs_a_2", "value"}
    assert run(tmp_path, command=text, inputs=given)["stdout"] == "2 1 3 4 it's $1"


def test_what_is_too_much_for_a_command_is_named(tmp_path) -> None:
    given = {"a": {"rows": ["x"] * 30_000}}
    with pytest.raises(InputError, match="'inputs_a_rows' is a text of 150000 characters"):
        run(tmp_path, command="echo ${inputs.a.rows}", inputs=given)


def test_what_is_read_twice_is_there_once(tmp_path) -> None:
    (tmp_path / "in.txt").write_text("i")
    text = 'cat ${file["in.txt"]} "${file["in.txt"]}" ${inputs.x.a} ${inputs.x.a}'
    task = loaded(tmp_path, command=text, inputs={"x": {"a": 1}})
    assert set(task.inputs) == {"x", "file_in_txt", "inputs_x_a"}
