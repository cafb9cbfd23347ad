"""What a live view costs: the kernel's processor, messages to the views, memory of the page."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

from graph_view import CHROMIUM, OPTIONS, VIEW, say, served
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import CDPSession, Page, sync_playwright

ROOT = Path(__file__).parents[1]
RATE = 200
BURST = 100_000
# What runs in the kernel: a run as its messages come, told to nobody or by the widget.
PROGRAM = """
import time
from maze_nb.sdk.feed.message_log import ListLog
from maze_nb.widgets.run_widget import RunWidget

TICK = 0.05
TASKS = 4000

class Run:
    def __init__(self):
        self.seq = self.at = 0
        names = [f"stage_{n % 20}_{n // 20}" for n in range(TASKS)]
        tasks = [{"id": f"t{n}", "name": name} for n, name in enumerate(names)]
        edges = [{"source": f"t{n - 20}", "target": f"t{n}", "names": ["x"]}
                 for n in range(20, TASKS)]
        graph = {"workflow_id": "w", "name": "feed", "tasks": tasks, "edges": edges}
        self.log = ListLog([self.message("start_workflow", graph=graph)])

    def message(self, kind, **data):
        self.seq += 1
        told = {"run_id": "run", "workflow_id": "w", **data}
        return {"type": kind, "seq": self.seq, "time": time.time(), "data": told}

    def one(self):
        n, part = divmod(self.at, 10)
        self.at += 1
        task = {"task_id": f"t{n % TASKS}", "task_name": "stage", "attempt": 1}
        if part == 0:
            return self.message("start_task", node_id="node", worker="w", gpu_ids=[], **task)
        if part == 9:
            outputs = [{"name": "x", "type": "float", "summary": "float", "inline": True,
                        "nbytes": 20}]
            return self.message("finish_task", outputs=outputs, result={"x": n / 7}, **task)
        if part % 3 == 0:
            return self.message("task_progress", fraction=part / 10, done=part, total=10, **task)
        text = f"epoch {part}: loss {n / 997:.5f}\\n"
        return self.message("task_log", stream="stdout", text=text, **task)

    def go_on(self, seconds, rate):
        begun = time.perf_counter()
        for tick in range(round(seconds / TICK)):
            self.log.extend([self.one() for _ in range(round(rate * TICK))])
            time.sleep(max(0.0, begun + (tick + 1) * TICK - time.perf_counter()))

    def end(self):
        self.log.extend([self.message("finish_workflow", status="succeeded")])

def cost(run, seconds, rate):
    begun = time.process_time()
    run.go_on(seconds, rate)
    return time.process_time() - begun
"""


class Kernel:
    """A kernel, and what it says over comms while it runs code.

    Attributes
    ----------
    told
        Of each comm message since it was cleared: when it was sent, and its length.
    """

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self.told: list[tuple[float, int]] = []

    def run(self, code: str, page: Page | None = None, heap: Heap | None = None) -> str:
        """Return what the code printed; what it tells views goes to the page."""
        request, printed = self._client.execute(code), ""
        while True:
            with suppress(Empty):
                message = self._client.get_iopub_msg(timeout=1)
                kind, content = message["msg_type"], message["content"]
                assert kind != "error", "\n".join(content["traceback"])
                if kind == "comm_msg":
                    self._take(message, page)
                elif message["parent_header"].get("msg_id") == request:
                    printed += content.get("text", "")
                    if content.get("execution_state") == "idle":
                        return printed
            if heap is not None:
                heap.look()

    def _take(self, message: dict[str, Any], page: Page | None) -> None:
        data = message["content"]["data"]
        sent = message["header"]["date"].timestamp()
        self.told.append((sent, len(json.dumps(data))))
        if page is not None and data["method"] == "custom":
            page.evaluate("told => window.host.push(told)", data["content"])


class Heap:
    """The memory of a page over time, each time after what is not needed was collected."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self.seen: list[tuple[float, float]] = []

    def look(self, pause: float = 3.0) -> None:
        """Note how much there is, unless that was done a moment ago."""
        now = time.monotonic()
        if not self.seen or now - self.seen[-1][0] > pause:
            self._session.send("HeapProfiler.collectGarbage")
            used = self._session.send("Runtime.getHeapUsage")["usedSize"]
            self.seen.append((now, used / 2**20))

    def growth(self) -> float:
        """Return by how many MB it grew in the last third of the time."""
        begun, ended = self.seen[0][0], self.seen[-1][0]
        late = [used for at, used in self.seen if at >= ended - (ended - begun) / 3]
        return late[-1] - late[0]


@contextmanager
def kernel() -> Iterator[Kernel]:
    """Give a kernel with the program in it."""
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60, cwd=str(ROOT))
    try:
        found = Kernel(client)
        found.run(PROGRAM)
        yield found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@contextmanager
def page() -> Iterator[Page | None]:
    """Give the page that hosts the view, None where there is no browser."""
    found = next((path for path in CHROMIUM if path.exists()), None)
    if found is None or not VIEW.exists():
        yield None
        return
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found), args=OPTIONS)
        opened = browser.new_page(viewport={"width": 1200, "height": 800})
        opened.goto(f"{address}?tasks=0&state=new&kernel=no")
        opened.wait_for_selector("body[data-ready]")
        yield opened
        browser.close()


def busiest_second(told: list[tuple[float, int]]) -> int:
    """Return the most messages that were sent within any second."""
    times = [at for at, _ in told]
    return max(sum(1 for each in times if 0 <= each - at < 1) for at in times)


def steady(kernel: Kernel, opened: Page | None, seconds: int) -> bool:
    """Measure a run that says the same amount each second."""
    shorter = min(seconds, 20)
    alone = float(kernel.run(f"print(cost(Run(), {shorter}, {RATE}))")) / shorter
    kernel.run("run = Run(); widget = RunWidget(run.log); widget._hear(None, {'kind': 'sync'}, [])")
    kernel.told.clear()
    heap = None if opened is None else Heap(opened)
    cpu = float(kernel.run(f"print(cost(run, {seconds}, {RATE}))", opened, heap)) / seconds
    share = (cpu - alone) * 100
    print(f"{'':<44} {cpu * 100:8.2f} %         with the widget, {alone * 100:.2f} % without")
    kept = say(f"{RATE} messages/s: kernel, % of a core", share, 10, "%", most=True)
    rate = len(kernel.told) / seconds
    kept &= say(f"{RATE} messages/s: to the views", rate, 10, "messages/s", most=True)
    longest = max(size for _, size in kernel.told) / 2**20
    print(f"{'':<44} {longest:8.2f} MB        longest message, the saved state")
    if heap is None:
        print("the page's memory was not measured: that needs Chromium and the built view")
        return kept
    assert opened is not None
    assert "running" in opened.inner_text(".mz-run-word"), "the page shows nothing of the run"
    print(f"{'':<44} {' '.join(f'{used:.1f}' for _, used in heap.seen)} MB of the page")
    return kept & say("page: growth in the last third", heap.growth(), 3, "MB", most=True)


def burst(kernel: Kernel) -> bool:
    """Measure what views are told of very many messages at once."""
    kernel.run("widget.close(); run = Run(); widget = RunWidget(run.log)")
    kernel.told.clear()
    kernel.run(
        f"run.log.extend([run.one() for _ in range({BURST})]); run.end()\n"
        "while not widget.is_settled: time.sleep(0.05)"
    )
    sizes = sorted(size for _, size in kernel.told)
    kept = say(
        f"{BURST:,} at once: in any second", busiest_second(kernel.told), 10, "messages", most=True
    )
    spent = kernel.told[-1][0] - kernel.told[0][0]
    print(f"{'':<44} {spent:8.2f} s         until all was told, in {len(sizes)} messages")
    middle = sizes[len(sizes) // 2] / 2**20
    kept &= say("of these, the one in the middle", middle, 2, "MB", most=True)
    print(f"{'':<44} {sizes[-1] / 2**20:8.2f} MB        longest message, the saved state")
    return kept


def main() -> int:
    """Measure all; the exit code is 1 where a limit was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with kernel() as found, page() as opened:
        kept = steady(found, opened, options.seconds)
        kept &= burst(found)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
