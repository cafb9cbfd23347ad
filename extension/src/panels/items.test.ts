import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { DIAMOND, TRACEBACK, rawMessage, rawRun, rawState, rawTask, storeOf, tell } from "../testing/runs.ts";
import { createHeader } from "./header.ts";
import { createTaskPanel } from "./task.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MAPPED = { ...DIAMOND, tasks: [rawTask("a"), rawTask("m", { name: "fit", kind: "map" })], edges: [{ source: "a", target: "m", names: ["xs"] }] };
const error = { type: "ValueError", kind: "", message: "no", traceback: TRACEBACK, host: null };
const counts = { failed: 1, running: 2, waiting: 97, succeeded: 900 };
const map = { count: 1000, counts, started: 1000, finished: null, items: ["m.7", "m.8", "m.9"] };
const RUN = {
  run: rawRun("running", { counts: { ...counts, succeeded: 901 } }),
  tasks: {
    a: rawState("succeeded", { started: 1000, finished: 1001 }),
    m: rawState("running", { started: 1001 }),
    "m.7": rawState("failed", { started: 1001, finished: 1002, error }),
    "m.8": rawState("running", { started: 1003, progress: 0.5, done: 2, total: 4 }),
    "m.9": rawState("running", { started: 1003 }),
  },
  maps: { m: map },
  messages: [rawMessage(1)],
  last_seq: 1,
};

function panelOf(chosen: string) {
  const store = storeOf(RUN, MAPPED);
  const asked: unknown[] = [];
  store.carry = (question) => asked.push(question);
  const chooser = createChooser();
  const panel = createTaskPanel(store, chooser, new AbortController().signal);
  panel.update(EVERYTHING);
  chooser.task(chosen);
  const find = (selector: string) => [...panel.element.querySelectorAll<HTMLElement>(selector)];
  const texts = (selector: string) => find(selector).map((each) => each.textContent);
  const filter = (word: string) => find(".mz-filter").find((each) => each.textContent?.includes(word))!.click();
  return { store, asked, chooser, panel, find, texts, filter };
}

it("tells of a map its counts, its failures, and the items it knows, the failed first", () => {
  const { texts, find } = panelOf("m");
  expect(texts(".mz-task-name")).toEqual(["fit ×1,000"]);
  expect(texts(".mz-count-of")).toEqual(["1 failed", "2 running", "97 waiting", "900 succeeded"]);
  expect(texts(".mz-failed-item[open] .mz-traceback")).toEqual([TRACEBACK]);
  expect(texts(".mz-item .mz-link")).toEqual(["fit[7]", "fit[8]", "fit[9]"]);
  expect(find(".mz-item")[1]!.textContent).toContain("50 %, 2/4");
});

it("asks for the items of a state and shows what is answered", () => {
  const { store, asked, panel, texts, filter, find } = panelOf("m");
  filter("succeeded");
  expect(asked.at(-1)).toEqual({ kind: "items", task_id: "m", state: "succeeded", offset: 0 });
  const items = Array.from({ length: 50 }, (_, at) => `m.${at + 10}`);
  const tasks = Object.fromEntries(items.map((id) => [id, rawState("succeeded", { started: 1, finished: 2 })]));
  tell(store, { kind: "items", task_id: "m", state: "succeeded", offset: 0, total: 900, items, tasks });
  panel.update({ ...EVERYTHING, graph: false });
  expect(texts(".mz-item")).toHaveLength(50);
  expect(texts(".mz-pager span")).toEqual(["1–50 of 900"]);
  find(".mz-pager button")[1]!.click();
  expect(asked.at(-1)).toMatchObject({ offset: 50 });
});

it("says what it knows when a busy kernel does not answer, and does not ask on and on", () => {
  const { asked, panel, filter, texts } = panelOf("m");
  filter("running");
  const before = asked.length;
  for (let second = 0; second < 20; second += 1) {
    vi.advanceTimersByTime(1000);
    panel.tick?.();
  }
  expect(asked.length).toBe(before);
  expect(texts(".mz-item .mz-link")).toEqual(["fit[8]", "fit[9]"]);
  filter("succeeded");
  vi.advanceTimersByTime(2000);
  panel.tick?.();
  expect(texts("p:not([hidden])")).toContain("0 of 900 items are known here: the others come when the kernel is free");
});

it("opens an item as a task of its own, with the way back", () => {
  const { chooser, texts, find } = panelOf("m.7");
  expect(texts(".mz-task-name")).toEqual(["fit[7]"]);
  expect(texts(".mz-traceback")).toEqual([TRACEBACK]);
  find(".mz-back")[0]!.click();
  expect(chooser.current.task).toBe("m");
});

it("leads from the header to the item that failed, and counts items as tasks", () => {
  const store = storeOf(RUN, MAPPED);
  const chooser = createChooser();
  const header = createHeader(store, chooser);
  header.update(EVERYTHING);
  expect(header.element.querySelector(".mz-run-count")?.textContent).toBe("901/1,001");
  header.element.querySelector<HTMLButtonElement>(".mz-failures")!.click();
  expect(chooser.current.task).toBe("m.7");
});

it("takes items in deltas for what they are, and forgets those that nobody tells of", () => {
  const { store } = panelOf("m");
  for (let first = 0; first < 3000; first += 40) {
    const ids = Array.from({ length: 40 }, (_, at) => `m.${first + at + 100}`);
    const tasks = Object.fromEntries(ids.map((id) => [id, rawState("running")]));
    const seq = first / 40 + 2;
    const has_gap = tell(store, { kind: "delta", run: RUN.run, tasks, maps: { m: { ...map, items: ids } }, messages: [], first_seq: seq, last_seq: seq });
    expect(has_gap).toBe(false);
  }
  expect(store.task("m.100").state).toBe("waiting");
  expect(store.task("m.3060").state).toBe("running");
  expect(store.task("a").state).toBe("succeeded");
  expect(tell(store, { kind: "delta", run: RUN.run, tasks: { "x.3": rawState("running") }, messages: [], first_seq: 80, last_seq: 80 })).toBe(true);
});

it("says of a map that failed what it failed for, not that it was skipped", () => {
  const store = storeOf({
    ...RUN,
    run: rawRun("failed", { finished: 1010 }),
    tasks: { ...RUN.tasks, m: rawState("skipped", { root_cause: "m.7", reason: "skipped: m.7 failed" }) },
  }, MAPPED);
  const chooser = createChooser();
  const panel = createTaskPanel(store, chooser, new AbortController().signal);
  panel.update(EVERYTHING);
  chooser.task("m");
  const why = [...panel.element.querySelectorAll(".mz-section")].find((each) => each.firstChild?.textContent === "Why");
  expect(panel.element.querySelector(".mz-task-state")?.textContent).toBe("failed");
  expect(why?.textContent).toBe("Whybecause of fit[7]");
});
