import { expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { FAILED, INTERRUPTED, NASTY, rawMessage, rawMessages, rawRun, storeOf, tell } from "../testing/runs.ts";
import { createMessagesPanel } from "./messages.ts";

const ROW_PX = 24;

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
  return { panel, chooser, scroller, rows, follow, scrollTo, more };
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
