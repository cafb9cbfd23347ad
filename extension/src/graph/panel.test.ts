import { expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { DIAMOND, FAILED, NASTY, rawMessage, rawRun, rawState, rawTask, storeOf, tell } from "../testing/runs.ts";
import { createGraphPanel } from "./panel.ts";

function graphOf(snapshot: Readonly<Record<string, unknown>> = FAILED, graph: Readonly<Record<string, unknown>> = DIAMOND) {
  const store = storeOf(snapshot, graph);
  const chooser = createChooser();
  const panel = createGraphPanel(store, chooser, new AbortController().signal);
  document.body.replaceChildren(panel.element);
  panel.update(EVERYTHING);
  const node = (id: string) => panel.element.querySelector<SVGGElement>(`.mz-node[data-task="${id}"]`)!;
  const text = (id: string, part: string) => node(id).querySelector(`.mz-node-${part}`)?.textContent;
  const press = (id: string, key: string) =>
    node(id).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  return { store, chooser, panel, node, text, press };
}

it("draws each task by its state, with glyph, time and a remark when there is one", () => {
  const { node, text } = graphOf();
  const glyphs = ["a", "b", "c", "d"].map((id) => node(id).querySelector(".mz-glyph")?.getAttribute("data-state"));
  expect(glyphs).toEqual(["succeeded", "failed", "pending", "skipped"]);
  expect(text("a", "time")).toBe("1.3 s");
  expect(text("b", "time")).toBe("1:00");
  expect(text("a", "note")).toBe("");
  expect(text("b", "note")).toBe("ValueError: no");
  expect(node("c").querySelector(".mz-node-note")?.getAttribute("data-full")).toBe("needs 12 GB VRAM on one device");
  expect(text("d", "note")).toBe("name_b failed");
  expect(node("b").getAttribute("aria-label")).toBe("name_b, failed, ValueError: no");
});

it("says what kind a task is, but for Python", () => {
  const kinds = { a: "container", b: "shell", c: "python", d: "notebook" };
  const tasks = Object.entries(kinds).map(([id, kind]) => rawTask(id, { kind }));
  const { node, text } = graphOf(FAILED, { ...DIAMOND, tasks });
  const signs = ["a", "b", "c", "d"].map((id) => node(id).querySelector(".mz-kind")?.getAttribute("data-kind"));
  expect(signs).toEqual(["container", "shell", undefined, "notebook"]);
  expect(text("a", "note")).toBe("container");
  expect(text("b", "note")).toBe("ValueError: no");
  expect(node("b").getAttribute("aria-label")).toBe("name_b, shell, failed, ValueError: no");
  expect(node("c").getAttribute("aria-label")).toBe("name_c, pending, needs 12 GB VRAM on one device");
  expect(node("a").querySelector("title")?.textContent).toMatch(/^name_a · container · succeeded/);
});

it("shows markup in names as text", () => {
  const { node, panel } = graphOf();
  expect(node("d").querySelector("title")?.textContent).toContain(NASTY);
  expect(panel.element.querySelector("img, image, foreignObject")).toBeNull();
});

it("changes only the nodes that changed", () => {
  const { store, panel, node, text } = graphOf();
  const before = node("a").outerHTML;
  tell(store, {
    kind: "delta", run: rawRun("running"), messages: [rawMessage(5)], first_seq: 5, last_seq: 5,
    tasks: { c: rawState("running", { started: 1095, progress: 0.62, gpu_ids: [1], attempt: 3 }) },
  });
  panel.update({ ...EVERYTHING, graph: false, tasks: new Set(["c"]) });
  expect(node("a").outerHTML).toBe(before);
  expect(node("c").getAttribute("data-state")).toBe("running");
  expect(node("c").querySelector(".mz-node-note")?.getAttribute("data-full")).toBe("62 % · GPU 1 · attempt 3");
  expect(text("c", "time")).toMatch(/^\d+ s$/);
});

it("keeps its nodes when the same graph comes again", () => {
  const { store, panel, node } = graphOf();
  const kept = node("a");
  tell(store, { kind: "snapshot", graph: DIAMOND, ...FAILED });
  panel.update(EVERYTHING);
  expect(node("a")).toBe(kept);
  tell(store, { kind: "snapshot", graph: { ...DIAMOND, tasks: [rawTask("z")] }, ...FAILED });
  panel.update(EVERYTHING);
  expect(node("z")).not.toBeNull();
  expect(panel.element.querySelectorAll(".mz-node")).toHaveLength(1);
});

it("lights the way to and from the chosen task, and names its data", () => {
  const { chooser, node, panel } = graphOf();
  node("b").dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(chooser.current.task).toBe("b");
  const lit = [...panel.element.querySelectorAll(".mz-node.mz-lit")].map((each) => each.getAttribute("data-task"));
  expect(lit).toEqual(["a", "b", "d"]);
  expect([...panel.element.querySelectorAll(".mz-edge-label")].map((each) => each.textContent)).toEqual(["xs", "out"]);
  chooser.task(null);
  expect(panel.element.querySelectorAll(".mz-lit, .mz-dim, .mz-edge-label")).toHaveLength(0);
});

it("is walked by arrows and opened by Enter, with one stop for the Tab key", () => {
  const { press, chooser, panel } = graphOf();
  const stops = () => [...panel.element.querySelectorAll('.mz-node[tabindex="0"]')].map((each) => each.getAttribute("data-task"));
  expect(stops()).toEqual(["a"]);
  for (const [from, key] of [["a", "ArrowRight"], ["b", "ArrowDown"], ["c", "ArrowRight"]] as const) press(from, key);
  expect(stops()).toEqual(["d"]);
  expect(document.activeElement?.getAttribute("data-task")).toBe("d");
  press("d", "Enter");
  expect(chooser.current.task).toBe("d");
});

it("leaves keys that are not its own to the notebook", () => {
  const { press } = graphOf();
  expect(press("a", "ArrowRight")).toBe(false);
  expect(press("a", "x")).toBe(true);
});

it("says how to begin when there are no tasks", () => {
  const { panel } = graphOf({}, { workflow_id: "", name: "", tasks: [], edges: [] });
  const empty = panel.element.querySelector<HTMLElement>(".mz-empty")!;
  expect(empty.hidden).toBe(false);
  expect(empty.textContent).toBe("No tasks yet: mark a cell with %%maze_task");
});
