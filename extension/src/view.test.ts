import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FAILED, INTERRUPTED, rawMessage, rawRun, rawState, storeOf, tell } from "./testing/runs.ts";
import { showRun } from "./view.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function show(snapshot: Readonly<Record<string, unknown>> = FAILED) {
  const store = storeOf(snapshot);
  const closing = new AbortController();
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  showRun(store, place, closing.signal);
  const find = <Found extends HTMLElement>(selector: string) => place.querySelector<Found>(selector)!;
  const tab = (title: string) =>
    [...place.querySelectorAll<HTMLElement>("[role=tab]")].find((each) => each.textContent?.startsWith(title))!;
  return { store, closing, place, find, tab };
}

it("draws what came at the next frame, once", () => {
  const { store, find } = show();
  for (const seq of [5, 6, 7]) {
    const tasks = { c: rawState("running", { started: 1100 }) };
    tell(store, { kind: "delta", run: rawRun("running"), tasks, messages: [rawMessage(seq)], first_seq: seq, last_seq: seq });
  }
  expect(find(".mz-run-word").textContent).toBe("failed");
  vi.advanceTimersToNextFrame();
  expect(find(".mz-run-word").textContent).toBe("running");
  expect(find('.mz-node[data-task="c"]').getAttribute("data-state")).toBe("running");
  expect(find(".mz-count").textContent).toBe("");
});

it("turns between tabs, by pointer and by arrows", () => {
  const { find, tab } = show();
  expect(find(".mz-messages").hidden).toBe(true);
  tab("Messages").click();
  expect(find(".mz-messages").hidden).toBe(false);
  expect(find(".mz-graph").hidden).toBe(true);
  expect(find(".mz-tools").hidden).toBe(true);
  expect(find(".mz-messages").querySelectorAll(".mz-row")).toHaveLength(5);
  tab("Messages").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  expect(tab("Table").getAttribute("aria-selected")).toBe("true");
  expect(find(".mz-table").querySelectorAll("tbody tr")).toHaveLength(4);
});

it("counts the messages on their tab", () => {
  const { store, tab } = show();
  tell(store, { kind: "delta", run: rawRun("running"), tasks: {}, messages: [rawMessage(5)], first_seq: 5, last_seq: 5 });
  vi.advanceTimersToNextFrame();
  expect(tab("Messages").textContent).toBe("Messages6");
});

it("goes from the failure in the header to its traceback, and back by Escape", () => {
  const { find } = show();
  find(".mz-failures").click();
  expect(find(".mz-task").hidden).toBe(false);
  expect(find(".mz-traceback").textContent).toContain("ValueError");
  find(".mz-close").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(find(".mz-task").hidden).toBe(true);
  expect(document.activeElement?.getAttribute("data-task")).toBe("b");
});

it("says when no kernel answers, and what it could not read", () => {
  const { store, find } = show();
  store.setLink("saved");
  store.noteProblems(["a message this view does not know: <b>"]);
  vi.advanceTimersToNextFrame();
  expect(find(".mz-notices").textContent).toBe(
    "No kernel answers: showing the last known state1 part of what the kernel sent could not be reada message this view does not know: <b>",
  );
  expect(find(".mz-notices b")).toBeNull();
});

it("says how to go on with a run whose scheduler is gone, and lets no clock tick", () => {
  const { find, store } = show(INTERRUPTED);
  expect(find(".mz-warning").textContent).toContain("resume the run with run.resume() or %maze_resume");
  const before = find(".mz-root").innerHTML;
  vi.advanceTimersByTime(5000);
  expect(find(".mz-root").innerHTML).toBe(before);
  tell(store, { kind: "snapshot", ...INTERRUPTED, run: rawRun("running") });
  vi.advanceTimersToNextFrame();
  expect(find(".mz-warning")).toBeNull();
});

it("says how to follow a run that goes on when its kernel is gone", () => {
  const { find, store } = show({ ...FAILED, run: rawRun("running") });
  store.setLink("saved");
  vi.advanceTimersToNextFrame();
  expect(find(".mz-notices").textContent).toContain("In a new kernel, %maze_attach follows the run");
});

it("says that a part broke and draws the others", () => {
  const { store, find } = show();
  const complaint = vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(store, "task").mockImplementation((id) => {
    throw new Error(`no ${id}`);
  });
  tell(store, { kind: "delta", run: rawRun("cancelled", { counts: { cancelled: 4 } }), tasks: { a: rawState("running") }, messages: [rawMessage(5)], first_seq: 5, last_seq: 5 });
  vi.advanceTimersToNextFrame();
  expect(find(".mz-fault").textContent).toContain("The run itself is not affected");
  expect(find(".mz-run-word").textContent).toBe("cancelled");
  expect(complaint).toHaveBeenCalled();
});

it("leaves nothing behind", () => {
  const { closing, place, store } = show();
  closing.abort();
  expect(place.childNodes).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
  tell(store, { kind: "delta", run: rawRun("running"), tasks: {}, messages: [], first_seq: 5, last_seq: 5 });
  expect(vi.getTimerCount()).toBe(0);
});
