"""Commands as tasks: what is checked when they are added, how they are written, their cache key."""

from __future__ import annotations

import types

import pytest

from maze_nb import command
from maze_nb.errors import InputError, OptionError, WorkflowError
from maze_nb.sdk.fingerprint.parts import cache_parts
from maze_nb.sdk.task_stories import source_of
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.written.workflow import written_workflow


def added(text="echo {x}", inputs=None, **more):
    graph = WorkflowGraph("w")
    return graph.add_command(text, {"x": 1} if inputs is None else inputs, **more)


@pytest.mark.parametrize(
    ("text", "more", "error", "said"),
    [
        ("make {scr}", {"inputs": {"src": "x"}}, InputError, "{scr} in the command of task 'make'"),
        ("make {scr}", {"inputs": {"src": "x"}}, InputError, "did you mean 'src'"),
        ("awk '{x}'", {}, InputError, "single quotes"),
        (" ", {}, InputError, "must be a text for Bash"),
        (3, {}, InputError, "must be a text for Bash"),
        ([], {}, InputError, "or a list of words"),
        (["echo", b"x"], {}, InputError, "or a list of words"),
        (["echo", "{y}"], {}, InputError, "{y} in the command of task 'echo'"),
        ("true", {"outputs": {"m": {"yaml": "m"}}}, InputError, "output 'm' of task 'true'"),
        ("true", {"outputs": {"m": {"json": "*.m"}}}, InputError, "output 'm' of task 'true'"),
        ("true", {"outputs": {"m": {"json": "../m"}}}, InputError, "output 'm' of task 'true'"),
        ("true", {"inputs": {"a-b": 1}}, InputError, "must be a name as Python has them"),
        ("true", {"outputs": ["log"]}, InputError, "must be a dict of files"),
        ("true", {"outputs": {"log": "../log"}}, InputError, "output 'log' of task 'true'"),
        ("true", {"outputs": {"stdout": "x"}}, InputError, "every command has an output 'stdout'"),
        ("true", {"outputs": {"artifacts": "x"}}, InputError, "has an output 'artifacts'"),
        ("true", {"outputs": {"a b": "x"}}, InputError, "output 'a b'"),
        ("true", {"limits": {"open_file": 3}}, OptionError, "did you mean 'open_files'"),
        ("true", {"limits": {"file_mb": 0}}, OptionError, "whole number from 1 on"),
        ("true", {"limits": [1]}, OptionError, "must be a dict"),
        ("true", {"env": {"A=": 1}}, OptionError, "no name of an environment variable"),
        ("true", {"env": {"A": "{y}"}}, InputError, "{y} in the command"),
        ("true", {"cwd": "{y}"}, InputError, "{y} in the command"),
        ("true", {"isolation": "thread"}, OptionError, "leave isolation out"),
        ("true", {"timout": 3}, OptionError, "did you mean 'timeout'"),
        ("true", {"name": " "}, WorkflowError, "must not be empty"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_added(text, more, error, said) -> None:
    with pytest.raises(error) as found:
        added(text, **more)
    assert said in str(found.value)


def test_what_it_is_called_reads_and_makes() -> None:
    task = added("/usr/bin/sort {x} > s", outputs={"s": "s"}, timeout=3, resources={"cpu": 2})
    assert (task.name, task.function.kind) == ("sort", "command")
    assert task.function.inputs == ("x",)
    assert task.function.outputs == ("exit_code", "stdout", "s")
    assert task.options.options.timeout == 3
    assert task.options.options.isolation == "process"
    assert added("(true)").name == "command"
    assert source_of(task.function).text == "/usr/bin/sort {x} > s"


def test_it_can_be_words_that_no_shell_reads(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["tee", "{to}"]
    made = command(words, outputs={"m": {"text": "m"}, "all": "*"})
    assert (made.name, made.inputs) == ("tee", ("to",))
    assert source_of(made).text == "tee '{to}'"
    assert made(to="m")["m"] == ""


def test_a_missing_input_is_named() -> None:
    with pytest.raises(InputError, match="no value for its input 'rows'"):
        WorkflowGraph("w").add_task(command("sort {rows}"))


def test_one_task_of_many_inputs_and_of_outputs_of_others() -> None:
    graph = WorkflowGraph("w")
    first = graph.add_command("echo 1 > a", outputs={"a": "a"})
    second = graph.add_command("cat {a}", {"a": first.outputs["a"]})
    assert list(graph.successors(first.task_id)) == [second.task_id]


def test_it_is_written_as_code_that_makes_the_same() -> None:
    graph = WorkflowGraph("w")
    first = graph.add_command(
        "echo {x} 'it''s' > \"a\"",
        {"x": "a b", "more": [1, 2]},
        outputs={"a": "a"},
        env={"N": "{x}!"},
        limits={"file_mb": 3},
        cwd="sub",
        retries=2,
        resources={"cpu": 2},
        name="first one",
    )
    graph.add_command("cat {a}", {"a": first.outputs["a"]})
    graph.add_command(["tee", "it's {x}"], {"x": 1}, outputs={"m": {"json": "m"}, "t": "t"})
    module = types.ModuleType("written")
    exec(written_workflow(graph), module.__dict__)
    made = {each.name: each for each in module.w().get_tasks()}
    for task in graph.get_tasks():
        other = made[task.name]
        assert other.function.function == task.function.function
        assert other.options.options == task.options.options
        assert other.resources == task.resources
    assert made["first one"].inputs == first.inputs


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({}, True),
        ({"text": "echo {x}  "}, False),
        ({"inputs": {"x": 2}}, False),
        ({"outputs": {"s": "t"}}, False),
        ({"env": {"A": "1"}}, False),
        ({"cwd": "/tmp"}, False),
        ({"version": 2}, False),
        ({"retries": 3}, True),
    ],
)
def test_what_its_outputs_depend_on(change, is_same) -> None:
    first, second = cache_parts(added(name="n")), cache_parts(added(name="n", **change))
    assert ((first.code, first.inputs) == (second.code, second.inputs)) is is_same
    assert first.task == "command n"
