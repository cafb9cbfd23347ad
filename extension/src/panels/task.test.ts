import { expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import {
  DIAMOND, FAILED, INTERRUPTED, NASTY, TRACEBACK,
  rawMessage, rawOptions, rawRun, rawState, rawTask, storeOf, tell,
} from "../testing/runs.ts";
import { createTaskPanel } from "./task.ts";

function panelOf(snapshot: Readonly<Record<string, unknown>> = FAILED, graph = DIAMOND) {
  const store = storeOf(snapshot, graph);
  const chooser = createChooser();
  const panel = createTaskPanel(store, chooser, new AbortController().signal);
  panel.update(EVERYTHING);
  const { element } = panel;
  const buttons = () => [...element.querySelectorAll<HTMLButtonElement>("button")];
  const press = (label: string) => buttons().find((made) => made.textContent === label && !made.hidden)!.click();
  const tab = (name: string) => element.querySelector<HTMLElement>(`[id$="-${name}"]`)!.click();
  return { store, chooser, panel, element, text: () => element.textContent ?? "", press, tab };
}

it("is there only while a task is chosen", () => {
  const { chooser, element } = panelOf();
  expect(element.hidden).toBe(true);
  chooser.task("a");
  expect(element.hidden).toBe(false);
  element.querySelector<HTMLButtonElement>(".mz-close")!.click();
  expect(chooser.current.task).toBeNull();
  expect(element.hidden).toBe(true);
});

it("shows a result, where it was made and when", () => {
  const { chooser, element, text } = panelOf();
  chooser.task("a");
  expect(element.querySelector(".mz-task-time")?.textContent).toBe("1.3 s");
  for (const said of ["succeeded", "ndarray", "3 × 3", "[[1 2 3]]", "node-a", "10.0.0.4", "tcp://10.0.0.4:41", "1 CPU · 512 MB"]) {
    expect(text()).toContain(said);
  }
});

it("says what kind of task it is, and where the files are that it left", () => {
  const graph = { ...DIAMOND, tasks: [rawTask("a", { kind: "container" }), rawTask("b", { kind: "python" })] };
  const made = (location: string) => rawState("succeeded", { location, cpu: 2.5 });
  const { chooser, element, text } = panelOf({ ...FAILED, tasks: { a: made("s3://bucket/run/a"), b: made("") } }, graph);
  chooser.task("a");
  expect(element.querySelector("header")?.textContent).toContain("container");
  for (const said of ["Filess3://bucket/run/a", "CPU time2.5 s"]) expect(text()).toContain(said);
  chooser.task("b");
  expect(element.querySelector("header")?.textContent).not.toContain("python");
  expect(text()).not.toContain("Files");
});

it("opens the traceback of a failure first", () => {
  const { chooser, element, text } = panelOf();
  chooser.task("b");
  expect(element.querySelector("section h4")?.textContent).toBe("Failure");
  expect(element.querySelector(".mz-traceback")?.textContent).toBe(TRACEBACK);
  for (const said of ["ValueError: no", "GPU 0", "0.5 GPU · 8.0 GB VRAM", "Attempt2"]) expect(text()).toContain(said);
  expect([...element.querySelectorAll("button")].map((made) => made.textContent)).toContain("Copy");
});

it("says why a task waits, and what it will get and make", () => {
  const { chooser, text, tab } = panelOf();
  chooser.task("c");
  for (const said of ["needs 12 GB VRAM on one device", "Outputsout"]) expect(text()).toContain(said);
  tab("Inputs");
  for (const said of ["xs from name_a 3 × 3", "depth"]) expect(text()).toContain(said);
});

const HARD = rawTask("b", {
  options: rawOptions({
    timeout: 90, retries: 3, retry_on: ["OSError"], priority: -5, isolation: "process",
    deadline: { seconds: 600, is_absolute: false }, tags: ["a100"], prefer: ["x", "y"],
  }),
});
const HARD_GRAPH = { ...DIAMOND, tasks: [rawTask("a"), HARD] };
const LATE = { type: "TaskTimeoutError", kind: "timed out", message: "over 90 s", traceback: "", host: "node-a" };

it("says how a task is to be run, which attempt it is and what it used", () => {
  const b = rawState("succeeded", { attempt: 2, memory: 310.24, vram: 4096 });
  const { chooser, text } = panelOf({ ...FAILED, tasks: { b } }, HARD_GRAPH);
  chooser.task("b");
  for (const said of [
    "Runs withtimeout 1 min 30 s · in a process · 3 retries on OSError · priority -5 · due 10 min 00 s after the start · needs a100 · prefers x, y",
    "Attempt2 of 4",
    "Peak310 MB · 4.0 GB VRAM",
  ]) expect(text()).toContain(said);
});

it("counts down to the next attempt, under the failure of the last", () => {
  const b = rawState("retrying", { started: 1000, retry_at: 1103.4, reason: "timed out: over 90 s", error: LATE });
  const { chooser, element, text } = panelOf({ ...FAILED, tasks: { b } }, HARD_GRAPH);
  chooser.task("b");
  expect(element.querySelector(".mz-task-time")?.textContent).toBe("attempt 2 of 4 in 4 s");
  expect(element.querySelector(".mz-error")?.textContent).toBe("timed out: over 90 s");
  expect(text()).toContain("TaskTimeoutError");
  expect(text()).not.toContain("Why");
});

it("says nothing of options, attempts and peaks where a kernel does not", () => {
  const { chooser, element } = panelOf({ ...FAILED, tasks: { a: { state: "succeeded" } } });
  chooser.task("a");
  const facts = [...element.querySelectorAll("dt")].map((each) => each.textContent);
  for (const unsaid of ["Runs with", "Peak", "Attempt"]) expect(facts).not.toContain(unsaid);
});

it("leads from a task that is skipped for one that was cancelled", () => {
  const d = rawState("skipped", { root_cause: "b", reason: "task 'b', which it depends on, was cancelled" });
  const { chooser, text } = panelOf({ ...FAILED, tasks: { d } });
  chooser.task("d");
  expect(text()).toContain("skipped, because name_b was cancelled");
});

it("leads from a skipped task to its root cause", () => {
  const { chooser, element, text } = panelOf();
  chooser.task("d");
  expect(text()).toContain("skipped, because name_b failed");
  element.querySelector<HTMLButtonElement>(".mz-section .mz-link")!.click();
  expect(chooser.current.task).toBe("b");
});

it("shows markup as text", () => {
  const { chooser, element } = panelOf();
  chooser.task("d");
  expect(element.querySelector(".mz-task-name")?.textContent).toBe(NASTY);
  chooser.task("a");
  expect(element.querySelector(".mz-pre")?.textContent).toContain(NASTY);
  expect(element.querySelector("img")).toBeNull();
});

it("follows its task, and leaves the page alone when nothing of it changed", () => {
  const { chooser, store, panel, element } = panelOf();
  chooser.task("c");
  const head = element.firstChild;
  const change = (id: string) => ({ ...EVERYTHING, graph: false, tasks: new Set([id]) });
  panel.update(change("c"));
  expect(element.firstChild).toBe(head);
  tell(store, {
    kind: "delta", run: rawRun("running"), messages: [rawMessage(5)], first_seq: 5, last_seq: 5,
    tasks: { c: rawState("running", { started: 1100 }) },
  });
  panel.update(change("c"));
  expect(element.querySelector(".mz-task-state")?.textContent).toBe("running");
});

it("shows a state it does not know by the kernel's own word", () => {
  const { chooser, element } = panelOf({ ...FAILED, tasks: { a: rawState("dreaming") } });
  chooser.task("a");
  expect(element.querySelector(".mz-task-state")?.textContent).toBe("dreaming");
});

it("says that a task did not run, and where a big output lies", () => {
  const { chooser, element, text } = panelOf(INTERRUPTED);
  chooser.task("a");
  expect(element.querySelector(".mz-task-state")?.textContent).toBe("cached");
  expect(element.querySelector(".mz-task-state .mz-is-cached")).not.toBeNull();
  for (const said of ["Reusedfrom the cache", "on disk, 50.0 MB"]) expect(text()).toContain(said);
  expect(element.querySelector('[title="node-a:/results/r/a/xs.pkl"]')).not.toBeNull();
  expect(text()).not.toContain("Took");
});

it("says of a task whose scheduler was lost that it was running", () => {
  const { chooser, element, text } = panelOf(INTERRUPTED);
  chooser.task("c");
  expect(element.querySelector(".mz-task-state")?.textContent).toBe("was running");
  expect(element.querySelector(".mz-task-time")?.textContent).toBe("");
  expect(text()).toContain("node-a");
});
