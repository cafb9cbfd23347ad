"""Files that the tasks of workflow files leave, on workers that share no folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.workflow_commands import submit, write

FLOW = """
    apiVersion: v1
    kind: Workflow
    spec:
      stages:
        - name: make
          spec:
            command: |
              mkdir logs; echo 1 > logs/a.log; echo 2 > logs/b.log; printf weights > model.bin
            outputs: {logs: "logs/*.log", model: model.bin}
            options: {tags: here}
            output: {destination: {type: local, path: kept}}
        - name: cat
          spec:
            command: cat ${make.model}
            options: {tags: there}
        - name: together
          spec:
            command: cat ${make.logs}
            options: {tags: there}
        - name: words
          spec:
            command: [cat, "${make.logs}"]
            options: {tags: there}
        - name: read
          spec:
            run: mine:read
            checkpoint: {load: {path: "${make.result.model}"}}
            inputs: {logs: "${make.logs}"}
            options: {tags: there}
        - name: start
          spec:
            command: cat ${inputs.checkpoint}
            checkpoint: {load: {url: "file://FOLDER/start.bin"}}
            options: {tags: there}
"""


def test_files_go_where_they_are_read(start_cluster: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\n"
        "def read(logs, checkpoint): return [Path(e).read_text() for e in (*logs, checkpoint)]\n"
    )
    (tmp_path / "start.bin").write_text("begun")
    cluster = start_cluster()
    for name in ("here", "there"):
        env = {"MAZE_TAGS": name, "RESULTS_DIR": str(tmp_path / name)}
        cluster.add_worker(name, env=env)
    found = submit(write(tmp_path, FLOW.replace("FOLDER", str(tmp_path))), cluster.address)[
        "results"
    ]
    assert found["start"]["stdout"] == "begun"
    assert found["cat"]["stdout"] == "weights"
    assert found["together"]["stdout"] == found["words"]["stdout"] == "1\n2"
    assert found["read"]["result"] == ["1\n", "2\n", "weights"]
    assert [each["name"] for each in found["make"]["logs"]] == ["logs/a.log", "logs/b.log"]
    assert found["make"]["model"]["nbytes"] == len("weights")
    kept = sorted(each.name for each in (tmp_path / "kept").iterdir())
    assert kept == ["a.log", "b.log", "model.bin", "responses.json"]
