import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { FAILED, INTERRUPTED, NASTY, rawMessage, rawMessages, rawRun, storeOf, tell } from "../testing/runs.ts";
import { createMessagesPanel } from "./messages.ts";

const ROW_PX = 24;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

function panelOf(messages: readonly unknown[], snapshot = FAILED) {
  const store = storeOf({ ...snapshot, messages, last_seq: messages.length - 1 });
  const chooser = createChooser();
  const panel = createMessagesPanel(store, chooser, new AbortController().signal);
  const scroller = panel.element.querySelector<HTMLElement>(".mz-scroller")!;
  // What a browser would know by layout.
  Object.defineProperty(scroller, "clientHeight", { value: 10 * ROW_PX });
  panel.update(EVERYTHING);
  const rows = () => [...panel.element.querySelectorAll<HTMLElement>(".mz-row")];
  const follow = panel.element.querySelector<HTMLButtonElement>(".mz-follow")!;
  const scrollTo = (row: number) => {
    scroller.scrollTop = row * ROW_PX;
    scroller.dispatchEvent(new Event("scroll"));
  };
  const more = (first: number, last: number) => {
    tell(store, { kind: "delta", run: rawRun("running"), tasks: {}, messages: rawMessages(first, last), first_seq: first, last_seq: last });
    panel.update({ ...EVERYTHING, graph: false });
  };
  const type = (words: string) => {
    const field = panel.element.querySelector<HTMLInputElement>(".mz-search")!;
    field.value = words;
    field.dispatchEvent(new Event("input"));
    vi.advanceTimersByTime(500);
  };
  const choose = (label: string, value: string) => {
    const field = panel.element.querySelector<HTMLSelectElement>(`select[aria-label="${label}"]`)!;
    field.value = value;
    field.dispatchEvent(new Event("change"));
  };
  const said = () => panel.element.querySelector(".mz-messages-said")!.textContent;
  const press = (title: string) => [...panel.element.querySelectorAll("button")].find((each) => each.textContent === title)!.click();
  return { store, panel, chooser, scroller, rows, follow, scrollTo, more, type, choose, said, press };
}

it("shows time, task and text", () => {
  const { rows, chooser } = panelOf([rawMessage(0), rawMessage(1, { type: "from_the_future", task_id: null, task_name: null, text: NASTY })]);
  expect(rows().map((row) => row.textContent)).toEqual(["+0.00 sstart_taskname_atext 0", `+1.00 sfrom_the_future${NASTY}`]);
  rows()[0]!.querySelector("button")!.click();
  expect(chooser.current.task).toBe("a");
  expect(rows()[0]!.classList.contains("mz-chosen")).toBe(true);
});

it("holds only what is in sight of 100,000 messages", () => {
  const { panel, rows, scrollTo } = panelOf(rawMessages(0, 99_999));
  expect(rows().length).toBeLessThan(60);
  expect(rows().at(-1)?.textContent).toContain("text 99999");
  expect(panel.element.querySelector<HTMLElement>(".mz-space")!.style.height).toBe(`${100_000 * ROW_PX}px`);
  scrollTo(50_000);
  expect(rows().length).toBeLessThan(60);
  expect(rows().some((row) => row.textContent?.includes("text 50005"))).toBe(true);
  expect(rows()[0]?.getAttribute("aria-setsize")).toBe("100000");
});

it("follows the end, pauses when scrolled away, and goes on when asked", () => {
  const { rows, follow, scrollTo, more, scroller } = panelOf(rawMessages(0, 99));
  more(100, 101);
  expect(rows().at(-1)?.textContent).toContain("text 101");
  scrollTo(20);
  more(102, 104);
  expect(scroller.scrollTop).toBe(20 * ROW_PX);
  expect(follow.hidden).toBe(false);
  expect(follow.textContent).toBe("↓ 3 new messages");
  follow.click();
  expect(rows().at(-1)?.textContent).toContain("text 104");
  expect(follow.hidden).toBe(true);
});

it("says that there are none", () => {
  expect(panelOf([]).panel.element.querySelector<HTMLElement>(".mz-empty")!.hidden).toBe(false);
});

it("marks the end of a task that did not run with a tick of its own", () => {
  const finished = (seq: number, task_id: string) => rawMessage(seq, { type: "finish_task", task_id });
  const { rows } = panelOf([finished(0, "a"), finished(1, "b"), rawMessage(2)], INTERRUPTED);
  const marks = rows().map((row) => row.querySelector(".mz-glyph")?.getAttribute("data-state"));
  expect(marks).toEqual(["cached", "succeeded", "running"]);
});

const LOGGED = [
  rawMessage(0, { type: "start_workflow", task_id: null, task_name: null, text: "digits" }),
  rawMessage(1, { type: "task_log", stream: "stdout", text: `Epoch 1\n${NASTY}` }),
  rawMessage(2, { type: "task_log", stream: "stderr", text: "a warning", task_id: "b", task_name: "name_b" }),
  rawMessage(3, { type: "node_usage", task_id: null, task_name: null, text: "node-a: CPU 50 %" }),
  rawMessage(4, { type: "task_exception", task_id: "b", task_name: "name_b", text: "failed" }),
  rawMessage(5, { type: "from_the_future", text: "unknown message" }),
];

it("tells streams, levels and unknown types apart, and leaves out what only measures", () => {
  const { rows, said } = panelOf(LOGGED);
  expect(rows().map((row) => [row.querySelector(".mz-row-type")!.textContent, row.className])).toEqual([
    ["start_workflow", "mz-row"],
    ["stdout", "mz-row"],
    ["stderr", "mz-row mz-row-stderr"],
    ["task_exception", "mz-row mz-row-error"],
    ["from_the_future", "mz-row mz-row-unknown"],
  ]);
  expect(said()).toBe("5 messages");
});

it.each([
  ["a type", (p: ReturnType<typeof panelOf>) => p.choose("Type", "node_usage"), ["node_usage"], "1 of 5 messages"],
  ["a level", (p: ReturnType<typeof panelOf>) => p.choose("Level", "errors"), ["task_exception"], "1 of 5 messages"],
  ["words", (p: ReturnType<typeof panelOf>) => p.type("warning B"), ["stderr"], "1 of 5 messages"],
  ["a task", (p: ReturnType<typeof panelOf>) => (p.chooser.task("b"), p.press("Only name_b")), ["stderr", "task_exception"], "2 of 5 messages"],
])("is filtered by %s", (_, act, types, count) => {
  const panel = panelOf(LOGGED);
  act(panel);
  expect(panel.rows().map((row) => row.querySelector(".mz-row-type")!.textContent)).toEqual(types);
  expect(panel.said()).toBe(count);
});

it("says that nothing is like that", () => {
  const { panel, type } = panelOf(LOGGED);
  type("nowhere to be found");
  expect(panel.element.querySelector(".mz-empty")!.textContent).toBe("No message here is like that");
});

it("shows all of a message that was picked, as text, and goes on by keys", () => {
  const { panel, rows, scroller } = panelOf(LOGGED);
  rows()[1]!.click();
  const text = () => panel.element.querySelector(".mz-detail-text")?.textContent;
  expect(text()).toBe(`Epoch 1\n${NASTY}`);
  expect(panel.element.querySelector(".mz-detail img")).toBeNull();
  scroller.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }));
  expect(text()).toBe("a warning");
  panel.element.querySelector<HTMLButtonElement>('[aria-label="Close this message"]')!.click();
  expect(panel.element.querySelector<HTMLElement>(".mz-detail")!.hidden).toBe(true);
});

it("copies what is listed", async () => {
  const { store, press, said, choose } = panelOf(LOGGED);
  const copied: string[] = [];
  Object.assign(store, { host: { copy: async (text: string) => copied.push(text) > 0 } });
  choose("Level", "errors");
  press("Copy");
  await vi.waitFor(() => expect(said()).toContain("copied 1 message"));
  expect(copied).toEqual(["+4.00 s  task_exception  name_b  failed"]);
});

it("fetches older ones when scrolled to the top, and keeps what is looked at where it is", async () => {
  const { store, scroller, scrollTo, rows, panel, said } = panelOf(rawMessages(5_001, 7_000));
  const asked: unknown[] = [];
  store.carryQuestion = async (what, more) => {
    asked.push([what, more]);
    return { messages: [...rawMessages(3_001, 5_000), "nonsense"], older: 3_000 };
  };
  scrollTo(3);
  await vi.waitFor(() => expect(store.messages.length).toBe(4_000));
  panel.update(EVERYTHING);
  expect(asked).toEqual([["messages", { before: 5_001, count: 2_000 }]]);
  expect(scroller.scrollTop).toBe(2_003 * ROW_PX);
  expect(rows().some((row) => row.dataset["seq"] === "5004")).toBe(true);
  expect(said()).toBe("4,000 messages");
});

it("says that older ones could not be fetched, and does not ask on and on", async () => {
  const { store, scrollTo, said, press } = panelOf(rawMessages(5_001, 7_000));
  let asked = 0;
  store.carryQuestion = () => {
    asked += 1;
    return Promise.reject(new Error("nobody is there to answer"));
  };
  scrollTo(3);
  await vi.waitFor(() => expect(said()).toContain("older ones could not be fetched: nobody is there to answer"));
  scrollTo(2);
  expect(asked).toBe(1);
  press("Older");
  await vi.waitFor(() => expect(asked).toBe(2));
});

it("stays at the message that is looked at while new ones come and old ones go", () => {
  const { store, scrollTo, scroller, rows, panel } = panelOf(rawMessages(1, 105_000));
  scrollTo(50_000);
  const before = rows()[10]!.dataset["seq"];
  tell(store, { kind: "delta", run: null, tasks: {}, messages: rawMessages(105_001, 106_000), first_seq: 105_001, last_seq: 106_000 });
  panel.update({ ...EVERYTHING, graph: false });
  expect(store.messages.length).toBe(100_000);
  expect(rows()[10]!.dataset["seq"]).toBe(before);
  expect(scroller.scrollTop).toBeLessThan(50_000 * ROW_PX);
});
