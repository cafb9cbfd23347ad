"""Environment variables and secrets of tasks: there for the task, and shown nowhere."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from maze_nb import MaClient, Secret, task
from maze_nb.errors import InputError, OptionError, SecretError, TaskError, TaskFailedError
from maze_nb.sdk.run import Run

# Put together, as the file itself travels to workers.
VALUE = "-".join(["hunter2", "the", "hidden", "value"])
# Put together when this runs, as this file and what Python makes of it travel to the worker.
IN_FILE = "\n".join(["-".join(["s3", "cret"]), " ".join(["of", "two lines"])])


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("secrets")
    secrets = folder / "of worker"
    secrets.mkdir()
    for name, mode in (("IN_FILE", 0o600), ("OPEN_TO_ALL", 0o644)):
        (secrets / name).write_text(f"{IN_FILE}\n")
        (secrets / name).chmod(mode)
    (secrets / "BINARY").write_bytes(b"\xff\xfe")
    (secrets / "BINARY").chmod(0o600)
    return {"home": folder / "home", "secrets": secrets, "folder": folder}


@pytest.fixture(scope="module")
def client(homes, cluster_type) -> Iterator[MaClient]:
    """Give a client of a cluster of which only the worker knows the secrets."""
    cluster = cluster_type(homes["folder"], {"MAZE_HOME": str(homes["home"])})
    try:
        secrets = {"IN_ENVIRONMENT": VALUE, "MAZE_SECRETS": str(homes["secrets"])}
        cluster.add_worker("one", env=secrets)
        with MaClient(cluster.address) as made:
            yield made
    finally:
        cluster.close()


def run_one(client: MaClient, function, inputs=None, **options) -> Run:
    workflow = client.create_workflow()
    workflow.add_task(function, inputs or {}, name="it", **options)
    run = client.get_run(workflow.run())
    run.wait(60)
    return run


def read_both() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in ("IN_ENVIRONMENT", "IN_FILE")}


def lengths(*values: str) -> list[int]:
    return [len(value) for value in values]


def test_secrets_are_in_the_environment_of_the_task_only(client):
    def look() -> list[int]:
        return [len(os.environ.get(name, "")) for name in ("IN_ENVIRONMENT", "IN_FILE")]

    both = run_one(client, look, secrets=["IN_ENVIRONMENT", "IN_FILE"])
    assert both.result("it")["result"] == [len(VALUE), len(IN_FILE)]
    # What it has in its own environment a worker gives to all of its processes.
    without = run_one(client, look, isolation="process")
    assert without.result("it")["result"] == [len(VALUE), 0]


def test_secrets_as_inputs_arrive_as_texts(client):
    def look(password: str, settings: dict) -> list[object]:
        inner = settings["tokens"][0]
        return [type(password).__name__, len(password), type(inner).__name__, len(inner)]

    run = run_one(
        client,
        look,
        {"password": Secret("IN_ENVIRONMENT"), "settings": {"tokens": [Secret("IN_FILE")]}},
    )
    assert run.result("it")["result"] == ["str", len(VALUE), "str", len(IN_FILE)]


def test_secrets_arrive_in_items_and_in_large_values_too(client):
    @task
    def look(item: dict, rows: dict) -> list[object]:
        return [type(item["token"]).__name__, len(item["token"]), len(rows["token"])]

    workflow = client.create_workflow()
    items = [{"token": Secret("IN_ENVIRONMENT")}, {"token": Secret("IN_FILE")}]
    for size in (10, 100_000, 2_000_000):
        rows = {"text": "x" * size, "token": Secret("IN_FILE")}
        workflow.add_map(look, {"item": items}, {"rows": rows}, name=f"look at {size}")
    run = client.get_run(workflow.run())
    run.wait(60)
    for each in workflow.get_tasks():
        assert run.result(each)["result"] == [
            ["str", len(VALUE), len(IN_FILE)],
            ["str", len(IN_FILE), len(IN_FILE)],
        ]


def test_secrets_beside_outputs_in_what_is_mapped_over_are_refused(client):
    workflow = client.create_workflow()
    made = workflow.add_task(read_both, {}, name="made")
    with pytest.raises(InputError, match="secret") as error:
        workflow.add_map(
            task(lambda item: 1), [made.outputs["result"], Secret("IN_FILE")], name="look"
        )
    assert "inputs" in str(error.value)


def print_it() -> None:
    import sys

    print("it is", os.environ["IN_ENVIRONMENT"])
    print(os.environ["IN_FILE"].splitlines()[1], file=sys.stderr)


def raise_it() -> None:
    password = os.environ["IN_ENVIRONMENT"]
    raise ValueError(f"wrong password: {password}")


def raise_quoted() -> None:
    raise KeyError(os.environ["IN_FILE"])


def show_it() -> None:
    from IPython.display import HTML, display

    display(HTML(f"<b>{os.environ['IN_ENVIRONMENT']}</b>"))


def tell_it() -> None:
    from maze_nb import progress

    progress(1, 2, f"with {os.environ['IN_ENVIRONMENT']}")


def print_from_a_thread() -> None:
    import threading

    thread = threading.Thread(target=lambda: print("thread", os.environ["IN_ENVIRONMENT"]))
    thread.start()
    thread.join()


def run_a_program() -> None:
    import subprocess

    subprocess.run('echo "it is $IN_ENVIRONMENT"; echo "$IN_FILE" >&2', shell=True, check=True)


def die_with_it() -> None:
    os.write(2, os.environ["IN_ENVIRONMENT"].encode())
    os.abort()


LEAKS = [
    print_it, raise_it, raise_quoted, show_it, tell_it, print_from_a_thread, run_a_program,
    die_with_it,
]  # fmt: skip


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_secrets_are_shown_nowhere(client, homes, leak):
    run = run_one(client, leak, secrets=["IN_ENVIRONMENT", "IN_FILE"])
    told = json.dumps([dict(message) for message in run.messages(verbose=False)], default=repr)
    found = {"messages": told}
    try:
        run.result("it")
    except (ValueError, KeyError, TaskError) as error:
        found["error"] = f"{error!r} {error} {error.__cause__} {getattr(error, '__notes__', '')}"
    for file in homes["folder"].rglob("*"):
        if file.is_file() and homes["secrets"] not in file.parents:
            found[str(file)] = file.read_bytes().decode(errors="replace")
    for secret in (VALUE, IN_FILE, IN_FILE.splitlines()[1]):
        assert [place for place, text in found.items() if secret in text] == []
    if leak is not print_from_a_thread:
        assert "•••" in told or "\\u2022\\u2022\\u2022" in told


def test_the_store_has_the_names_and_not_the_values(client, homes):
    run = run_one(client, lengths_of_one, {"value": Secret("IN_ENVIRONMENT")}, cache=True)
    assert run.result("it")["result"] == len(VALUE)
    with sqlite3.connect(homes["home"] / "runs.db") as store:
        dump = "\n".join(store.iterdump())
    assert "IN_ENVIRONMENT" in run.log.read()[0].__repr__() or "IN_ENVIRONMENT" in dump
    assert VALUE not in dump
    assert VALUE.encode().hex().upper() not in dump.upper()


def lengths_of_one(value: str) -> int:
    return len(value)


MISSING = {
    "nowhere": ("NO_SUCH", ["'NO_SUCH'", "'it'", "environment of the worker", "put it into that"]),
    "readable by others": ("OPEN_TO_ALL", ["'OPEN_TO_ALL'", "mode 644", "chmod 600"]),
    "no text": ("BINARY", ["'BINARY'", "holds no text"]),
}


@pytest.mark.parametrize("why", MISSING)
@pytest.mark.parametrize("way", ["option", "input"])
def test_a_secret_that_is_not_to_be_had_says_where_it_was_looked_for(client, homes, why, way):
    name, words = MISSING[why]
    if way == "option":
        run = run_one(client, read_both, secrets=name)
    else:
        run = run_one(client, lengths_of_one, {"value": Secret(name)})
    with pytest.raises(SecretError) as error:
        run.result("it")
    for word in (*words, str(homes["secrets"] / name), "worker tcp://"):
        assert word in str(error.value)


def test_variables_are_set_for_one_task_only(client):
    def look() -> list[str]:
        return [os.environ.get("GREETING", ""), os.environ.get("THREADS", "")]

    first = run_one(client, look, env={"GREETING": "hello", "THREADS": 4})
    second = run_one(client, look, env={"GREETING": "again"})
    third = run_one(client, look, isolation="process")
    found = [run.result("it")["result"] for run in (first, second, third)]
    assert found == [["hello", "4"], ["again", ""], ["", ""]]


def test_a_variable_is_part_of_what_the_cache_goes_by(client):
    def look() -> str:
        return os.environ["GREETING"]

    found = [
        run_one(client, look, env={"GREETING": text}, cache=True).result("it")["result"]
        for text in ("hello", "again", "hello")
    ]
    assert found == ["hello", "again", "hello"]


REFUSED = [
    ({"env": ["A=1"]}, "has to be a dict"),
    ({"env": {"A B": "1"}}, "no name of an environment variable"),
    ({"env": {"A": None}}, "has to be a text or a number"),
    ({"env": {"A": "1", "B": "x\0y"}}, "the value of 'B' has a NUL character in it"),
    ({"secrets": ["no name"]}, "has to be names"),
    ({"secrets": 3}, "a name or a list of names"),
    ({"secrets": "A", "isolation": "thread"}, "all threads of a worker share one environment"),
    ({"env": {"A": "1"}, "isolation": "thread"}, "use isolation='process'"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_what_makes_no_sense_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        task(**options)(read_both)


def test_what_is_given_in_place_of_a_name_is_not_repeated():
    with pytest.raises(OptionError) as error:
        task(secrets=["hunter2 the value itself"])(read_both)
    assert "hunter2" not in str(error.value)


def test_the_worker_looks_at_the_mode_of_the_file_it_reads(homes):
    assert stat.S_IMODE((homes["secrets"] / "IN_FILE").stat().st_mode) == 0o600
    assert issubclass(SecretError, TaskFailedError)
