"""Stages that hand files to each other, on nodes that share no folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from maze_nb import FileInput, MaClient, current_task, task, workflow
from maze_nb.artifacts.nearby import node_cache
from maze_nb.errors import ArtifactError
from tests.apart import Apart, needs_hiding
from tests.containers import IMAGE, Engine, container_engine, podman
from tests.workflow_commands import maze_nb, submit, write

__all__ = ["container_engine", "podman"]

MAKE = "mkdir build && seq 1 {count} > build/rows.txt && echo made {count}"
SUM = "awk '{s += $1} END {print s}' %s > sum.txt && mkdir final_model && cp %s final_model/w"
SCHEMES = {"http": "http://", "s3://stages/kept": "s3://stages/kept/", "": "file:///"}


@pytest.fixture(scope="module")
def s3() -> Iterator[None]:
    """Start an S3 with a bucket, which clusters started in the tests find too."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        try:
            boto3.client("s3").create_bucket(Bucket="stages")
            yield
        finally:
            server.stop()


def started(folder: Path) -> Iterator[Apart]:
    cluster = Apart(folder)
    try:
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def apart(s3: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """Give a cluster to tests whose files differ, as its nodes keep what they have fetched."""
    yield from started(tmp_path_factory.mktemp("nodes") / "apart")


@pytest.fixture
def with_engine(s3: None, podman: Engine, tmp_path: Path) -> Iterator[Apart]:
    """Give a cluster that was started where there is a container engine."""
    yield from started(tmp_path / "apart")


@task(outputs=["node", "rows", "total", "seen", "fetched"])
def read(rows: Any, total: Any, homes: dict[str, str]) -> tuple[Any, ...]:
    fetched = [node_cache().fetched(each.sha256) for each in (rows, total) if os.fspath(each)]
    seen = {name: os.listdir(home) for name, home in homes.items()}
    node = os.environ["MAZE_TAGS"]
    return node, rows.read_text(), int(total.read_text()), seen, fetched


def check(client: MaClient, apart: Apart, made: Any, stages: tuple[Any, Any, list[Any]]) -> Any:
    make, middle, readers = stages
    run = client.get_run(made.run())
    assert run.wait(90) == "succeeded", run.summary()["exception_tasks"]
    for reader in readers:
        found = run.result(reader)
        assert (found["node"], found["rows"], found["total"]) == ("one", made.rows, made.total)
        assert found["seen"]["two"] == found["seen"]["scheduler"] == []
        # The first is on this node: there is nothing to fetch, unless it is kept elsewhere.
        assert found["fetched"][1] == 1
        assert found["fetched"][0] == (0 if made.kept[0] == "" else 1)
    rows = run.artifacts(make)["build/rows.txt"]
    assert rows.url.startswith(SCHEMES[made.kept[0]])
    total = run.artifacts(middle)["sum.txt"]
    assert total.url.startswith(SCHEMES[made.kept[1]])
    assert (rows.read_text(), total.read_text()) == (made.rows, f"{made.total}\n")
    return run


def built(
    client: MaClient, apart: Apart, kept: tuple[str, str], *, count: int, is_contained: bool
) -> Any:
    made: Any = client.create_workflow()
    made.kept = kept
    made.rows = "".join(f"{number}\n" for number in range(1, count + 1))
    made.total = count * (count + 1) // 2
    make = made.add_command(
        MAKE,
        {"count": count},
        outputs={"rows": "build/rows.txt"},
        tags="one",
        destination=kept[0] or None,
    )
    words = SUM.replace("{", "{{").replace("}", "}}") % ("{rows}", "{rows}")
    if is_contained:
        middle = made.add_container(
            IMAGE,
            f"cd /results && {words}",
            {"rows": make.outputs["rows"]},
            outputs={"total": "sum.txt"},
            tags="two",
            destination=kept[1] or None,
        )
    else:
        middle = made.add_command(
            words,
            {"rows": make.outputs["rows"]},
            outputs={"total": "sum.txt"},
            tags="two",
            destination=kept[1] or None,
        )
    inputs = {
        "rows": make.artifacts["build/rows.txt"],
        "total": middle.artifacts["sum.txt"],
        "homes": {name: str(home) for name, home in apart.homes.items()},
    }
    readers = [
        made.add_task(read, inputs, tags="one", isolation=isolation, name=f"{isolation} {number}")
        for isolation in ("thread", "process")
        for number in range(2)
    ]
    return made, (make, middle, readers)


KEPT = [("http", "s3://stages/kept"), ("s3://stages/kept", "http"), ("", "")]


@needs_hiding
@pytest.mark.parametrize("kept", KEPT, ids=["http-s3", "s3-http", "own folders"])
def test_a_command_a_command_and_a_function(apart: Apart, kept: tuple[str, str]) -> None:
    count = 20_000 + KEPT.index(kept)
    with MaClient(apart.address) as client:
        made, stages = built(client, apart, kept, count=count, is_contained=False)
        check(client, apart, made, stages)


@needs_hiding
def test_a_command_a_container_and_a_function(with_engine: Apart, podman: Engine) -> None:
    kept = KEPT[0]
    with MaClient(with_engine.address) as client:
        made, stages = built(client, with_engine, kept, count=20_000, is_contained=True)
        run = check(client, with_engine, made, stages)
        archive = run.artifacts(stages[1])["final_model.tar.gz"]
        assert archive.url.startswith(SCHEMES[kept[1]])
    assert podman.containers() == []


@task
def leave(name: str) -> str:
    (current_task().dir / name).write_text("left")
    return name


@task
def text_of(file: Any) -> str:
    return str(file.read_text())


def test_what_was_not_left_fails_the_stage_that_reads_it(embedded: MaClient) -> None:
    made = embedded.create_workflow()
    source = made.add_task(leave, {"name": "model.tar.gz"})
    good = made.add_task(text_of, {"file": source.artifacts["model.tar.gz"]}, name="good")
    bad = made.add_task(text_of, {"file": source.artifacts["model.tar.gx"]}, name="bad")
    run = embedded.get_run(made.run())
    run.wait(60)
    assert run.result(good)["result"] == "left"
    with pytest.raises(
        ArtifactError, match=r"'leave' left no file 'model\.tar\.gx', but 'model\.tar\.gz'"
    ):
        run.result(bad)


def test_what_nobody_reads_is_not_among_the_outputs(embedded: MaClient) -> None:
    made = embedded.create_workflow()
    source = made.add_task(leave, {"name": "a.txt"})
    run = embedded.get_run(made.run())
    assert run.wait(60) == "succeeded"
    assert dict(run.result(source)) == {"result": "a.txt"}
    (found,) = run.artifacts(source).values()
    assert (found.name, found.read_text()) == ("a.txt", "left")


def test_stages_of_a_workflow_function(embedded: MaClient, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("given")

    @task
    def archive(file: Any) -> None:
        folder = current_task().dir / "final_model"
        folder.mkdir()
        (folder / "weights.txt").write_text(file.read_text())

    @task
    def unpacked(model: Any, url: str) -> tuple[str, bool]:
        import tarfile

        with tarfile.open(model) as packed:
            member = next(each for each in packed if each.isfile())
            text = packed.extractfile(member)
            assert text is not None
            return text.read().decode(), url.endswith("/final_model.tar.gz")

    @workflow
    def staged() -> Any:
        made = archive(file=FileInput(tmp_path / "in.txt"))
        return unpacked(
            model=made.artifacts["final_model.tar.gz"], url=made.final_model_archive_url
        )

    pipeline = staged()
    assert pipeline.returned(pipeline.run()) == ("given", True)


def test_items_of_a_map_give_their_files(embedded: MaClient) -> None:
    @task
    def texts(files: list[Any]) -> list[str]:
        return [file.read_text() for file in files]

    @task
    def numbered(number: int) -> None:
        (current_task().dir / "n.txt").write_text(str(number))

    made = embedded.create_workflow()
    mapped = made.add_map(numbered, [3, 1, 2])
    read_all = made.add_task(texts, {"files": mapped.artifacts["n.txt"]})
    run = embedded.get_run(made.run())
    assert run.wait(60) == "succeeded", run.summary()
    assert run.result(read_all)["result"] == ["3", "1", "2"]


FILED = """
    tasks:
      train:
        run: mine:train
        inputs: {file: '${file["data/in put.txt"]}'}
      use:
        run: mine:use
        inputs:
          model: ${train.result.artifacts.final_model.tar.gz}
          same: ${train.artifacts["final_model.tar.gz"]}
          url: ${train.result.final_model_archive_url}
          text: from ${train.final_model_archive_url}
      shown:
        command: cat ${file["data/in put.txt"]}
"""
MINE = """
import maze_nb, tarfile

def train(file):
    folder = maze_nb.current_task().dir / "final_model"
    folder.mkdir()
    (folder / "w").write_text(file.read_text().upper())

def use(model, same, url, text):
    with tarfile.open(model) as packed:
        found = [each.name for each in packed if each.isfile()]
    return found, model == same, model.url == url, text == f"from {url}"
"""


def test_stages_of_a_workflow_file(separate: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in put.txt").write_text("given")
    found = submit(write(tmp_path, FILED), separate)["results"]
    assert found["use"]["result"][0][0].endswith("w")
    assert found["use"]["result"][1:] == [True, True, True]
    assert found["shown"]["stdout"] == "given"


TEMPLATE = """
    apiVersion: v1
    kind: Task
    metadata: {name: staged}
    spec:
      stages:
        - name: train
          spec: {run: "mine:train", inputs: {file: '${file["in.txt"]}'}}
        - name: use
          dependsOn: [train]
          spec:
            run: mine:load
            checkpoint: {load: {url: "${train.result.final_model_archive_url}"}}
"""


def test_the_checkpoint_of_a_stage_is_the_model_of_another(separate: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"{MINE}\ndef load(checkpoint):\n    return checkpoint\n")
    (tmp_path / "in.txt").write_text("given")
    found = submit(write(tmp_path, TEMPLATE), separate)["results"]
    assert found["use"]["result"] == found["train"]["final_model_archive_url"]
    assert found["use"]["result"].endswith("/final_model.tar.gz")


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("${make.final_modell_archive_url}", "has no output 'final_modell_archive_url'"),
        ("${make.final_model_archive_url.x}", "has no output 'final_model_archive_url'"),
        ("${file.a.b}", "a file is written"),
        ("${file}", "a file is written"),
    ],
)
def test_what_a_file_cannot_mean(tmp_path: Path, reference: str, what: str) -> None:
    text = f"""
    tasks:
      make: {{command: "true"}}
      use: {{command: "echo ${{inputs.x}}", inputs: {{x: "{reference}"}}}}
    """
    assert what in maze_nb("validate", str(write(tmp_path, text)), cwd=tmp_path, code=1)
