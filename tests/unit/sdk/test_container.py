"""Containers as tasks: what is checked when they are added, how they are written, cache keys."""

from __future__ import annotations

import types

import pytest

from maze_nb import container
from maze_nb.errors import InputError, OptionError, WorkflowError
from maze_nb.runners.containers.options import Mount
from maze_nb.sdk.fingerprint.parts import cache_parts
from maze_nb.sdk.task_stories import source_of
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.written.workflow import written_workflow


def added(image="a/b:1", command="echo {x}", inputs=None, **more):
    graph = WorkflowGraph("w")
    return graph.add_container(image, command, {"x": 1} if inputs is None else inputs, **more)


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"image": ""}, InputError, "an image must be a name such as 'python:3.12-slim'"),
        ({"image": "a b"}, InputError, "an image must be a name"),
        ({"image": 3}, InputError, "an image must be a name"),
        ({"command": " "}, InputError, "must be a line for a shell"),
        ({"command": []}, InputError, "must be a line for a shell"),
        ({"command": [None]}, InputError, "must be a line for a shell"),
        ({"command": "make {y}"}, InputError, "{y} in the command of task 'b' is none of"),
        ({"command": ["make", "{y}"]}, InputError, "{y} in the command of task 'b' is none of"),
        ({"env": {"A": "{y}"}}, InputError, "{y} in the command of task 'b' is none of"),
        ({"command": "awk '{x}'"}, InputError, "single quotes"),
        ({"inputs": {"x": 1, "a-b": 1}}, InputError, "must be a name as Python has them"),
        ({"outputs": ["log"]}, InputError, "must be a dict of files"),
        ({"outputs": {"log": "../log"}}, InputError, "output 'log' of task 'b'"),
        ({"outputs": {"log": "/var/log"}}, InputError, "output 'log' of task 'b'"),
        ({"outputs": {"stdout": "x"}}, InputError, "every container has an output 'stdout'"),
        ({"outputs": {"a b": "x"}}, InputError, "output 'a b'"),
        ({"mounts": ["data:/data"]}, OptionError, "'data:/data' of task 'b' is no mount"),
        ({"mounts": ["/a"]}, OptionError, "'/a' of task 'b' is no mount"),
        ({"mounts": ["/a:/b:rx"]}, OptionError, "is no mount"),
        ({"mounts": ["/a:/results"]}, OptionError, "two mounts at '/results'"),
        ({"mounts": ["/a:/b", "/c:/b/"]}, OptionError, "two mounts at '/b'"),
        ({"pull": "allways"}, OptionError, "did you mean 'always'"),
        ({"network": 3}, OptionError, "must be True, False or the name of one"),
        ({"user": "a b"}, OptionError, "must be a name or a number"),
        ({"user": True}, OptionError, "must be a name or a number"),
        ({"cwd": "work"}, OptionError, "must be a folder of the container"),
        ({"isolation": "thread"}, OptionError, "leave isolation out"),
        ({"retrys": 3}, OptionError, "did you mean 'retries'"),
        ({"xyzzy": 3}, OptionError, "'mounts', 'name', 'network'"),
        ({"name": " "}, WorkflowError, "must not be empty"),
    ],
)
def test_refusals(more, error, said):
    with pytest.raises(error) as caught:
        added(**more)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("image", "name"),
    [("python", "python"), ("here:5000/a/b:3", "b"), ("b@sha256:12", "b"), ("a/b:1@sha256:1", "b")],
)
def test_it_is_called_as_its_image(image, name):
    assert container(image).name == name


@pytest.mark.parametrize(
    ("said", "mounts"),
    [
        ({"/a": "/b"}, (Mount("/a", "/b"),)),
        ({"/a": "/b:ro"}, (Mount("/a", "/b", is_read_only=True),)),
        (["/a:/b:rw", "/c:/d/"], (Mount("/a", "/b"), Mount("/c", "/d"))),
        ("/a:/b", (Mount("/a", "/b"),)),
    ],
)
def test_mounts(said, mounts):
    assert added(mounts=said).function.function.mounts == mounts


def test_inputs_are_those_in_its_texts_and_those_that_are_named():
    made = container("a", "cat {x}", inputs=["more"], env={"A": "{y}"}, outputs={"log": "*.log"})
    assert made.inputs == ("x", "y", "more")
    assert made.outputs == ("exit_code", "stdout", "log")
    assert made.kind == "container"
    assert made.options.options.isolation == "process"


def test_outputs_may_be_named_by_their_path_in_it():
    made = added(outputs={"model": "/results/out/model.bin"})
    assert made.function.function.files == (("model", "out/model.bin"),)


def test_its_source_is_told():
    found = source_of(added().function)
    assert found is not None
    assert found.text == "# a/b:1\necho {x}"


def test_it_is_written_as_code_that_makes_the_same():
    graph = WorkflowGraph("w")
    graph.add_container(
        "a/b:1",
        "echo {x} 'it''s' > \"/results/a\"",
        {"x": "a b", "more": [1, 2]},
        outputs={"a": "a"},
        env={"N": "{x}!"},
        mounts=["/a:/b", "/c:/d:ro"],
        pull="never",
        network=False,
        user=5,
        cwd="/t",
        read_only=True,
        retries=2,
        resources={"cpu": 2},
        name="first one",
    )
    graph.add_container("a/b:1", ["echo", "it's {x}"], {"x": 1}, network="own")
    graph.add_container("c")
    module = types.ModuleType("written")
    exec(written_workflow(graph), module.__dict__)
    made = {each.name: each for each in module.w().get_tasks()}
    for task in graph.get_tasks():
        assert made[task.name].function.function == task.function.function
        assert made[task.name].options.options == task.options.options
        assert made[task.name].resources == task.resources


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({}, True),
        ({"image": "a/b:2"}, False),
        ({"command": "echo {x}  "}, False),
        ({"inputs": {"x": 2}}, False),
        ({"env": {"A": "1"}}, False),
        ({"user": 5}, False),
        ({"retries": 3}, True),
    ],
)
def test_its_cache_key_is_what_it_runs(change, is_same):
    first, second = added(cache=True), added(**change, cache=True)
    assert (cache_parts(first) == cache_parts(second)) is is_same
