import { expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import type { Host } from "../host.ts";
import { EVERYTHING } from "../model/change.ts";
import { answering, settle } from "../testing/asking.ts";
import { DIAMOND, FAILED, NASTY, rawRun, rawState, rawTask, storeOf, tell } from "../testing/runs.ts";
import { createTaskPanel } from "./task.ts";

type Raw = Readonly<Record<string, unknown>>;

function open(task: string, answers: Raw = {}, snapshot: Raw = FAILED, host: Partial<Host> = {}) {
  const store = storeOf(snapshot, DIAMOND);
  Object.assign(store, { host: { copy: async () => true, ...host } });
  const asked = answering(store, answers);
  const chooser = createChooser();
  const panel = createTaskPanel(store, chooser, new AbortController().signal);
  panel.update(EVERYTHING);
  chooser.task(task);
  const { element } = panel;
  const button = (label: string) => [...element.querySelectorAll<HTMLButtonElement>("button")].find((each) => each.textContent === label)!;
  const tab = async (name: string) => {
    element.querySelector<HTMLElement>(`[id$="-${name}"]`)!.click();
    await settle();
  };
  const press = async (label: string) => {
    button(label).click();
    await settle();
  };
  const said = () => element.querySelector(".mz-said")?.textContent?.trim();
  return { store, asked, chooser, panel, element, button, tab, press, said, text: () => element.textContent ?? "" };
}

const RUNNING: Raw = { ...FAILED, run: rawRun("running"), tasks: { a: rawState("running", { started: 1000 }) } };

it("shows the source as it was submitted, and asks for it once", async () => {
  const source = { text: `def f(xs):\n    return "${NASTY}"`, file: "/x/train.py", line: 12, cell: "", inputs: [] };
  const { tab, element, asked } = open("a", { source });
  await tab("Source");
  await tab("Inputs");
  await tab("Source");
  expect(element.querySelector(".mz-code")?.textContent).toBe(`${source.text}\n`);
  expect(element.querySelector(".mz-place")?.textContent).toBe("train.py, line 12");
  expect(element.querySelector("img")).toBeNull();
  expect(asked).toEqual([["source", { task_id: "a" }]]);
});

it("says why there is no source, and asks again when told to", async () => {
  const { tab, press, text, asked } = open("a", { source: new Error("no kernel") });
  await tab("Source");
  expect(text()).toContain("No source: no kernel");
  await press("Ask again");
  expect(asked).toHaveLength(2);
});

it.each([null, 5, { text: 3 }, { inputs: "x" }, []])("stands a source of %j", async (source) => {
  const { tab, text } = open("a", { source });
  await tab("Source");
  expect(text()).toMatch(/Its source was not known|3/);
  await tab("Inputs");
  expect(text()).toContain("It is given nothing");
});

it("shows constants by their text, and leads to the task an input comes from", async () => {
  const inputs = [{ name: "xs", text: "", task_id: "a", output: "xs" }, { name: "depth", text: NASTY, task_id: "", output: "" }, 5];
  const { tab, text, chooser, element, press } = open("c", { source: { text: "", inputs } });
  await tab("Inputs");
  expect(text()).toContain("xs from name_a xs");
  expect(text()).toContain(`depth = ${NASTY}`);
  expect(element.querySelector("img")).toBeNull();
  await press("name_a");
  expect(chooser.current.task).toBe("a");
});

it.each([
  [{ image: "data:image/png;base64,aGk=", text: "<Figure>" }, "img"],
  [{ html: "<table><script>x()</script></table>" }, 'iframe[sandbox=""]'],
  [{ text: NASTY }, ".mz-preview .mz-pre"],
  [{ error: "its repr raised ValueError: no" }, ".mz-preview .mz-error"],
  [{ note: "3 GB: too big to be looked at here" }, ".mz-preview .mz-quiet"],
  [{}, ".mz-preview .mz-quiet"],
  ["malformed", ".mz-preview .mz-error"],
])("shows on demand a preview of %j", async (preview, selector) => {
  const { element, press, asked } = open("a", { preview });
  await press("Preview");
  expect(asked).toEqual([["preview", { task_id: "a", output: "xs" }]]);
  expect(element.querySelector(selector)).not.toBeNull();
  expect(element.querySelector(".mz-preview script")).toBeNull();
});

it("keeps a preview while nothing of the outputs changes", async () => {
  const { element, press, panel, store } = open("a", { preview: { text: "seen" } });
  await press("Preview");
  tell(store, { kind: "delta", run: rawRun("running"), tasks: { c: rawState("running") }, messages: [], first_seq: 5, last_seq: 5 });
  panel.update(EVERYTHING);
  expect(element.querySelector(".mz-preview .mz-pre")?.textContent).toBe("seen");
});

it("cancels a task that goes on, and says what came of it", async () => {
  const { press, asked, said, button } = open("a", { cancel: { said: "asked to cancel 'a'" } }, RUNNING);
  expect(button("Retry").hidden).toBe(true);
  await press("Cancel");
  expect(asked).toEqual([["cancel", { task_id: "a" }]]);
  expect(said()).toBe("asked to cancel 'a'");
});

it("says why it could not", async () => {
  const { press, element } = open("a", { cancel: new Error("it has ended") }, RUNNING);
  await press("Cancel");
  expect(element.querySelector(".mz-said.mz-error")?.textContent?.trim()).toBe("it has ended");
});

it("tries a failed task again in a new run, opens that, and leads back", async () => {
  const { press, store, element, text, button } = open("b", { retry: { said: "run 77 computes it", run_id: "77" } });
  const opened: string[] = [];
  store.turnTo = (id) => opened.push(id);
  expect(button("Cancel").hidden).toBe(true);
  await press("Retry");
  expect(opened).toEqual(["77"]);
  tell(store, { kind: "snapshot", ...FAILED, run: rawRun("running", { run_id: "77" }), graph: DIAMOND });
  expect(text()).toContain("run 77 computes it");
  element.querySelector<HTMLElement>(".mz-said .mz-link")!.click();
  expect(opened).toEqual(["77", "0123456789abcdef"]);
});

it("hands the new run to a host that has a place for it", async () => {
  const opened: string[] = [];
  const { press } = open("b", { rerun_from: { said: "x", run_id: "88" } }, FAILED, { openRun: (id) => opened.push(id) });
  await press("Run from here");
  expect(opened).toEqual(["88"]);
});

it.each([
  [{ insertCell: true, copies: true }, "put into a new cell"],
  [{ insertCell: false, copies: true }, "copied its code: paste it into a cell"],
  [{ insertCell: false, copies: false }, "its code cannot be copied here"],
])("opens a task in a cell where the host can: %j", async ({ insertCell, copies }, words) => {
  const inserted: string[] = [];
  const host = { copy: async () => copies, ...(insertCell ? { insertCell: (code: string) => void inserted.push(code) } : {}) };
  const { press, said } = open("b", { open_in_cell: { code: "f(1)" } }, FAILED, host);
  await press("Open in a cell");
  expect(said()).toBe(words);
  expect(inserted).toEqual(insertCell ? ["f(1)"] : []);
});

it("disables what nobody can do, with the reason", () => {
  const { store, panel, button } = open("b");
  store.setLink("saved");
  panel.update(EVERYTHING);
  for (const label of ["Retry", "Run from here", "Open in a cell"]) {
    expect(button(label).disabled).toBe(true);
    expect(button(label).getAttribute("aria-label")).toContain("no kernel answers");
  }
  expect(button("Copy id").disabled).toBe(false);
  store.setLink("live");
  panel.update(EVERYTHING);
  expect(button("Retry").disabled).toBe(false);
});

it("shows the attempts, the newest first, with what the earlier ones raised", async () => {
  const error = { type: "OSError", kind: "", message: `no ${NASTY}`, traceback: "T1", host: null };
  const past = [{ attempt: 1, state: "failed", queued: 999, started: 1000, finished: 1001, node_id: "node-b", slot: 2, gpu_ids: [3], reason: "OSError: no", memory: 100, vram: null }];
  const tasks = { b: rawState("succeeded", { attempt: 2, started: 1002, finished: 1003, node_id: "node-a", past }) };
  const { tab, element, asked } = open("b", { attempts: { attempts: [{ attempt: 1, state: "failed", error }, "odd"] } }, { ...FAILED, tasks });
  await tab("Attempts");
  const rows = [...element.querySelectorAll<HTMLElement>(".mz-attempt")];
  expect(rows.map((row) => row.dataset["attempt"])).toEqual(["2", "1"]);
  for (const said of ["failed", "node-b · slot 2 · GPU 3", "waited 1.0 s", "ran 1.0 s", "peak 100 MB", `no ${NASTY}`, "T1"]) {
    expect(rows[1]!.textContent).toContain(said);
  }
  expect(element.querySelector("img")).toBeNull();
  expect(asked).toHaveLength(1);
});

it("shows the attempts that are known where nobody answers", async () => {
  const past = [{ attempt: 1, state: "lost", started: 1000, finished: 1001, reason: "worker gone" }];
  const { tab, text } = open("b", {}, { ...FAILED, tasks: { b: rawState("running", { attempt: 2, started: 1002, past }) } });
  await tab("Attempts");
  for (const said of ["Attempt 1 lost", "worker gone", "Attempt 2 running", "No tracebacks"]) expect(text()).toContain(said);
});

it("says in its head where it ran, how long it waited and took, and its peaks", () => {
  const a = rawState("succeeded", { queued: 998, started: 1000, finished: 1004, node_id: "n", slot: 1, gpu_ids: [0], memory: 100, vram: 2048 });
  const { element } = open("a", {}, { ...FAILED, tasks: { a } });
  const lines = [...element.querySelectorAll(".mz-task-place")].map((line) => line.textContent);
  expect(lines).toEqual(["n · slot 1 · GPU 0", "queued 2.0 s · ran 4.0 s · peak 100 MB · 2.0 GB VRAM"]);
});

it("keeps the part that was chosen from task to task, by keys too", async () => {
  const { tab, chooser, element } = open("a", { source: { text: "x", inputs: [] } });
  await tab("Inputs");
  chooser.task("b");
  const selected = () => element.querySelector('.mz-task-tabs [aria-selected="true"]')?.textContent;
  expect(selected()).toBe("Inputs");
  element.querySelector('.mz-task-tabs [aria-selected="true"]')!.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  expect(selected()).toBe("Source");
});

it("shows the log of a task that has made nothing yet", () => {
  const { element } = open("a", {}, { ...RUNNING, logs: { a: [{ stream: "stderr", text: "hm" }] } });
  expect(element.querySelector('.mz-task-tabs [aria-selected="true"]')?.textContent).toBe("Log");
  expect(element.querySelector(".mz-log .mz-stderr")?.textContent).toBe("hm");
});

it.each([
  { reused_from: "cache", says: "No attempt was needed: its outputs are from the cache." },
  { reused_from: "run fedcba9876543210", says: "No attempt was needed: its outputs are from run fedcba98…." },
  { reused_from: null, says: "It was not begun yet." },
])("says of a task without attempts ($reused_from) where its outputs come from", async ({ reused_from, says }) => {
  const state = reused_from === null ? "waiting" : "succeeded";
  const opened: string[] = [];
  const host = { openRun: (run: string) => void opened.push(run) };
  const { tab, element } = open("a", {}, { ...FAILED, tasks: { a: rawState(state, { reused_from }) } }, host);
  await tab("Attempts");
  expect(element.querySelector(".mz-task-body")?.textContent).toBe(`Attempts${says}`);
  element.querySelector<HTMLElement>(".mz-task-body .mz-link")?.click();
  expect(opened).toEqual(reused_from?.startsWith("run") ? ["fedcba9876543210"] : []);
});

it.each([{ isThere: true, says: "" }, { isThere: false, says: "its cell is not in this notebook any more" }])(
  "leads to its cell where the host can, and says so if that is gone ($isThere)",
  async ({ isThere, says }) => {
    const shown: string[] = [];
    const goToCell = (cell: string) => shown.push(cell) > 0 && isThere;
    const { store, panel, chooser, button, press, said } = open("a", {}, FAILED, { goToCell });
    expect(button("Go to its cell").hidden).toBe(true);
    tell(store, { kind: "snapshot", graph: { ...DIAMOND, tasks: [rawTask("z", { cell: "c1" })], edges: [] }, ...FAILED });
    panel.update(EVERYTHING);
    chooser.task("z");
    expect(button("Go to its cell").hidden).toBe(false);
    await press("Go to its cell");
    expect([shown, said()]).toEqual([["c1"], says]);
  },
);

it("cannot run from a task of what was not run yet, and says why", () => {
  const { button } = open("a", {}, { run: null, tasks: {}, messages: [], last_seq: -1 });
  expect(button("Run from here").disabled).toBe(true);
  expect(button("Run from here").title).toContain("the workflow was not run yet");
});
