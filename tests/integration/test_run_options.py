"""The options of ``maze-nb run``, and the same notebook by ``papermill --engine maze``."""

from __future__ import annotations

import base64
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import nbformat
import pytest
from moto.server import ThreadedMotoServer
from papermill.cli import papermill

from maze_nb.batch.execution import KEY
from tests.typed import Typed, typed

BIN = Path(sys.executable).parent
PARAMETERS = """\
n: int = 3  # how many
name: str = "x"
rate = 0.5
layers: list[int] = [1]
"""
SHOW = """\
found = {k: v for k, v in globals().items() if k in (
    "n", "name", "rate", "layers", "PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH")}
import os
print("given", found, os.path.basename(os.getcwd()))
"""
FLOW = """\
from maze_nb import MaClient, task

@task
def half(x):
    return 6 / x

client = MaClient()
workflow = client.create_workflow("halves")
for x in range(n):
    workflow.add_task(half, inputs={"x": x + first})
run_id = workflow.run()
"""


def notebook(*cells: str, parameters: str = PARAMETERS) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
    )
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    made.cells.insert(0, first)
    return made


ENVIRONMENT = {"COLUMNS": "150", "DASK_MAZE__SLOTS": "1"}


def started(folder: Path, *words: object, **environment: str) -> Typed:
    """Run a program in a process of its own."""
    done = subprocess.run(
        [BIN / str(words[0]), *map(str, words[1:])],
        cwd=folder,
        env=os.environ | ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return Typed(done.returncode, done.stdout, done.stderr)


def run(folder: Path, *words: object, **environment: str) -> Typed:
    """Run ``maze-nb run`` in this process."""
    return typed("run", *map(str, words), folder=folder, environment=ENVIRONMENT | environment)


def by_papermill(folder: Path, *words: object) -> Typed:
    """Run papermill with the engine in this process."""
    words = "--engine", "maze", *words
    return typed(*map(str, words), folder=folder, environment=ENVIRONMENT, program=papermill)


def printed(made: nbformat.NotebookNode) -> str:
    return "".join(
        output.get("text") or output.get("evalue") or ""
        for cell in made.cells
        for output in cell.get("outputs", [])
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.ipynb"
    nbformat.write(notebook(SHOW), path)
    return path


def test_every_way_to_give_parameters(study, tmp_path):
    (tmp_path / "given.yaml").write_text("n: 5\nrate: 2\n")
    (tmp_path / "there").mkdir()
    answer = started(
        tmp_path, "maze-nb", "run", study, "out-{n}.ipynb", "--inject-paths",
        *("-b", encoded("n: 4\nlayers: [7]")), *("-f", "given.yaml"), *("-y", "layers: [8, 9]"),
        *("-p", "n", "6"), *("-p", "name", "12"), *("--cwd", "there"),
    )  # fmt: skip
    assert answer.code == 0, answer.output + answer.errors
    said = printed(nbformat.read(tmp_path / "out-6.ipynb", as_version=4))
    assert "'n': 6, 'name': '12', 'rate': 2, 'layers': [8, 9]" in said
    assert f"'PAPERMILL_INPUT_PATH': '{study}'" in said
    assert f"'PAPERMILL_OUTPUT_PATH': '{tmp_path}/out-6.ipynb'" in said
    assert "unknown parameter" not in answer.errors
    assert said.rstrip().endswith("there")


def test_prepared_and_not_run(study, tmp_path):
    answer = run(
        tmp_path, study, "made.ipynb", "--prepare-only", "-r", "name", "7",
        "--inject-input-path",
    )  # fmt: skip
    assert "unknown parameter" not in answer.errors
    assert answer.code == 0, answer.output + answer.errors
    made = nbformat.read(tmp_path / "made.ipynb", as_version=4)
    assert 'name = "7"' in made.cells[1].source
    assert "PAPERMILL_INPUT_PATH" in made.cells[1].source
    assert "PAPERMILL_OUTPUT_PATH" not in made.cells[1].source
    assert not printed(made)


def test_the_parameters_are_listed(study, tmp_path):
    answer = run(tmp_path, study, "--help-notebook")
    assert answer.code == 0, answer.errors
    assert re.search(r"n: int +default 3  how many\n", answer.output)
    assert re.search(r"rate: a number +default 0\.5\n", answer.output)
    bare = tmp_path / "bare.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), bare)
    answer = run(tmp_path, bare, "--help-notebook")
    assert answer.code == 1
    assert "no cell tagged 'parameters'" in answer.output


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["-p", "n", "many"], "parameter 'n' of study.ipynb takes int, not 'many' (str)"),
        (["-y", "layers: [a]"], "takes list[int], not ['a'] (list)"),
        (["-r", "n", "5"], "takes int, not '5' (str)"),
        (["-p", "nmae", "x"], "did you mean 'name'"),
        (["-b", "%"], "is not YAML encoded as base64"),
        (["-y", "["], "cannot be read as YAML"),
        (["--resume", "study.ipynb"], "it was not made by maze-nb run"),
        (["out.ipynb", "--resume", "study.ipynb"], "leave out.ipynb out"),
        (["--resume", "no.ipynb"], "there is no no.ipynb to resume"),
        (["--execution-timeout", "-1"], "'--execution-timeout': -1 is not in the range"),
        (["--autosave-cell-every", "-1"], "'--autosave-cell-every': -1 is not in the range"),
        (["--report", "study.ipynb/page.html"], "page.html cannot be written"),
        (["study.ipynb/out.ipynb"], "out.ipynb cannot be written: a folder of its path is a file"),
        (["http://127.0.0.1:9/out.ipynb"], "http://127.0.0.1:9/out.ipynb cannot be reached"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_wrong_command_runs_nothing(study, tmp_path, words, complaint):
    answer = run(tmp_path, "study.ipynb", *words)
    assert answer.code == 2, answer.output + answer.errors
    assert complaint in re.sub(r"\s+", " ", answer.errors)
    assert "Traceback" not in answer.errors
    assert len(answer.errors.splitlines()) == 1
    assert "given" not in answer.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.ipynb"]


class Files(http.server.BaseHTTPRequestHandler):
    """Gives and takes files, which are in memory."""

    kept: dict[str, bytes]

    def do_GET(self) -> None:
        found = self.kept.get(self.path)
        self.send_response(200 if found is not None else 404)
        self.end_headers()
        self.wfile.write(found or b"no such file")

    def do_PUT(self) -> None:
        self.kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    handler = type("Kept", (Files,), {"kept": {}})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler.kept
        server.shutdown()
        thread.join()


def test_notebooks_by_http(site, tmp_path):
    url, kept = site
    kept["/study.ipynb"] = nbformat.writes(notebook(SHOW)).encode()
    kept["/given.yaml"] = b"n: 9\n"
    words = [f"{url}/study.ipynb", f"{url}/done.ipynb", "-f", f"{url}/given.yaml"]
    answer = run(tmp_path, *words, "--report", "page.html")
    assert answer.code == 0, answer.output + answer.errors
    assert "'n': 9" in printed(nbformat.reads(kept["/done.ipynb"].decode(), as_version=4))
    assert "given" in (tmp_path / "page.html").read_text()
    for words in ([f"{url}/no.ipynb"], [f"{url}/study.ipynb", "-f", f"{url}/no.yaml"]):
        answer = run(tmp_path, *words)
        assert answer.code == 2
        missing = next(word for word in words if "/no." in word)
        assert f"{missing} cannot be read: the server answers 404 Not Found" in answer.errors
        assert len(answer.errors.splitlines()) == 1


def test_notebooks_on_s3(tmp_path):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        environment = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "BOTO3_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        client = boto3.client(
            "s3", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name="us-east-1",
            aws_access_key_id="x", aws_secret_access_key="x",
        )  # fmt: skip
        client.create_bucket(Bucket="books")
        source = nbformat.writes(notebook(SHOW)).encode()
        client.put_object(Bucket="books", Key="study.ipynb", Body=source)
        answer = run(
            tmp_path, "s3://books/study.ipynb", "s3://books/{n}/done.ipynb",
            *("-p", "n", "8"), **environment,
        )  # fmt: skip
        assert answer.code == 0, answer.output + answer.errors
        done = client.get_object(Bucket="books", Key="8/done.ipynb")["Body"].read().decode()
        assert "'n': 8" in printed(nbformat.reads(done, as_version=4))
        answer = run(tmp_path, "s3://books/no.ipynb", **environment)
        assert answer.code == 2, answer.output + answer.errors
        assert "Traceback" not in answer.errors
    finally:
        server.stop()


@pytest.mark.parametrize("first", [1, 0], ids=["succeeds", "fails"])
def test_by_papermill_itself(tmp_path, first):
    cells = FLOW, "%load_ext maze_nb", "client.get_run(run_id)", "print('last')"
    nbformat.write(notebook(*cells, parameters="n = 2\nfirst = 1"), tmp_path / "in.ipynb")
    answer = started(
        tmp_path, "papermill", "--engine", "maze", "in.ipynb", "out.ipynb", "-p", "first", first
    )
    assert answer.code == (0 if first else 1), answer.output + answer.errors
    assert "in.ipynb: cell 4/6" in answer.errors
    assert f"run halves: {'✓ succeeded' if first else '✕ failed'} in" in answer.errors
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "last" in printed(done)
    assert done.metadata[KEY]["status"] == ("succeeded" if first else "failed")
    shown = [output.data for cell in done.cells for output in cell.get("outputs", [])
             if output.output_type == "display_data"]  # fmt: skip
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)
    assert any("image/svg+xml" in str(data) or "<svg" in str(data) for data in shown), "the still"
    assert done.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    if not first:
        assert "ZeroDivisionError: division by zero" in answer.errors
        assert "✕ task half of run" in printed(done)
        answer = run(tmp_path, "--resume", "out.ipynb", "-p", "first", 1)
        assert answer.code == 0, answer.output + answer.errors
        done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
        assert done.metadata[KEY]["status"] == "succeeded"
        assert "✕ task half of run" not in printed(done)
        assert "papermill-error-cell" not in nbformat.writes(done)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["-p", "n", "many"], "parameter 'n' of study.ipynb takes int, not 'many' (str)"),
        (["-y", "layers: [a]"], "takes list[int], not ['a'] (list)"),
        (["-p", "name", "5"], "takes str, not 5 (int): -r name … gives one as text"),
    ],
    ids=" ".join,
)
def test_papermill_itself_refuses_values_of_other_types(study, tmp_path, words, complaint):
    answer = by_papermill(tmp_path, study, "out.ipynb", *words)
    assert answer.code == 2, answer.output + answer.errors
    assert complaint in re.sub(r"\s+", " ", answer.errors)
    assert "Traceback" not in answer.errors
    assert not (tmp_path / "out.ipynb").exists()


COUNTED = """\
%%maze_task count
with open("ran", "a") as _file:
    _file.write("x")
rows = 3
"""


def test_cells_come_from_the_result_cache_unless_all_is_to_be_computed_anew(tmp_path):
    cells = "%load_ext maze_nb", COUNTED, "%maze_run", "%maze_run", "print('rows', rows)"
    nbformat.write(notebook(*cells, parameters="n = 2"), tmp_path / "in.ipynb")
    home = {"MAZE_HOME": str(tmp_path / "home")}
    for words, count in [((), 1), (("--no-cache",), 2), (("--no-cache",), 3), ((), 3)]:
        answer = run(tmp_path, "in.ipynb", "out.ipynb", *words, **home)
        assert answer.code == 0, answer.output + answer.errors
        assert (tmp_path / "ran").read_text() == "x" * count, words
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    (cell,) = [each for each in done.cells if each.source.startswith("%%maze_task")]
    assert len(cell.outputs) == 1, "the line of the task, and no empty places"


def test_a_cell_that_takes_too_long(tmp_path):
    made = notebook("import time\nprint('began', flush=True)\ntime.sleep(600)", parameters="n = 2")
    nbformat.write(made, tmp_path / "in.ipynb")
    words = "--execution-timeout", 5, "--report-mode"
    answer = run(tmp_path, "in.ipynb", "out.ipynb", *words)
    assert answer.code == 1, answer.output + answer.errors
    assert "✕ a cell took longer than --execution-timeout allows" in answer.output
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "began" in printed(done)
    assert all(cell.metadata.jupyter.source_hidden for cell in done.cells if "time" in cell.source)
