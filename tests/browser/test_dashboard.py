"""The cluster plots in a real browser: bars move while tasks run, the page stands on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster
from lab import Notebook
from playwright.sync_api import Browser, Page

from maze_nb import MaClient, task
from maze_nb.sdk.run import Run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TASKS = 8
# What the bars of a page stand for, read from the page itself.
READ = """column => {
    const sources = Bokeh.documents.flatMap(each => [...each._all_models.values()])
        .filter(each => each.type === 'ColumnDataSource' && column in each.data);
    return sources.map(each => Object.fromEntries(
        Object.entries(each.data).map(([name, values]) => [name, [...values]])));
}"""
# So many points of the canvases have the colour of what runs.
POINTS = """() => {
    let found = 0;
    const within = root => {
        for (const each of root.querySelectorAll('*')) {
            if (each.tagName === 'CANVAS' && each.width && each.height) {
                const { data } = each.getContext('2d').getImageData(0, 0, each.width, each.height);
                for (let at = 0; at < data.length; at += 4)
                    if (data[at] === 0 && data[at + 1] === 114 && data[at + 2] === 178) found += 1;
            }
            if (each.shadowRoot) within(each.shadowRoot);
        }
    };
    within(document);
    return found;
}"""
MANY = 2000


@task(inputs=["gate"], outputs=["n"])
def held(params: dict) -> dict:
    import time
    from pathlib import Path

    deadline = time.monotonic() + 120
    while not Path(params["gate"]).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"n": 1}


@pytest.fixture(scope="module")
def client() -> Iterator[MaClient]:
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0") as cluster,
        MaClient(cluster=cluster) as made,
    ):
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page; fail at the end on any error in it."""
    page, errors = browser.new_page(viewport={"width": 1300, "height": 800}), []
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else 0)
    yield page
    page.close()
    assert errors == []


def start(client: MaClient, gate: Path) -> Run:
    flow = client.create_workflow("digits")
    for _ in range(TASKS):
        flow.add_task(held, inputs={"gate": str(gate)}, resources={"cpu": 1})
    return client.get_run(flow.run())


def wait_for(page: Page, column: str, condition: str) -> None:
    """Wait until the sources with a column are as a condition on `found` says."""
    page.wait_for_function(
        f"() => {{ const found = ({READ})('{column}'); return {condition}; }}", polling=100
    )


def test_bars_change_while_tasks_run(
    client: MaClient, page: Page, tmp_path: Path, screens: Path
) -> None:
    gate = tmp_path / "gate"
    page.goto(client.dashboard().link)
    wait_for(page, "reserved", "found.length === 4 && found.some(each => each.name.length === 1)")
    wait_for(page, "run", "found[0].run.length === 0")
    # Nothing but lines and legends has the colour yet.
    before = page.evaluate(POINTS)
    run = start(client, gate)
    wait_for(page, "run", "found[0].running[0] === 2")
    wait_for(page, "tasks", f"found[0].tasks.reduce((sum, n) => sum + n, 0) === {TASKS - 2}")
    wait_for(page, "reserved", "found.some(each => each.reserved[0] === 1)")
    page.wait_for_function(f"() => ({POINTS})() > {before + MANY}")
    wait_for(page, "time", "found[0].time.length > 2")
    page.screenshot(path=screens / "dashboard.png")
    gate.touch()
    run.wait(60)
    wait_for(page, "tasks", "found[0].tasks.length === 0")
    wait_for(page, "reserved", "found.every(each => !each.reserved.includes(1))")
    page.wait_for_function(
        f"() => ({READ})('run')[0].run.length === 0 || ({READ})('run')[0].running[0] === 0"
    )


def test_the_page_is_reached_from_those_of_dask(client: MaClient, page: Page) -> None:
    page.goto(client.dashboard().link.replace("maze", "workers"))
    page.click("a[href=maze]")
    page.wait_for_url("**/maze")
    wait_for(page, "run", "found.length === 1")
    assert page.title() == "Maze: Maze"


@pytest.mark.parametrize(
    ("plot", "column"),
    [("nodes", "reserved"), ("queue", "tasks"), ("tasks", "run"), ("use", "CPU")],
)
def test_each_plot_stands_alone(client: MaClient, page: Page, plot: str, column: str) -> None:
    page.goto(client.dashboard().link.replace("/maze", f"/individual-maze-{plot}"))
    wait_for(page, column, "found.length >= 1")
    # It fills what it is given, as a panel of JupyterLab is.
    page.wait_for_function(
        "() => [...document.querySelectorAll('body *')].some(each => {"
        " const { width, height } = each.getBoundingClientRect();"
        " return width > 1000 && height > 500; })"
    )


def test_a_notebook_embeds_the_page(notebook: Callable[[list[str]], Notebook]) -> None:
    opened = notebook(["from maze_nb import MaClient\nclient = MaClient()", "client.dashboard()"])
    for cell in range(2):
        opened.run_cell(cell)
    frame = opened.page.frame_locator('iframe[title="Maze: cluster plots"]')
    frame.locator(".bk-Figure").first.wait_for()
    assert frame.locator("a[href=maze]").count() == 1
    link = opened.page.locator('.jp-OutputArea a[href$="/maze"]')
    assert link.inner_text() == link.get_attribute("href")
    assert opened.errors == []
