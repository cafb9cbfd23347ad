"""What is said of workflow files that cannot be read, and of parameters that are wrong."""

from __future__ import annotations

import json

import pytest

from maze_nb.sdk.workflow_file.load import check_file
from tests.unit.sdk.workflow_file.problem import Case, check, problems_of

READING: dict[str, Case] = {
    "nothing": ("", [(1, "", "is empty: it has to have tasks")]),
    "no dict": ("- a\n", [(1, "", "has to be a dict with tasks")]),
    "no tasks": ("name: x\n", [(1, "", "has to have 'tasks'")]),
    "not YAML": ("tasks:\n  a: [1\n  b: 2\n", [(3, "", "cannot be read as YAML")]),
    "a tab": ("tasks:\n\ta: 1\n", [(2, "", "cannot be read as YAML")]),
    "two documents": ("a: 1\n---\nb: 2\n", [(2, "", "a second document begins")]),
    "a tag": ("a: !python/object:os.system {}\n", [(1, "", "has the tag")]),
    "an alias to nothing": ("a: *b\n", [(1, "", "what *b names is not there")]),
    "an alias inside itself": ("a: &b [*b]\n", [(1, "", "what *b names stands inside itself")]),
    "a list as key": ("? [a]\n: 1\n", [(1, "", "a key has to be a text or a number")]),
    "merged with a text": ("<<: x\n", [(1, "", "<< takes a dict")]),
    "deep": ("a: " + "[" * 500 + "]" * 500 + "\n", [(1, "", "is nested more than")]),
    "a bomb": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        [(5, "", "says more than 500,000 values")],
    ),
    "a control character": ("a: \x07\n", [(1, "", "cannot be read as YAML")]),
    "twice": (
        (
            "tasks:\n  a: {run: 'jobs:train', inputs: {lr: 1.0}}\n"
            "  a: {run: 'jobs:train', inputs: {lr: 1.0}}\n"
        ),
        [(3, "tasks.a", "is there twice: it was in line 2 already")],
    ),
    "twice, in a list": (
        "tasks:\n  a: {command: echo, inputs: {x: [1, {y: 1, y: 2}]}}\n",
        [(2, "tasks.a.inputs.x[1].y", "is there twice: it was in line 2 already")],
    ),
    "no task": ("tasks: {}\n", [(1, "tasks", "has none: give it one, as in tasks: {hello:")]),
    "no value for tasks": ("tasks:\n", [(1, "tasks", "is nothing, but has to be a dict")]),
    "a text": ("hello\n", [(1, "", "has to be a dict with tasks")]),
    "a comment": ("# hello\n", [(1, "", "is empty: it has to have tasks")]),
    "a reference without quotes": (
        "tasks:\n  a: {command: [echo, ${b.c}]}\n",
        [(2, "", "a reference stands in { } or [ ]: put quotes to it")],
    ),
    "a colon in a text": (
        "tasks:\n  a:\n    command: echo: x\n",
        [(3, "", "there is a ':' too much: put quotes to the text")],
    ),
    "an at": ("a: @x\n", [(1, "", "no text begins with '@': put quotes to it")]),
    "a tab as indentation": ("a:\n b:\n\tc: 1\n", [(3, "", "there is a tab: indent by spaces")]),
    "open quotes": ('a: 1\nb: "x\n', [(3, "", "the quotes of line 2 are not closed")]),
    "an escape": ('a: "\\d"\n', [(1, "", "put single quotes")]),
    "a pattern of files": ("a: *.txt\n", [(1, "", "put quotes to a text that begins with *")]),
    "an empty name": ("name: ''\ntasks: {a: {command: echo}}\n", [(1, "name", "is empty")]),
    "a name made in the run": (
        "name: ${a.stdout}\ntasks: {a: {command: echo}}\n",
        [(1, "name", "${a.stdout} is known only in the run")],
    ),
}


PARAMETERS: dict[str, Case] = {
    "a wrong default": (
        "parameters: {lr: {type: float, default: fast}}",
        [(1, "parameters.lr.default", "is 'fast' (str), but has to be a float")],
    ),
    "an unknown type": (
        "parameters: {lr: {type: flaot, default: 1}}",
        [(1, "parameters.lr.type", "is 'flaot', but has to be")],
    ),
    "an unknown word": (
        "parameters: {lr: {type: float, defualt: 1}}",
        [(1, "parameters.lr.defualt", "did you mean 'default'?")],
    ),
    "a choice that is none": (
        "parameters: {m: {default: c, choices: [a, b]}}",
        [(1, "parameters.m.default", "is 'c', but has to be one of: 'a', 'b'")],
    ),
    "required, with a default": (
        "parameters: {m: {default: c, required: true}}",
        [(1, "parameters.m", "is required, and so has no use for a default")],
    ),
    "a choice of another type": (
        "parameters: {m: {type: int, choices: [1, b]}}",
        [(1, "parameters.m.choices[1]", "is 'b' (str), but has to be an int")],
    ),
    "no choice": ("parameters: {m: {choices: []}}", [(1, "parameters.m.choices", "is empty")]),
    "a reference": (
        "parameters: {a: 1, b: {x: ['${parameters.a}']}}",
        [(1, "parameters.b.x[0]", "${parameters.a} stands in a parameter, where nothing can be")],
    ),
    "no dict": ("parameters: [a]", [(1, "parameters", "has to be a dict of parameters")]),
}


@pytest.mark.parametrize("case", READING)
def test_what_cannot_be_read(folder, case) -> None:
    text, expected = READING[case]
    check(problems_of(folder, text), expected)


@pytest.mark.parametrize("case", PARAMETERS)
def test_parameters_that_are_wrong(folder, case) -> None:
    text, expected = PARAMETERS[case]
    check(problems_of(folder, f"{text}\ntasks: {{a: {{command: echo}}}}"), expected)


GIVEN = (
    "parameters:\n  lr: {type: float}\n  tags: []\ntasks: {a: {command: 'echo ${parameters.lr}'}}"
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"lr": 1, "tags": ["a"]}, []),
        ({"lr": "x"}, [(2, "parameters.lr", "is 'x' (str), but has to be a float")]),
        ({"lr": True}, [(2, "parameters.lr", "is True (bool), but has to be a float")]),
        ({"rl": 1.0}, [(1, "parameters", "no parameter is called 'rl': known are: 'lr', 'tags'")]),
        ({"tags": 1}, [(3, "parameters.tags", "is 1 (int), but has to be a list")]),
    ],
)
def test_values_of_parameters(folder, given, expected) -> None:
    check(problems_of(folder, GIVEN, given), expected)


@pytest.mark.parametrize(
    ("told", "part"),
    [
        ("${parameters.lrr}", "no parameter is called 'lrr': did you mean 'lr'?"),
        ("${parameters.lr.x}", "has no part 'x': what is looked into is a float"),
        ("${workflow.home}", "it has no 'home'"),
    ],
)
def test_references_to_what_is_known_before_the_run(folder, told, part) -> None:
    text = f"parameters: {{lr: 0.5}}\ntasks:\n  a:\n    command: [echo, '{told}']\n"
    check(problems_of(folder, text), [(4, "tasks.a.command[1]", part)])


def test_json_is_read_with_places_too(folder) -> None:
    text = '{\n\t"tasks": {\n\t\t"a": {"run": "jobs:trian", "inputs": {"x": "\\ud83d\\ude00"}}\n}}'
    check(
        problems_of(folder, text, name="flow.json"), [(3, "tasks.a.run", "did you mean 'train'?")]
    )
    broken = problems_of(folder, '{"tasks": {\n "a": 1,}}', name="flow.json")
    check(broken, [(2, "", "cannot be read as JSON")])
    check(problems_of(folder, "[" * 100_000, name="f.json"), [(1, "", "cannot be read as JSON")])


def test_what_is_no_text(folder) -> None:
    (folder / "f.yaml").write_bytes(b"a: 1\nb: \xff\n")
    found = [(p.line, p.path, p.message) for p in check_file(folder / "f.yaml").problems]
    check(found, [(2, "", "is no text in UTF-8")])
    found = [(p.line, p.path, p.message) for p in check_file(folder / "no.yaml").problems]
    check(found, [(1, "", "cannot be read: No such file or directory")])
    found = [(p.line, p.path, p.message) for p in check_file(folder).problems]
    check(found, [(1, "", "cannot be read: Is a directory")])


def test_a_module_beside_the_file_that_another_hides(folder) -> None:
    (folder / "json.py").write_text("def f(): return 1")
    text = "tasks:\n  a: {run: 'json:f'}\n"
    check(problems_of(folder, text), [(2, "tasks.a.run", "is not the one that is imported here")])
    assert json.dumps(1) == "1"
