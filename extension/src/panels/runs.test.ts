import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { decodeRunsPage } from "../model/decode_runs.ts";
import type { AskRuns, RunsPage } from "../model/run_list.ts";
import { NOW, rawListed, rawPage } from "../testing/lists.ts";
import { NASTY } from "../testing/runs.ts";
import { createRunsList } from "./runs.ts";
import { ROW_PX } from "./runs_row.ts";
import { loadedRuns } from "../testing/loaded_runs.ts";
import type { RunsSource } from "./runs_source.ts";
import { sparkline } from "./sparkline.ts";

beforeEach(() => void vi.useFakeTimers({ now: NOW * 1000 }));
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

async function listOf(source: RunsSource, current = "") {
  const opened: string[] = [];
  const compared: string[][] = [];
  const controller = new AbortController();
  const list = createRunsList(
    source,
    { open: (id) => opened.push(id), compare: (...ids) => compared.push(ids), current: () => current },
    controller.signal,
  );
  document.body.append(list.element);
  list.refresh();
  await settle();
  const rows = () => [...list.element.querySelectorAll<HTMLElement>(".mz-run-row")]
    .sort((a, b) => Number(a.dataset["at"]) - Number(b.dataset["at"]));
  const names = () => rows().map((row) => row.querySelector(".mz-run-row-name")!.textContent);
  const one = <Found extends HTMLElement>(selector: string) => list.element.querySelector<Found>(selector)!;
  return { list, opened, compared, controller, rows, names, one };
}

function many(count: number): RunsSource & { asked: AskRuns[] } {
  const asked: AskRuns[] = [];
  return {
    asked,
    page: async (what) => {
      asked.push(what);
      const rows = Array.from({ length: Math.min(what.limit, count - what.offset) }, (_, at) => rawListed(`run${what.offset + at}`));
      return decodeRunsPage(rawPage(rows, { offset: what.offset, matched: count, total: count })).value;
    },
  };
}

it("shows of each run its state, name, when, how long, counts and sparkline", async () => {
  const rows = [
    rawListed("aaaa1111aaaa1111", { name: NASTY, status: "failed", counts: { succeeded: 3, failed: 1 } }),
    rawListed("b", { status: "running", finished: null, counts: {} }),
    rawListed("c", { status: "hovering" }),
  ];
  const { rows: drawn, list } = await listOf(loadedRuns(async () => rawPage(rows)));
  expect(drawn().map((row) => row.textContent)).toEqual([
    expect.stringContaining(`${NASTY}aaaa1111…failed · 10 min ago · 1 min 00 s`),
    expect.stringContaining("flow bbrunning · 10 min ago · 10 min 00 s4 tasks ended"),
    expect.stringContaining("flow cchovering · 10 min ago"),
  ]);
  expect(list.element.querySelector("img, b, script")).toBeNull();
  expect(drawn()[0]!.querySelector(".mz-run-mark .mz-is-failed")).not.toBeNull();
  expect(drawn()[2]!.querySelector(".mz-run-mark .mz-is-unknown")).not.toBeNull();
  expect(drawn()[0]!.querySelectorAll(".mz-run-row-count").length).toBe(2);
  expect(drawn()[0]!.querySelectorAll(".mz-spark-bar").length).toBe(2);
});

it("tells the counts of each run in one order, however they came", async () => {
  const rows = [
    rawListed("a", { counts: { succeeded: 3, strange: 1, failed: 1, skipped: 2 } }),
    rawListed("b", { counts: { skipped: 2, failed: 1, strange: 1, succeeded: 3 } }),
  ];
  const { rows: drawn } = await listOf(loadedRuns(async () => rawPage(rows)));
  const counts = (row: HTMLElement) => [...row.querySelectorAll(".mz-run-row-count .mz-icon")].map((each) => each.getAttribute("aria-label"));
  for (const row of drawn()) expect(counts(row)).toEqual(["failed", "skipped", "succeeded", "strange"]);
});

it("keeps malformed rows as unknown among the others", async () => {
  const { rows, names, opened } = await listOf(loadedRuns(async () => rawPage(["no run", rawListed("good"), { run_id: 7, started: "soon" }])));
  expect(names()).toEqual(["\"no run\"", "flow good", "unnamed"]);
  rows()[0]!.querySelector("button")!.click();
  expect(opened).toEqual([]);
});

it.each([null, 5, [], { rows: 5 }, { rows: [null] }])("takes %j for a page without harm", (raw) => {
  expect(() => decodeRunsPage(raw)).not.toThrow();
});

it("opens a run", async () => {
  const { rows, opened } = await listOf(loadedRuns(async () => rawPage([rawListed("a"), rawListed("b")])));
  rows()[1]!.querySelector<HTMLButtonElement>(".mz-run-open")!.click();
  expect(opened).toEqual(["b"]);
});

it("has of 10,000 runs only those in sight in the page, and asks for no others", async () => {
  const source = many(10_000);
  const { rows, names, one, list } = await listOf(source);
  expect(rows().length).toBeLessThan(30);
  const scroller = one(".mz-list-scroller");
  for (const at of [1_000, 2_000, 5_000]) {
    scroller.scrollTop = at * ROW_PX;
    scroller.dispatchEvent(new Event("scroll"));
    expect(rows().length).toBeLessThan(30);
  }
  expect(names()).toContain("…");
  await vi.advanceTimersByTimeAsync(100);
  expect(rows().some((row) => row.textContent!.includes("flow run5000"))).toBe(true);
  expect(source.asked.map(({ offset }) => offset)).toEqual([0, 4900, 5000]);
  expect(one(".mz-space").style.height).toBe(`${10_000 * ROW_PX}px`);
  expect(list.element.textContent).toContain("10,000 runs");
});

it("shows no gaps where two pages meet while they are asked for anew", async () => {
  const source = many(1_000);
  const { names, one, list } = await listOf(source);
  one(".mz-list-scroller").scrollTop = 97 * ROW_PX;
  one(".mz-list-scroller").dispatchEvent(new Event("scroll"));
  await vi.advanceTimersByTimeAsync(100);
  expect(names()).toContain("flow run101");
  source.asked.length = 0;
  list.refresh();
  await settle();
  expect(names()).not.toContain("…");
  await vi.advanceTimersByTimeAsync(100);
  expect(source.asked.map(({ offset }) => offset)).toEqual([0, 100]);
});

it("searches and filters, and forgets answers that come too late", async () => {
  const answers: ((page: RunsPage) => void)[] = [];
  const asked: AskRuns[] = [];
  const source: RunsSource = {
    page: (what) => {
      asked.push(what);
      return new Promise((resolve) => answers.push(resolve));
    },
  };
  const { one, names, list } = await listOf(source);
  const page = (...ids: string[]) =>
    decodeRunsPage(rawPage(ids.map((id) => rawListed(id)), { statuses: { failed: 2, succeeded: 1 }, total: 9 })).value;
  const search = one<HTMLInputElement>(".mz-search");
  search.value = " train ";
  search.dispatchEvent(new Event("input"));
  await vi.advanceTimersByTimeAsync(200);
  answers[0]!(page("old"));
  await settle();
  expect(names()).toEqual([]);
  answers[1]!(page("new"));
  await settle();
  expect(names()).toEqual(["flow new"]);
  expect(asked[1]).toMatchObject({ search: "train", statuses: [], offset: 0 });
  list.element.querySelector<HTMLButtonElement>('[data-status="failed"]')!.click();
  await settle();
  expect(asked[2]).toMatchObject({ search: "train", statuses: ["failed"] });
  expect(list.element.querySelector('[data-status="failed"]')!.textContent).toBe("failed2");
});

it("compares two that are chosen, the older first, or one with the run that is shown", async () => {
  const rows = [rawListed("new", { started: NOW - 10 }), rawListed("old", { started: NOW - 99 }), rawListed("shown")];
  const { rows: drawn, one, compared } = await listOf(loadedRuns(async () => rawPage(rows)), "shown");
  const tick = (at: number) => drawn()[at]!.querySelector<HTMLInputElement>("input")!.click();
  const compare = one<HTMLButtonElement>(".mz-do");
  expect(compare.hidden).toBe(true);
  tick(0);
  expect(compare.textContent).toBe("Compare with this run");
  compare.click();
  tick(1);
  expect(compare.textContent).toBe("Compare these two");
  compare.click();
  expect(compared).toEqual([["new", "shown"], ["old", "new"]]);
  expect(drawn()[2]!.getAttribute("aria-current")).toBe("true");
});

it("walks by keys, also to what is not in the page yet", async () => {
  const { one, rows } = await listOf(many(1_000));
  const focused = () => (document.activeElement?.closest("[data-at]") as HTMLElement | null)?.dataset["at"];
  const press = (key: string) =>
    document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  one(".mz-search").focus();
  press("ArrowDown");
  expect(focused()).toBe("0");
  press("ArrowDown");
  expect(focused()).toBe("1");
  press("PageDown");
  expect(Number(focused())).toBeGreaterThan(4);
  press("Home");
  expect(focused()).toBe("0");
  expect(rows().length).toBeLessThan(40);
});

it("asks again now and then as long as it is seen, and says what went wrong", async () => {
  let answer: () => Promise<unknown> = async () => rawPage([rawListed("a")]);
  const load = vi.fn(() => answer());
  const { list, one, controller, names } = await listOf(loadedRuns(load));
  answer = async () => rawPage([rawListed("b"), rawListed("a")]);
  await vi.advanceTimersByTimeAsync(4_100);
  expect(names()).toEqual(["flow b", "flow a"]);
  answer = () => Promise.reject(new Error("nobody is there"));
  await vi.advanceTimersByTimeAsync(4_100);
  expect(one(".mz-list-note").textContent).toBe("nobody is there; shown is what was known last");
  expect(names().length).toBe(2);
  const calls = load.mock.calls.length;
  list.element.hidden = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(load.mock.calls.length).toBe(calls);
  list.element.hidden = false;
  controller.abort();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(load.mock.calls.length).toBe(calls);
});

it("keeps the focus where it is when the list is told anew", async () => {
  let rows = [rawListed("a"), rawListed("b")];
  const { rows: drawn, list } = await listOf(loadedRuns(async () => rawPage(rows)));
  const kept = drawn()[1]!.querySelector<HTMLButtonElement>(".mz-run-open")!;
  kept.focus();
  rows = [rawListed("c"), ...rows];
  list.refresh();
  await settle();
  expect(document.activeElement).toBe(kept);
  expect(drawn().map((row) => row.dataset["at"])).toEqual(["0", "1", "2"]);
});

it.each([
  [rawPage([]), "No runs yet in /home/me/.maze: run a workflow, and it is listed here"],
  [rawPage([], { total: 3 }), "No run is like that"],
])("has words for nothing: %#", async (page, words) => {
  const source: RunsSource = { page: async () => decodeRunsPage(page).value };
  const { one } = await listOf(source);
  if (page["total"] === 3) {
    one<HTMLInputElement>(".mz-search").value = "x";
    one(".mz-search").dispatchEvent(new Event("input"));
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(one(".mz-list-empty").hidden).toBe(false);
  expect(one(".mz-list-empty").textContent).toBe(words);
});

it("says when the place is not the one that was asked for", async () => {
  const { one } = await listOf(loadedRuns(async () => rawPage([rawListed("a")], { note: "the cluster does not answer" })));
  expect(one(".mz-list-note").textContent).toBe("the cluster does not answer");
});

it("draws failures into the bars, and no more bars than the run is long", () => {
  const run = decodeRunsPage(rawPage([rawListed("a", {
    started: 0, finished: 40, sparkline: { seconds: 4, ended: [2, 0, 8], failed: [0, 0, 4] },
  })])).value.rows[0]!;
  const drawn = sparkline(run, 100);
  const bars = [...drawn.querySelectorAll(".mz-spark-bar")];
  expect(bars.length).toBe(3);
  expect(bars[2]!.classList.contains("mz-is-failed")).toBe(true);
  expect(Number(bars[1]!.getAttribute("x"))).toBeCloseTo(14.4);
  expect(Number(bars[2]!.getAttribute("height"))).toBeCloseTo(Number(bars[1]!.getAttribute("height")) / 2);
  expect(drawn.getAttribute("aria-label")).toBe("10 tasks ended, 4 of them failed; a bar is 4.0 s");
});
