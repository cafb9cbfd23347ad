"""One program that talks to two schedulers reads the files of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import maze_nb
from maze_nb import MaClient


def leave(text: str) -> str:
    (maze_nb.current_task().dir / "made.txt").write_text(text)
    return text


def test_files_of_both(start_cluster: Callable, tmp_path: Path) -> None:
    clients, found = [], {}
    try:
        for name in ("one", "other"):
            kept = {"RESULTS_DIR": str(tmp_path / name), "MAZE_HOME": str(tmp_path / f"h-{name}")}
            cluster = start_cluster(kept)
            cluster.add_worker(name)
            clients.append(MaClient(cluster.address))
            workflow = clients[-1].create_workflow()
            made = workflow.add_task(leave, {"text": name}, name="leave", destination="http")
            run = clients[-1].get_run(workflow.run())
            assert run.wait(60) == "succeeded"
            assert (tmp_path / name / run.run_id / made.task_id / "manifest.json").exists()
            found[name] = run.artifacts("leave")["made.txt"]
        assert {name: each.read_text() for name, each in found.items()} == {
            "one": "one",
            "other": "other",
        }
    finally:
        for client in clients:
            client.close()
