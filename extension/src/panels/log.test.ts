import { afterEach, expect, it, vi } from "vitest";
import { answering, settle } from "../testing/asking.ts";
import { FAILED, NASTY, rawRun, storeOf, tell } from "../testing/runs.ts";
import { createLogPane } from "./log.ts";
import { MOST_FOUND, writeLines } from "./log_text.ts";

const line = (text: string, stream = "stdout") => ({ stream, text });

function pane(answers: Readonly<Record<string, unknown>> = {}) {
  const logs = { a: [{ stream: "stdout", text: "one\ntwo" }, { stream: "stderr", text: `${NASTY} two` }] };
  const copied: string[] = [];
  const store = storeOf({ ...FAILED, logs });
  Object.assign(store, { host: { copy: async (text: string) => copied.push(text) > 0 } });
  const asked = answering(store, answers);
  const made = createLogPane("a", store);
  made.update();
  const { element } = made;
  const find = <Kind extends HTMLElement>(selector: string) => element.querySelector<Kind>(selector)!;
  const search = (wanted: string) => {
    const input = find<HTMLInputElement>(".mz-log-search");
    input.value = wanted;
    input.dispatchEvent(new Event("input"));
  };
  const press = async (label: string) => {
    [...element.querySelectorAll("button")].find((each) => each.textContent === label)!.click();
    await settle();
  };
  return { store, made, asked, copied, element, find, search, press };
}

it("tells what went to stderr apart, as text", () => {
  const { find, element } = pane();
  expect(find(".mz-log").textContent).toBe(`one\ntwo\n${NASTY} two`);
  expect(find(".mz-log .mz-stderr").textContent).toBe(`\n${NASTY} two`);
  expect(element.querySelector("img")).toBeNull();
});

it("marks what is searched for, and goes from one to the next", () => {
  const { element, find, search } = pane();
  search("TWO");
  expect([...element.querySelectorAll(".mz-found")].map((mark) => mark.textContent)).toEqual(["two", "two"]);
  expect(find(".mz-found-count").textContent).toBe("1/2");
  find(".mz-log-search").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  expect(find(".mz-found-count").textContent).toBe("2/2");
  expect(find(".mz-found.mz-current").closest(".mz-stderr")).not.toBeNull();
  search("nowhere");
  expect(find(".mz-found-count").textContent).toBe("not found");
  expect(find(".mz-log").textContent).toBe(`one\ntwo\n${NASTY} two`);
});

it("marks no more than helps", () => {
  const { marks, nodes } = writeLines([line("a".repeat(5000))], "a");
  expect(marks).toHaveLength(MOST_FOUND);
  expect(nodes.map((node) => node.textContent).join("")).toHaveLength(5000);
});

it("copies what it shows", async () => {
  const { press, copied } = pane();
  await press("Copy");
  expect(copied).toEqual([`one\ntwo\n${NASTY} two`]);
});

it("fetches the whole log, and goes back to the tail", async () => {
  const parts = [{ stream: "stdout", attempt: 1, text: "zero\none" }, { stream: "stdout", attempt: 2, text: "two" }];
  const { press, find, asked, element } = pane({ log: { parts, left_out: 1234 } });
  await press("Whole log");
  expect(asked).toEqual([["log", { task_id: "a" }]]);
  expect(find(".mz-log").textContent).toBe("zero\none\n— attempt 2 —\ntwo");
  expect(element.textContent).toContain("The first 1,234 characters are left out");
  await press("Live tail");
  expect(find(".mz-log").textContent).toBe(`one\ntwo\n${NASTY} two`);
});

it.each([null, { parts: "x" }, 7])("stands a whole log of %j", async (log) => {
  const { press, find } = pane({ log });
  await press("Whole log");
  expect(find(".mz-log").textContent).toBe("");
});

it("says why there is no whole log, and stays as it was", async () => {
  const { press, find, element } = pane({ log: new Error("the worker is gone") });
  await press("Whole log");
  expect(element.textContent).toContain("the worker is gone");
  expect(find(".mz-log").textContent).toContain("one");
});

it("asks nobody while nobody answers", () => {
  const { store, made, element } = pane();
  store.setLink("saved");
  made.update();
  const whole = [...element.querySelectorAll("button")].find((each) => each.textContent === "Whole log")!;
  expect([whole.disabled, whole.title]).toEqual([true, "No kernel answers"]);
});

afterEach(() => void vi.unstubAllGlobals());

it("stands at its end once it is on the page, also when it was written before", () => {
  let laidOut: () => void = () => undefined;
  vi.stubGlobal("ResizeObserver", class {
    constructor(told: () => void) {
      laidOut = told;
    }
    observe() {}
  });
  const text = pane().find(".mz-log");
  Object.defineProperties(text, { clientHeight: { value: 100 }, scrollHeight: { value: 900 } });
  expect(text.scrollTop).toBe(0);
  laidOut();
  expect(text.scrollTop).toBe(900);
});

it("shows the whole log of what printed nothing that is known here, at its end", async () => {
  const { store, find, press, made } = pane({ log: { parts: [{ stream: "stdout", attempt: 1, text: "zero" }], left_out: 0 } });
  tell(store, { kind: "snapshot", ...FAILED, run: rawRun("failed", { run_id: "fedcba9876543210" }) });
  made.update();
  expect(find(".mz-log-frame").hidden).toBe(true);
  Object.defineProperty(find(".mz-log"), "scrollHeight", { value: 900 });
  await press("Whole log");
  expect([find(".mz-log-frame").hidden, find(".mz-log").scrollTop]).toEqual([false, 900]);
});
