"""Files that tasks leave, as inputs of others: what is asked for, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from maze_nb import FileInput, not_, task, workflow
from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.named import artifact_named
from maze_nb.errors import ArtifactError, InputError, SerializationError, TypeHintError
from maze_nb.runners.python import bind_inputs
from maze_nb.sdk.asked import asked_of
from maze_nb.sdk.fingerprint.whole_run import task_digests
from maze_nb.sdk.freeze import freeze
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.task_call import TaskCall, decode_call

FOUND = {"a.txt": Artifact("a.txt", "file:///a.txt", 1, "0" * 64), "b/c.txt": 2}


@task
def make() -> int:
    return 1


@task(outputs=["artifacts", "other"])
def own() -> tuple[dict[str, int], int]:
    return {"a.txt": 5}, 6


@task
def use(file: Any) -> Any:
    return file


@task
def use_text(file: str) -> Any:
    return file


@task
def use_path(file: os.PathLike[str]) -> Any:
    return file


@task
def use_all(files: dict[str, Artifact]) -> Any:
    return files


def calls(graph: WorkflowGraph) -> dict[str, TaskCall]:
    frozen = freeze(graph, "run")
    return {
        decode_call(node.args[0]).name: decode_call(node.args[0])
        for node in frozen.nodes.values()
        if getattr(node, "args", ()) and isinstance(node.args[0], bytes)
    }


def test_only_what_is_read_is_asked_for() -> None:
    graph = WorkflowGraph("w")
    one, two, three = (graph.add_task(make, name=name) for name in ("one", "two", "three"))
    graph.add_task(
        use, {"file": [one.artifacts["a.txt"], one.outputs["final_lora_archive_url"]]}, name="use"
    )
    graph.add_task(use, {"file": {"all": two.artifacts}}, name="more")
    assert asked_of(graph.get_tasks()) == {
        one.task_id: ("artifacts", "final_lora_archive_url"),
        two.task_id: ("artifacts",),
    }
    found = calls(graph)
    assert found["one"].outputs == found["two"].outputs == found["three"].outputs == ("result",)
    assert found["one"].automatic == ("artifacts", "final_lora_archive_url")
    assert (found["two"].automatic, found["three"].automatic) == (("artifacts",), ())
    told = {task.name: task.outputs for task in graph.graph().tasks}
    assert told["one"] == ("result", "artifacts", "final_lora_archive_url")
    assert told["three"] == ("result",)
    three.delete()
    graph.remove_task(graph.get_tasks()[2])
    assert set(asked_of(graph.get_tasks())) == {two.task_id}


def test_an_output_of_its_own_goes_first() -> None:
    graph = WorkflowGraph("w")
    made = graph.add_task(own)
    graph.add_task(use, {"file": made.artifacts["a.txt"]}, name="use")
    found = calls(graph)
    assert found["own"].automatic == ()
    assert bind_inputs(found["use"], b"", [{"artifacts": {"a.txt": 5}}]) == {"file": 5}


def test_a_reader_is_given_the_file_by_name() -> None:
    graph = WorkflowGraph("w")
    made = graph.add_task(make)
    graph.add_task(use, {"file": made.artifacts["a.txt"]}, name="use")
    call = calls(graph)["use"]
    assert bind_inputs(call, b"", [{"artifacts": FOUND}]) == {"file": FOUND["a.txt"]}
    with pytest.raises(ArtifactError, match=r"'make' left no file 'a\.txt', but 'b'"):
        bind_inputs(call, b"", [{"artifacts": {"b": 1}}])


@pytest.mark.parametrize(
    ("found", "name", "what"),
    [
        ({}, "a", "left none at all: have it write"),
        (None, "a", "left none at all"),
        (FOUND, "a.tx", r"but 'a\.txt', 'b/c\.txt': did you mean 'a\.txt'"),
        ([FOUND, {}], "a.txt", r"task 'make\[1\]' left no file"),
        ({str(n): n for n in range(30)}, "x", "and 10 more"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(found: Any, name: str, what: str) -> None:
    with pytest.raises(ArtifactError, match=what):
        artifact_named(found, name, "make")


@pytest.mark.parametrize(
    "refused",
    [
        lambda graph, made: graph.add_task(make, when=made.artifacts["a.txt"]),
        lambda graph, made: graph.add_task(make, when=not_(made.artifacts["a.txt"])),
        lambda graph, made: graph.add_map(use, made.artifacts["a.txt"]),
        lambda _, made: made.artifacts["a.txt"]["b"],
        lambda _, made: made.artifacts[3],
        lambda _, made: made.artifacts[""],
        lambda _, made: made.outputs["result"]["a"],
        lambda _, made: made.outputs["artefacts"],
        lambda graph, made: graph.add_task(use_text, {"file": made.artifacts["a.txt"]}),
        lambda graph, made: graph.add_task(use_text, {"file": made.artifacts}),
        lambda graph, made: graph.add_task(use_all, {"files": made.artifacts["a.txt"]}),
    ],
)
def test_what_a_file_is_not_for_is_refused(refused: Callable[[Any, Any], Any]) -> None:
    graph = WorkflowGraph("w")
    with pytest.raises((InputError, TypeHintError)):
        refused(graph, graph.add_task(make))


def test_hints_that_fit() -> None:
    graph = WorkflowGraph("w")
    made = graph.add_task(make)
    graph.add_task(use_path, {"file": made.artifacts["a.txt"]})
    graph.add_task(use_path, {"file": FileInput(__file__)})
    graph.add_task(use_all, {"files": made.artifacts})
    graph.add_task(use_text, {"file": made.outputs["final_model_archive_url"]})


def test_files_tell_digests_apart() -> None:
    def digest(name: str) -> str:
        graph = WorkflowGraph("w")
        made = graph.add_task(make, name="make", task_id="make")
        graph.add_task(use, {"file": [made.artifacts[name]]}, name="use", task_id="use")
        return task_digests(graph)["use"]

    assert digest("a.txt") == digest("a.txt") != digest("b.txt")


def test_in_a_workflow_function() -> None:
    @workflow
    def staged() -> Any:
        made = make()
        return use(file=[made.artifacts["a.txt"], made.artifacts, made.final_model_archive_url])

    graph = staged()
    made, used = graph.get_tasks()
    whole, url = made.artifacts, made.outputs["final_model_archive_url"]
    assert used.inputs == {"file": [made.artifacts["a.txt"], whole, url]}

    @workflow
    def wrong() -> Any:
        return use(file=make().artifacts["a.txt"]["b"])

    with pytest.raises(InputError, match="has no value while the workflow is made"):
        wrong()


def test_what_is_returned_is_the_file() -> None:
    graph = WorkflowGraph("w")
    reference = graph.add_task(make).artifacts["b/c.txt"]
    assert reference.of({"artifacts": FOUND}) == 2
    assert "b/c.txt" in repr(reference)


def test_a_file_that_cannot_be_read_names_the_input(tmp_path: Any) -> None:
    graph = WorkflowGraph("w")
    graph.add_task(use, {"file": [FileInput(tmp_path / "no.txt")]})
    with pytest.raises(InputError, match=r"input 'file' of task 'use' is FileInput\('.*no\.txt'\)"):
        freeze(graph, "run")
    with pytest.raises((InputError, SerializationError)):
        freeze(graph, "run", cache=True)


@pytest.mark.parametrize("wrong", [None, 3, ["a"]])
def test_what_is_no_path_is_no_file_input(wrong: Any) -> None:
    with pytest.raises(InputError, match="takes the path of a file"):
        FileInput(wrong)


def test_one_content_is_sent_once(tmp_path: Any) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("same" if name != "c" else "other")
    graph = WorkflowGraph("w")
    for name in ("a", "b", "c", "a"):
        graph.add_task(use, {"file": FileInput(tmp_path / name)})
    frozen = freeze(graph, "run")
    assert len(frozen.files) == 2
    assert sorted(frozen.files) == sorted(each for each in frozen.needs if each[:6] == "files/")
