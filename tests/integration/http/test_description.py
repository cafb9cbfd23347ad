"""The description of the API, held against the running one by requests at random."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web_site import Site, parts

PROGRAM = """
import json, sys
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from schemathesis.specs.openapi.checks import status_code_conformance

base_url, token, worker_key, task_id, run_id, examples = sys.argv[1:]
examples = int(examples)
schemathesis.serializer.alias("application/partial-upload", "application/octet-stream")
schema = schemathesis.openapi.from_url(base_url + "/api/v1/openapi.json")
headers = {"Authorization": "Bearer " + token}
checks = [not_a_server_error, response_schema_conformance, status_code_conformance]
counts = {}
operations = [found.ok() for found in schema.get_all_operations()]
modes = schemathesis.GenerationMode
session = requests.Session()
session.trust_env = False

files = base_url + "/api/v1/results/" + task_id + "/files"
KNOWN = ["known.bin", "deep/known.txt", "manifest.json", "stdout.log"]
for name in KNOWN:
    shown = {**headers, "Maze-Worker": worker_key}
    query = {"name": name, "replace": "true"}
    session.post(files, params=query, data=b"known" * 100, headers=shown)

def begun(size):
    parts = {**headers, "Upload-Complete": "?0"}
    query = {"name": "begun.bin", "replace": "true"}
    answer = session.post(files, params=query, data=b"x" * size, headers=parts)
    # Of those that nobody goes on with there may be so many.
    return answer.json().get("upload_id", "0" * 32)

# Ids at random would never get beyond what is not known: few requests have some.
mostly = st.integers(0, 99).map(lambda number: not 40 < number < 50)

def one_request(case, knows, name, size):
    places, asked = case.path_parameters or {}, case.operation
    if knows["task"] and "task_id" in places:
        places["task_id"] = task_id
    if knows["run"] and isinstance(case.query, dict) and "run_id" in case.query:
        case.query["run_id"] = run_id
    if knows["name"] and "name" in places:
        places["name"] = name
    upload_id = ""
    if knows["upload"] and "upload_id" in places:
        places["upload_id"] = upload_id = begun(size)
    if knows["offset"] and asked.method == "patch":
        case.headers["Upload-Offset"] = str(size)
    if knows["name"] and asked.method == "post" and isinstance(case.query, dict):
        case.query.update({"name": "sent/" + name, "replace": "true"})
        case.query.pop("sha256", None)
        case.headers.pop("Upload-Length", None)
    # What is well-formed by the schema is mostly none of what is there.
    for other, good in (("after", ""), ("If-Match", "*"), ("Range", "bytes=" + str(size) + "-")):
        for given in (case.query, case.headers):
            if knows["rest"] and given and other in given:
                given[other] = good
    shown = dict(headers) if knows["token"] else {}
    if knows["key"] and asked.method == "post":
        shown["Maze-Worker"] = worker_key
    answer = case.call(headers=shown, timeout=30, session=session)
    counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
    case.validate_response(answer, checks=checks)
    if upload_id and asked.method != "delete":
        session.delete(base_url + "/api/v1/uploads/" + upload_id, headers=headers)

def check(operation, each, number):
    strategies = [operation.as_strategy(generation_mode=modes.POSITIVE)]
    if operation.body or operation.query or operation.path_parameters or operation.headers:
        strategies.append(operation.as_strategy(generation_mode=modes.NEGATIVE))
    knows = st.fixed_dictionaries(
        {what: mostly for what in "task run name upload offset rest key token".split()}
    )

    @seed(number)
    @settings(
        max_examples=each, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(strategies), knows, st.sampled_from(KNOWN), st.integers(0, 200))
    def one(case, knows, name, size):
        one_request(case, knows, name, size)

    one()

# Of what asks for little there are not so many different requests.
for number in range(20):
    left = examples - sum(counts.values())
    if left <= 0:
        break
    for operation in operations:
        check(operation, -(-left // len(operations)), number)
print(json.dumps(counts))
"""


@pytest.fixture(scope="module")
def known(site: Site) -> Iterator[Site]:
    """Give a web server, and a task of a run there; what requests at random left is removed."""
    yield site
    shutil.rmtree(site.root / site.run_id, ignore_errors=True)
    for path in parts(site):
        path.unlink(missing_ok=True)


def test_the_description_has_every_path(known: Site) -> None:
    found = httpx.get(f"{known.gateway.base_url}/api/v1/openapi.json", trust_env=False).json()
    assert found["openapi"].startswith("3.1")
    assert found["paths"].keys() == {
        "/healthz",
        "/workers",
        "/api/v1/openapi.json",
        "/api/v1/tasks",
        "/api/v1/tasks/{task_id}",
        "/api/v1/results/{task_id}",
        "/api/v1/results/{task_id}/files",
        "/api/v1/results/{task_id}/files/{name}",
        "/api/v1/uploads/{upload_id}",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "examples",
    [500, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])],
)
def test_no_request_at_random_breaks_it(known: Site, tmp_path: Path, examples: int) -> None:
    outside = sorted(Path(os.environ["MAZE_HOME"]).iterdir())
    program = tmp_path / "random_requests.py"
    program.write_text(PROGRAM)
    words = [known.gateway.base_url, known.gateway.token, known.worker_key]
    words += [known.task_id, known.run_id, str(examples)]
    ended = subprocess.run(
        [sys.executable, str(program), *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-6000:]
    counts = json.loads(ended.stdout.splitlines()[-1])
    print(counts)
    total = sum(counts.values())
    assert total >= examples
    assert not [status for status in counts if int(status) >= 500]
    # Most of them reach what they ask for.
    reached = [count for status, count in counts.items() if status[0] in "23" or status == "409"]
    assert sum(reached) > total // 2
    assert sorted(Path(os.environ["MAZE_HOME"]).iterdir()) == outside
