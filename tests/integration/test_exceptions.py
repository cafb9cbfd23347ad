"""What a task raises is what its result raises, wherever it ran and however often before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, sys, threading
from maze_nb import MaClient, task

class CodedError(Exception):
    def __init__(self, code, why):
        super().__init__(f"{code}: {why}")
        self.code = code
        self.lock = threading.Lock()

@task
def fails(code):
    raise CodedError(code, "so")

def asked(client, code, isolation):
    workflow = client.create_workflow()
    made = workflow.add_task(fails, inputs={"code": code}, isolation=isolation)
    run = client.get_run(workflow.run())
    run.wait(60)
    for ask in (run.result, lambda made: workflow.get_task_result(run.run_id, made)):
        try:
            ask(made)
        except CodedError as error:
            yield [error.code, error.args, hasattr(error, "lock"), str(error.__cause__)]
        except Exception as error:
            yield [repr(error)]

with MaClient(*sys.argv[1:]) as client:
    print(json.dumps([
        answer
        for code in range(3)
        for isolation in ("thread", "process")
        for answer in asked(client, code, isolation)
    ]))
"""


@pytest.mark.parametrize("place", ["embedded", "separate"])
def test_an_exception_is_always_of_its_own_type(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    words = [] if place == "embedded" else [request.getfixturevalue("separate")]
    done = subprocess.run(
        [sys.executable, script, *words],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "DASK_MAZE__SLOTS": "1"},
    )
    answers = json.loads(done.stdout)
    expected = [[code, [f"{code}: so"], False] for code in range(3) for _ in range(4)]
    assert [answer[:3] for answer in answers] == expected
    assert all("in fails" in answer[3] for answer in answers)
