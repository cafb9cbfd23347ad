"""Files of the user that go with runs, on real clusters."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maze_nb import FileInput, MaClient, task, workflow
from maze_nb.artifacts.nearby import node_cache
from maze_nb.errors import InputError, TypeHintError
from tests.apart import Apart, needs_hiding
from tests.integration.conftest import Cluster


@task(outputs=["name", "text", "path"])
def read(file: os.PathLike[str]) -> tuple[str, str, str]:
    with open(file) as opened:
        return Path(file).name, opened.read(), os.fspath(file)


@task
def joined(files: Any) -> str:
    return "+".join(file.read_text() for file in [*files["some"], files["one"]])


@task
def length(file: Any) -> int:
    return os.path.getsize(file)


def waited(client: MaClient, run_id: str) -> Any:
    run = client.get_run(run_id)
    assert run.wait(60) == "succeeded", run.summary()
    return run


@pytest.fixture
def texts(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / "data" / f"{name}.txt" for name in ("a", "b", "c")}
    (tmp_path / "data").mkdir()
    for name, path in found.items():
        path.write_text(name * 3)
    return found


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_task_is_given_a_path(embedded: MaClient, texts: dict[str, Path], isolation: str) -> None:
    made = embedded.create_workflow()
    one = made.add_task(read, {"file": FileInput(texts["a"])}, isolation=isolation)
    run = waited(embedded, made.run())
    name, text, path = run.result(one).values()
    assert (name, text) == ("a.txt", "aaa")
    assert Path(path) != texts["a"]
    assert Path(path).stat().st_mode & 0o222 == 0


def test_files_in_lists_and_dicts_and_maps(embedded: MaClient, texts: dict[str, Path]) -> None:
    files = {name: FileInput(path) for name, path in texts.items()}
    made = embedded.create_workflow()
    nested = made.add_task(joined, {"files": {"some": [files["a"], files["b"]], "one": files["c"]}})
    mapped = made.add_map(read, [files["b"], files["a"], files["b"]], isolation="process")
    run = waited(embedded, made.run())
    assert run.result(nested)["result"] == "aaa+bbb+ccc"
    assert run.result(mapped)["text"] == ["bbb", "aaa", "bbb"]


def test_a_large_file_goes_with_a_large_list(embedded: MaClient, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(2**21))

    @task
    def count(values: Any) -> list[int]:
        return [len(values), os.path.getsize(values[-1])]

    made = embedded.create_workflow()
    counted = made.add_task(count, {"values": [*map(str, range(200_000)), FileInput(path)]})
    assert waited(embedded, made.run()).result(counted)["result"] == [200_001, 2**21]


def test_a_file_in_a_workflow_function(embedded: MaClient, texts: dict[str, Path]) -> None:
    @workflow
    def reading(path: Path) -> Any:
        return joined(files={"some": [FileInput(path)], "one": FileInput(path)})

    pipeline = reading(texts["b"])
    run_id = pipeline.run()
    assert pipeline.returned(run_id) == "bbb+bbb"


def test_a_command_is_given_a_file(embedded: MaClient, texts: dict[str, Path]) -> None:
    made = embedded.create_workflow()
    counted = made.add_command(
        "wc -c < {data} > n.txt", {"data": FileInput(texts["a"])}, outputs={"n": "n.txt"}
    )
    reader = made.add_task(read, {"file": counted.outputs["n"]})
    assert waited(embedded, made.run()).result(reader)["text"].strip() == "3"


def test_by_hand_it_is_the_file_itself(texts: dict[str, Path]) -> None:
    assert read(file=FileInput(texts["a"])) == ("a.txt", "aaa", str(texts["a"]))


def take_away(path: Path) -> None:
    path.unlink()


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (take_away, "no file is there"),
        (make_a_folder, "a folder: pack it"),
        (make_a_pipe, "which is no file"),
    ],
)
@pytest.mark.parametrize("cache", [None, True])
def test_what_is_no_file_is_told_when_it_is_submitted(
    embedded: MaClient,
    texts: dict[str, Path],
    harm: Callable[[Path], None],
    what: str,
    cache: bool | None,
) -> None:
    made = embedded.create_workflow()
    made.add_task(read, {"file": FileInput(texts["a"])})
    harm(texts["a"])
    with pytest.raises(InputError, match=rf"'file' of task 'read' is FileInput.*{what}"):
        made.run(cache=cache)


def test_a_hint_that_is_no_path_like_is_told(embedded: MaClient, texts: dict[str, Path]) -> None:
    @task
    def needs(text: str) -> None: ...

    with pytest.raises(TypeHintError, match="takes 'text' as str"):
        embedded.create_workflow().add_task(needs, {"text": FileInput(texts["a"])})


def test_the_cache_tells_files_by_content_and_name(
    embedded: MaClient, texts: dict[str, Path], tmp_path: Path
) -> None:
    def states(path: Path) -> str:
        made = embedded.create_workflow()
        one = made.add_task(length, {"file": FileInput(path)}, cache=True)
        run = waited(embedded, made.run())
        return next(
            message["data"].get("reused_from") or "computed"
            for message in run.messages()
            if message["type"] == "finish_task" and message["data"]["task_id"] == one.task_id
        )

    copy = tmp_path / "elsewhere" / "a.txt"
    copy.parent.mkdir()
    shutil.copyfile(texts["a"], copy)
    assert states(texts["a"]) == "computed"
    assert states(texts["a"]) != "computed"
    assert states(copy) != "computed"
    copy.write_text("other")
    assert states(copy) == "computed"


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    cluster = Apart(tmp_path / "apart")
    try:
        yield cluster
    finally:
        cluster.close()


@task(outputs=["size", "node", "fetched"])
def look(file: Any, digest: str) -> tuple[int, str, int]:
    return os.path.getsize(file), os.environ["MAZE_TAGS"], node_cache().fetched(digest)


@needs_hiding
def test_a_file_is_sent_once_and_fetched_once_a_node(apart: Apart, tmp_path: Path) -> None:
    path = tmp_path / "points.bin"
    path.write_bytes(os.urandom(2**24 + 5))
    inputs = {"file": FileInput(path), "digest": hashlib.sha256(path.read_bytes()).hexdigest()}

    def looked(run: Any) -> set[tuple[Any, ...]]:
        assert run.wait(60) == "succeeded", run.summary()
        return {tuple(found.values()) for found in run.task_results.values()}

    with MaClient(apart.address) as client:
        for _ in range(2):
            made = client.create_workflow()
            for tag in ("one", "two"):
                for isolation in ("thread", "process"):
                    for number in range(3):
                        name = f"{tag}-{isolation}-{number}"
                        made.add_task(look, inputs, tags=tag, isolation=isolation, name=name)
            run = client.get_run(made.run())
            assert looked(run) == {(2**24 + 5, "one", 1), (2**24 + 5, "two", 1)}
        sent = [nbytes for name, nbytes in client._handover.sent if name.startswith("files/")]
        assert sent == [2**24, 5]
        path.unlink()
        assert looked(run.rerun()) == {(2**24 + 5, "one", 1), (2**24 + 5, "two", 1)}


@task
def fail_at_first(file: Any, flag: str) -> str:
    if not Path(flag).exists():
        raise ValueError("not yet")
    return Path(file).read_text()


def test_a_run_is_taken_up_when_the_file_is_gone(
    start_cluster: Callable[..., Cluster], texts: dict[str, Path], tmp_path: Path
) -> None:
    env, flag = {"MAZE_HOME": str(tmp_path / "home")}, tmp_path / "flag"
    first = start_cluster(env=env)
    first.add_worker("first")
    with MaClient(first.address) as client:
        made = client.create_workflow()
        made.add_task(fail_at_first, {"file": FileInput(texts["a"]), "flag": str(flag)}, name="it")
        run_id = made.run()
        with pytest.raises(ValueError, match="not yet"):
            client.get_run(run_id).result("it")
    first.kill()
    texts["a"].unlink()
    flag.touch()
    second = start_cluster(env=env)
    second.add_worker("second")
    with MaClient(second.address) as client:
        run = client.get_run(run_id).rerun(failed_only=True)
        assert run.result("it", 60)["result"] == "aaa"


def test_a_file_that_changes_while_it_is_sent_is_told(
    embedded: MaClient, texts: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = embedded.create_workflow()
    made.add_task(read, {"file": FileInput(texts["a"])})
    copy = shutil.copyfile

    def change_and_copy(source: Path, target: Path) -> Any:
        Path(source).write_text(f"changed {os.urandom(4).hex()}")
        return copy(source, target)

    texts["a"].write_text(f"fresh {os.urandom(4).hex()}")
    monkeypatch.setattr("maze_nb.sdk.handover.shutil.copyfile", change_and_copy)
    with pytest.raises(InputError, match=r"a\.txt was changed while it was sent"):
        made.run()
