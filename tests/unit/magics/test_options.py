"""The line of ``%%maze_task``: a table of lines, and what is refused."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from maze_nb.errors import CellError, OptionError, ResourceError
from maze_nb.magics.options import parse_options
from maze_nb.model.task_options import Deadline

# The line, what it says, and why it is here.
LINES = [
    ("", {}, "nothing at all"),
    ("train", {"name": "train"}, "only a name"),
    ("train-all.v2", {"name": "train-all.v2"}, "a name need not be an identifier"),
    ("'train all'", {"name": "train all"}, "a name in quotes"),
    ("--cpu 2", {"cpu": 2}, "only an option"),
    ("--cpu=0.5 train", {"cpu": 0.5, "name": "train"}, "the name behind the options"),
    ("train --cpu-mem 512 --gpu 1 --gpu-mem 4000", {"name": "train", "cpu_mem": 512}, "all sorts"),
    ("-i a,b -o x", {"inputs": ("a", "b"), "outputs": ("x",)}, "names of inputs and outputs"),
    ("-i a, b -o x , y", {"inputs": ("a", "b"), "outputs": ("x", "y")}, "blanks around commas"),
    ("--inputs=a --outputs=x,x", {"inputs": ("a",), "outputs": ("x",)}, "long forms; a name twice"),
    ("-i ''", {"inputs": ()}, "no inputs at all"),
    ("--timeout 2.5 --retries 3 --backoff 0.5", {"timeout": 2.5, "retries": 3}, "limits"),
    ("--priority -5 --deadline=600", {"priority": -5, "deadline": Deadline(600)}, "order"),
    ("--isolation process", {"isolation": "process"}, "where its code runs"),
    ("--tags b, a --prefer c", {"tags": ("a", "b"), "prefer": ("c",)}, "tags"),
]


@pytest.mark.parametrize(("line", "said", "why"), LINES)
def test_lines_are_read(line, said, why):
    options = parse_options(line)
    found = {
        "name": options.name,
        "inputs": options.inputs,
        "outputs": options.outputs,
        **options.resources.as_dict(),
        **asdict(options.options.options),
        "deadline": options.options.options.deadline,
    }
    silent = {"name": None, "inputs": None, "outputs": None}
    expected = {**silent, "cpu": 1, "cpu_mem": 0, "timeout": None, "retries": 0, **said}
    assert {key: found[key] for key in expected} == expected, why


# The line, the kind of error, words it must have, and why.
REFUSED = [
    ("--cup 2", CellError, ["'--cup'", "did you mean '--cpu'?", "usage"], "a misspelt option"),
    ("--gpumem=3", CellError, ["'--gpumem'", "'--gpu-mem'"], "a misspelt option with a value"),
    ("-x a", CellError, ["'-x'"], "an unknown short option"),
    ("a b", CellError, ["'b'", "only one NAME"], "two names"),
    ("''", CellError, ["NAME must not be empty"], "an empty name"),
    ("--cpu", CellError, ["--cpu", "expected one argument"], "an option without its value"),
    ("--cpu many", CellError, ["--cpu", "'many'"], "no number"),
    ("--cpu -1", ResourceError, ["'cpu'", "must not be negative"], "a negative amount"),
    ("--cpu nan", ResourceError, ["'cpu'", "finite"], "not a number, literally"),
    ("t --gpu 1.5", ResourceError, ["'gpu'", "'t'", "whole devices"], "one and a half devices"),
    ("-o 2x", CellError, ["'2x' is not a name"], "no identifier"),
    ("-i a.b", CellError, ["'a.b' is not a name"], "a dotted name"),
    ("-o class", CellError, ["'class' is not a name"], "a keyword"),
    ("t --timeout 0", OptionError, ["'timeout'", "cell 't'", "stop it before"], "no time at all"),
    ("--timeout soon", CellError, ["--timeout", "'soon'"], "no number of seconds"),
    ("--retries 1.5", CellError, ["--retries", "'1.5'"], "one and a half retries"),
    ("--retries -1", OptionError, ["'retries'", "the cell", "whole number"], "fewer than none"),
    ("--isolation threat", OptionError, ["did you mean 'thread'?"], "a misspelt isolation"),
    ("--isolation thread --timeout 3", OptionError, ["cannot be stopped"], "a stoppable thread"),
    ("--isolation thread --gpu 1", OptionError, ["devices"], "a thread with a device"),
    ("--priority 1000", OptionError, ["'priority'", "-100 to 100"], "beyond all priorities"),
    ("--deadline 2001-01-01T10:00", OptionError, ["'deadline'", "ago"], "a time long past"),
    ("--deadline soon", CellError, ["'soon'", "2030-01-31T18:00"], "no time"),
    ("--tags 'a b'", OptionError, ["'a b' is no tag"], "a tag of two words"),
    ("--timeuot 3", CellError, ["did you mean '--timeout'?"], "a misspelt option"),
    ("'train", CellError, ["No closing quotation"], "an open quote"),
]


@pytest.mark.parametrize(("line", "kind", "words", "why"), REFUSED)
def test_refusals_say_what_is_wrong(line, kind, words, why):
    with pytest.raises(kind) as caught:
        parse_options(line)
    for word in words:
        assert word in str(caught.value), why
