"""Whatever stands in a file: it is a workflow, or what is wrong with it is told with its place."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maze_nb.errors import WorkflowFileError
from maze_nb.sdk.freeze import freeze
from maze_nb.sdk.workflow_file.load import check_file, load_into
from maze_nb.sdk.workflow_graph import WorkflowGraph

VALID = """\
name: demo
parameters:
  lr: {type: float, default: 0.1, choices: [0.1, 1.0]}
  rows: [1, 2]
tasks:
  load:
    run: anyfile_tasks:load
    inputs: {count: 3, label: "lr ${parameters.lr}"}
    resources: {cpu: 1, cpu_mem: 64, gpu: 1, gpu_mem: 10}
    options: {timeout: 5, retries: 1, retry_on: [OSError], tags: a, env: {X: 1}, secrets: [S]}
  each:
    run: anyfile_tasks:load
    foreach: ${load.result.rows}
    inputs: {count: "${item}", label: "${item.a[0]} ${load.result} ${secrets.S}"}
    needs: load
  many: {command: "echo ${item.x} \\"${inputs.y}\\"", foreach: {x: 1..2, y: "${parameters.rows}"}}
  many2: {command: [a, "${item}"], foreach: [1, "${load.result}", "${load.result.x}"], when: true}
  end: {command: "cat ${load.result}", outputs: {o: {json: o.json}}, when: "not ${load.result.ok}"}
"""
TEMPLATE = """\
apiVersion: v1
kind: Task
metadata: {name: t}
spec:
  stages:
    - name: a
      spec:
        taskType: command
        resources: {hardware: {cpu: 2, memory: 16Gi, gpu: {count: 1, memory: 24GB, type: any}}}
        command: echo
        output: {destination: {type: local, path: kept}}
    - name: b
      dependsOn: [a]
      spec: {run: "anyfile_tasks:load", checkpoint: {load: {url: "${a.result.stdout}"}}}
"""
WORDS = [
    *(word for word in re.split(r"([\s:{}\[\],\"]+)", VALID + TEMPLATE) if word),
    *(
        "&a",
        "*a",
        "<<",
        "? ",
        "- ",
        "|",
        ">",
        "!!str",
        "null",
        "~",
        "''",
        "1..9",
        "9..1",
        "..",
        "#",
    ),
    *("${", "}", "$${", "${item}", "${a}", "${load", "${load.result[0]}", "--- \n", "...", "\t"),
    *("1e999", ".nan", "-1", "\u0000", "é", "\U0001f600", "\u2028", "container", "notebook", "cwd"),
]
SECONDS = 20
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory):
    """Give a folder with a module of tasks."""
    made = tmp_path_factory.mktemp("any")
    (made / "anyfile_tasks.py").write_text("def load(count=1, label='', checkpoint=None): pass\n")
    before = [*sys.path]
    yield made
    sys.path[:] = before
    sys.modules.pop("anyfile_tasks", None)


def told_or_right(folder: Path, data: bytes, name: str = "flow.yaml") -> bool:
    """Check a file: all that is wrong has its place, what is right can be frozen to run."""
    file = folder / name
    file.write_bytes(data)
    began = time.monotonic()
    found = check_file(file)
    workflow = WorkflowGraph()
    try:
        load_into(workflow, file, {})
    except WorkflowFileError as error:
        lines = str(error).splitlines()
        assert all(re.match(rf"{re.escape(str(file))}:(\d+: |\ …)", line) for line in lines), lines
    else:
        assert not found.problems
        freeze(workflow, "run")
    count = data.count(b"\n") + data.count(b"\r") + 2
    for problem in found.problems:
        assert 1 <= problem.line <= count + data.count("\u2028".encode()) + data.count(b"\xc2\x85")
        assert problem.message
        assert "Traceback" not in problem.message
    assert time.monotonic() - began < SECONDS
    return not found.problems


@pytest.mark.parametrize("text", [VALID, TEMPLATE], ids=["a workflow", "a template"])
def test_what_is_changed_here_is_right_itself(folder, text) -> None:
    found = check_file(_written(folder, text))
    assert found.problems == []
    assert told_or_right(folder, text.encode())


def _written(folder: Path, text: str) -> Path:
    file = folder / "right.yaml"
    file.write_text(text)
    return file


@EXAMPLES
@given(data=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda t: t.encode())))
def test_any_bytes_and_any_text(folder, data) -> None:
    told_or_right(folder, data)
    told_or_right(folder, data, "flow.json")


@EXAMPLES
@given(words=st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_of_its_words_in_any_order(folder, words) -> None:
    told_or_right(folder, "".join(words).encode())
    told_or_right(folder, ("tasks:\n  a: {" + "".join(words) + "}\n").encode())


@EXAMPLES
@given(
    text=st.sampled_from([VALID, TEMPLATE]),
    changes=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 12), st.sampled_from(["", *WORDS])),
        min_size=1,
        max_size=4,
    ),
)
def test_files_that_were_right_before(folder, text, changes) -> None:
    for at, length, instead in changes:
        at %= len(text)
        text = text[:at] + instead + text[at + length :]
    told_or_right(folder, text.encode("utf-8", "replace"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*WORDS]) | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


def _places(value: object, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += _places(value[key], (*path, key))
    return found


@EXAMPLES
@given(text=st.sampled_from([VALID, TEMPLATE]), at=st.integers(0, 10**6), value=VALUES)
def test_any_value_in_any_place(folder, text, at, value) -> None:
    import yaml

    whole = yaml.safe_load(text)
    places = _places(whole)
    path = places[at % len(places)]
    target = whole
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    told_or_right(folder, json.dumps(whole).encode(), "flow.json")
