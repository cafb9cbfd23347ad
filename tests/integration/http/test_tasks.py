"""Tasks and metrics over HTTP."""

from __future__ import annotations

from maze_nb import MaClient
from tests.web_site import Site, leave_nothing


def test_tasks_page_by_page(site: Site) -> None:
    with MaClient() as client:
        workflow = client.create_workflow("many")
        for _ in range(7):
            workflow.add_task(leave_nothing)
        run_id = str(workflow.run())
        assert client.get_run(run_id).wait(60) == "succeeded"
    query = {"run_id": run_id, "limit": "3", "status": "succeeded"}
    found, pages = [], 0
    while True:
        page = site.ask("GET", "/api/v1/tasks", params=query).json()
        found += [each["task_id"] for each in page["tasks"]]
        pages += 1
        if not page["next"]:
            break
        query["after"] = page["next"]
    assert (len(found), len(set(found)), pages) == (7, 7, 3)
    none = site.ask("GET", "/api/v1/tasks", params={"run_id": run_id, "status": "failed"})
    assert none.json() == {"tasks": [], "next": ""}
    one = site.ask("GET", f"/api/v1/tasks/{found[0]}").json()
    assert (one["run_id"], one["status"]) == (run_id, "succeeded")
    assert one["worker"].startswith("tcp://")
    listed = site.ask("GET", "/api/v1/tasks", params={"run_id": run_id}).json()["tasks"]
    assert one in listed
    assert {each["attempts"] for each in listed} == {1}
    for bad in ({"limit": "0"}, {"limit": "x"}, {"status": "great"}, {"after": "x"}):
        assert site.ask("GET", "/api/v1/tasks", params=bad).status_code == 400, bad
    assert site.ask("GET", "/api/v1/tasks", params={"run_id": "no"}).status_code == 404
    assert site.ask("GET", "/api/v1/tasks/no").status_code == 404


def test_two_runs_of_one_workflow_are_told_apart(site: Site) -> None:
    with MaClient() as client:
        workflow = client.create_workflow("twice")
        made = workflow.add_task(leave_nothing)
        runs = [str(workflow.run()) for _ in range(2)]
        assert {client.get_run(run_id).wait(60) for run_id in runs} == {"succeeded"}
    path = f"/api/v1/results/{made.task_id}/files"
    assert site.ask("POST", f"{path}?name=a", content=b"1").status_code == 409
    for run_id in runs:
        query = {"name": "a", "run_id": run_id}
        assert site.ask("POST", path, params=query, content=run_id.encode()).status_code == 201
    for run_id in runs:
        assert site.ask("GET", f"{path}/a", params={"run_id": run_id}).text == run_id


def test_metrics_stand_beside_those_of_dask(site: Site) -> None:
    site.send("counted", b"x" * 1000)
    text = site.ask("GET", "/metrics").text
    for name in (
        "dask_scheduler_workers", 'maze_tasks{state="running"}', "maze_node_cpu_free_cores{",
        "maze_node_memory_bytes{", "maze_uploads_open 0.0", "maze_upload_bytes_total ",
    ):  # fmt: skip
        assert name in text, name
