"""The messages of a run come while it goes on, printed or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_nb import MaClient, task


@task
def wait_for(path):
    import os
    import time

    deadline = time.monotonic() + 20
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.parametrize("verbose", [True, False])
def test_each_message_comes_while_the_run_goes_on(
    embedded: MaClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    verbose: bool,
) -> None:
    workflow = embedded.create_workflow()
    workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
    run_id = workflow.run()
    results = workflow.get_results(run_id, verbose)
    lines, types = [], []
    for message in results:
        types.append(message["type"])
        # Nothing is printed of how the nodes are used, which a run that lasts tells as well.
        samples = types.count("node_usage")
        lines += capsys.readouterr().out.splitlines()
        assert len(lines) == (len(types) - samples if verbose else 0)
        if message["type"] == "start_task":
            assert embedded.get_run(run_id).status == "running"
            (tmp_path / "go").touch()
    assert types[-1] == "finish_workflow"
    assert [message["type"] for message in results] == types
    assert capsys.readouterr().out == ""


def test_messages_by_position_are_printed_once(
    embedded: MaClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "go").touch()
    workflow = embedded.create_workflow()
    workflow.add_task(wait_for, inputs={"path": str(tmp_path / "go")})
    results = workflow.get_results(workflow.run())
    assert capsys.readouterr().out == ""
    assert results[1]["seq"] == 2
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert len(results) == results[-1]["seq"]
    assert len(capsys.readouterr().out.splitlines()) == len(results) - 2
