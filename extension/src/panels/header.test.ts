import { afterEach, expect, it, vi } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { answering, settle } from "../testing/asking.ts";
import { FAILED, INTERRUPTED, rawMessage, rawRun, rawState, storeOf, tell } from "../testing/runs.ts";
import { createHeader } from "./header.ts";

function headerOf(snapshot: Readonly<Record<string, unknown>>, now = 1100) {
  const store = storeOf(snapshot, undefined, () => now);
  const chooser = createChooser();
  const panel = createHeader(store, chooser);
  panel.update(EVERYTHING);
  const text = (name: string) => panel.element.querySelector(`.mz-${name}`)?.textContent;
  const failures = panel.element.querySelector<HTMLButtonElement>(".mz-failures")!;
  return { store, chooser, panel, text, failures };
}

it("says which run, its state, how far and how long", () => {
  const { text, failures, panel } = headerOf(FAILED);
  expect(text("run-name")).toBe("diamond");
  expect(text("run-id")).toBe("01234567");
  expect(text("run-word")).toBe("failed");
  expect(text("run-count")).toBe("1/4");
  expect(text("run-time")).toBe("1 min 03 s");
  expect(failures.textContent).toBe("1 failed · 1 skipped");
  expect(panel.element.querySelector(".mz-run-mark [data-state]")?.getAttribute("data-state")).toBe("failed");
});

it("leads to the root cause, then round the other failures", () => {
  const { chooser, failures } = headerOf({
    ...FAILED,
    run: rawRun("failed"),
    tasks: {
      a: rawState("failed", { finished: 1020 }),
      b: rawState("failed", { finished: 1010 }),
      d: rawState("skipped", { root_cause: "b" }),
    },
  });
  const opened = [1, 2, 3].map(() => (failures.click(), chooser.current.task));
  expect(opened).toEqual(["b", "a", "b"]);
});

it("is quiet while all is well, and ticks", () => {
  const { text, failures, panel, store } = headerOf({ ...FAILED, run: rawRun("running"), tasks: {} }, 1061);
  expect(failures.hidden).toBe(true);
  expect(text("run-time")).toBe("00:01:01");
  tell(store, { kind: "delta", run: rawRun("running"), tasks: {}, messages: [rawMessage(5, { time: 1060 })], first_seq: 5, last_seq: 5 });
  panel.tick?.();
  expect(text("run-time")).toBe("00:01:00");
});

it.each([
  ["timed_out", "timed out"],
  ["interrupted", "interrupted"],
  ["hibernating", "hibernating"],
])("says %s", (status, word) => {
  expect(headerOf({ ...FAILED, run: rawRun(status) }).text("run-word")).toBe(word);
});

it("says that a workflow was not run yet", () => {
  const { text } = headerOf({});
  expect([text("run-word"), text("run-count"), text("run-time")]).toEqual(["not run yet", "4 tasks", ""]);
});

it("counts what was cached, and stops its clock when the scheduler is gone", () => {
  const { text, panel } = headerOf(INTERRUPTED, 99_999);
  panel.tick?.();
  expect(text("run-word")).toBe("interrupted");
  expect(text("run-count")).toBe("2/4 · 1 cached");
  expect(text("run-time")).toBe("4.0 s");
  expect(panel.element.querySelector(".mz-run-count")?.getAttribute("title")).toBe("2 of 4 tasks succeeded, of these 1 cached");
  const parts = [...panel.element.querySelectorAll<HTMLElement>(".mz-bar-part")].map((part) => [part.className.split("mz-is-")[1], part.style.flexGrow]);
  expect(parts).toEqual([["cached", "1"], ["succeeded", "1"], ["was_running", "1"], [undefined, "1"]]);
});

it("leaves out of its time what passed before it was resumed", () => {
  const run = rawRun("succeeded", { finished: 1500, resumes: 1, away: 440 });
  const { text, panel } = headerOf({ ...FAILED, run });
  expect(text("run-time")).toBe("1 min 00 s");
  expect(panel.element.querySelector(".mz-run-time")?.getAttribute("title")).toContain("resumed once; 7 min 20 s");
});

it("counts the time of an interrupted run up to when it was last heard of, as its still does", () => {
  const { text } = headerOf({ ...INTERRUPTED, run: rawRun("interrupted", { stopped: 1007 }) }, 99_999);
  expect(text("run-time")).toBe("7.0 s");
});

afterEach(() => vi.useRealTimers());

function actionsOf(snapshot: Readonly<Record<string, unknown>>, answers: Readonly<Record<string, unknown>> = {}) {
  const { store, panel } = headerOf(snapshot);
  const asked = answering(store, answers);
  const find = (name: string) => panel.element.querySelector<HTMLButtonElement>(`.mz-${name}`)!;
  return { store, panel, asked, cancel: find("cancel-run"), again: find("rerun-failed"), said: () => find("said").textContent?.trim() };
}

it("cancels the run only when asked twice", async () => {
  vi.useFakeTimers();
  const { cancel, again, asked, said } = actionsOf({ ...FAILED, run: rawRun("running") }, { cancel: { said: "asked to cancel the run" } });
  expect(again.hidden).toBe(true);
  cancel.click();
  expect([cancel.textContent, asked.length]).toEqual(["Cancel the whole run?", 0]);
  vi.advanceTimersByTime(6000);
  expect(cancel.textContent).toBe("Cancel");
  cancel.click();
  cancel.click();
  await settle();
  expect(asked).toEqual([["cancel", {}]]);
  expect(said()).toBe("asked to cancel the run");
});

it("computes what failed in a new run, or says why not", async () => {
  const { store, again, cancel, asked, said } = actionsOf(FAILED, { retry: { said: "run 9 computes it", run_id: "9" } });
  const opened: string[] = [];
  store.turnTo = (id) => opened.push(id);
  expect(cancel.hidden).toBe(true);
  again.click();
  await settle();
  expect([asked, opened]).toEqual([[["retry", {}]], ["9"]]);
  expect(said()).toContain("run 9 computes it");
});

it("offers what nobody can do with the reason why not", () => {
  const { store, panel, again } = actionsOf(FAILED);
  store.setLink("saved");
  panel.update(EVERYTHING);
  expect([again.disabled, again.title]).toEqual([true, "Compute in a new run what did not succeed: no kernel answers"]);
});
