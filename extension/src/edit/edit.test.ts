import { beforeEach, expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import { createGraphPanel } from "../graph/panel.ts";
import type { GraphSurface } from "../graph/overlay.ts";
import { EVERYTHING } from "../model/change.ts";
import { DIAMOND, NASTY, storeOf } from "../testing/runs.ts";
import { createEditParts } from "./edit.ts";
import { createEditing } from "./editing.ts";
import { decodeEditState, decodeSources, decodeTargets } from "./state.ts";

function rawPort(name: string, more: Readonly<Record<string, unknown>> = {}) {
  return { name, kind: "constant", task_id: "", output: "", text: "3", can_type: true, hint: "int", ...more };
}

const STATE = {
  locked: "",
  undo: "",
  redo: "",
  orders: [["a", "d"]],
  ports: {
    a: [rawPort("n")],
    b: [rawPort("xs", { kind: "output", task_id: "a", output: "xs", text: "" })],
    c: [rawPort("xs", { kind: "output", task_id: "a", output: "xs" }), rawPort("depth", { kind: "missing", text: "" })],
    d: [rawPort("left", { kind: "mixed", text: NASTY, can_type: false }), rawPort("right", { kind: "default", text: "" })],
  },
};

type Said = Readonly<Record<string, unknown>>;

/** The answer to each question by its op; a text is a refusal. */
function viewOf(answers: Readonly<Record<string, unknown>> = {}, state: unknown = STATE) {
  document.body.replaceChildren();
  const store = storeOf({}, DIAMOND);
  const asked: Said[] = [];
  store.carryQuestion = (what, question) => {
    asked.push({ ask: what, ...question });
    const answer = answers[String(question["op"])] ?? {};
    return typeof answer === "string" ? Promise.reject(new Error(answer)) : Promise.resolve(answer);
  };
  const ending = new AbortController();
  const chooser = createChooser();
  const editing = createEditing(store);
  editing.load(state);
  const parts = createEditParts(store, chooser, editing, ending.signal);
  let surface: GraphSurface | null = null;
  const panel = createGraphPanel(store, chooser, ending.signal, {
    overlays: [parts.overlay, (found) => ((surface = found), {})],
  });
  const root = document.createElement("div");
  root.append(parts.bar, panel.element, parts.form);
  document.body.append(root);
  parts.listen(root);
  panel.update(EVERYTHING);
  const find = <Found extends Element = HTMLElement>(where: string) => root.querySelector<Found>(where)!;
  const all = (where: string) => [...root.querySelectorAll<HTMLElement>(where)];
  const press = (where: string, key: string, more: KeyboardEventInit = {}) =>
    find<Element>(where).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  const type = async (name: string, text: string) => {
    const field = find<HTMLInputElement>(`[name="${name}"]`);
    field.value = text;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
  };
  /** Where on the page a point of the drawing is. */
  const onPage = ({ x, y }: { x: number; y: number }): [x: number, y: number] => {
    const corner = surface!.toDrawing(0, 0);
    return [(x - corner.x) * surface!.scale, (y - corner.y) * surface!.scale];
  };
  const middleOf = (id: string) => {
    const { x, y, width, height } = surface!.boxOf(id)!;
    return { x: x + width / 2, y: y + height / 2 };
  };
  const onEdge = (from: string, to: string) => {
    const [a, b] = [middleOf(from), middleOf(to)];
    return onPage({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  };
  const onCard = (id: string) => onPage(middleOf(id));
  const edits = () => asked.filter(({ op }) => op !== "targets" && op !== "sources");
  return { store, chooser, editing, asked, edits, find, all, press, type, onEdge, onCard, end: () => ending.abort() };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const texts = (found: readonly Element[]) => found.map((each) => each.textContent);

/** Nothing is laid out here, so that what lies under a point has to be said. */
let under: Element | null = null;
beforeEach(() => {
  under = null;
  document.elementFromPoint = () => under;
});

function point(type: string, x: number, y: number): PointerEvent {
  return new MouseEvent(type, { clientX: x, clientY: y, button: 0, bubbles: true, cancelable: true }) as PointerEvent;
}

async function drag(view: ReturnType<typeof viewOf>, from: string, to: string, at: readonly [number, number] = [200, 40]) {
  view.find<Element>(from).dispatchEvent(point("pointerdown", 10, 10));
  await settle();
  const during = {
    line: view.all(".mz-connect-line").length,
    lit: view.all(".mz-node.mz-can-take").map((each) => each.dataset["task"]),
  };
  under = view.find<Element>(to);
  window.dispatchEvent(point("pointermove", ...at));
  window.dispatchEvent(point("pointerup", ...at));
  await settle();
  return during;
}

it("draws a port for each input and output, with its hint, and none in a run", () => {
  const view = viewOf();
  expect(view.all('.mz-node[data-task="c"] .mz-port-in').map((port) => port.dataset["name"])).toEqual(["xs", "depth"]);
  expect(view.find('.mz-node[data-task="b"] .mz-port-in title').textContent).toBe("xs: int");
  expect(view.all('.mz-node[data-task="a"] .mz-port-out')).toHaveLength(1);
  view.editing.load({});
  expect(view.all(".mz-port")).toHaveLength(0);
  expect(view.find(".mz-edit-bar").hidden).toBe(true);
});

it("connects by dragging, with what may be dropped on lit", async () => {
  const view = viewOf({ targets: { targets: { c: ["depth"] } } });
  const during = await drag(view, '[data-task="b"] .mz-port-out', '.mz-port-in[data-task="c"][data-name="depth"]');
  expect(during).toEqual({ line: 1, lit: ["c"] });
  expect(view.edits()).toEqual([{ ask: "edit", op: "connect", source: "b", output: "out", target: "c", input: "depth" }]);
  expect(view.all(".mz-connect-line, .mz-can-take, .mz-connecting")).toHaveLength(0);
});

it("takes the only input that fits of a card, and asks which of several", async () => {
  const one = viewOf({ targets: { targets: { c: ["depth"] } } });
  await drag(one, '[data-task="b"] .mz-port-out', '.mz-node[data-task="c"] .mz-node-body', one.onCard("c"));
  expect(one.edits()).toMatchObject([{ target: "c", input: "depth" }]);
  const several = viewOf({ targets: { targets: { d: ["left", "right"] } } });
  await drag(several, '[data-task="a"] .mz-port-out', '.mz-node[data-task="d"] .mz-node-body', several.onCard("d"));
  expect(several.edits()).toEqual([]);
  expect(texts(several.all(".mz-menu-item"))).toEqual(["left", "right"]);
  several.all(".mz-menu-item")[1]!.click();
  expect(several.edits()).toMatchObject([{ target: "d", input: "right" }]);
});

it("shows why the kernel says no, until it is dismissed", async () => {
  const no = "an edge from 'd' to 'a' would close a cycle: a → b → d → a";
  const view = viewOf({ targets: { targets: {} }, connect: no });
  await drag(view, '[data-task="d"] .mz-port-out', '.mz-port-in[data-task="a"]');
  expect(view.find(".mz-edit-no").hidden).toBe(false);
  expect(view.find(".mz-edit-no").getAttribute("role")).toBe("alert");
  expect(view.find(".mz-edit-reason").textContent).toBe(no);
  view.find(".mz-edit-no button").click();
  expect(view.find(".mz-edit-no").hidden).toBe(true);
});

it.each(["Escape", "outside"])("drops nothing by %s", async (way) => {
  const view = viewOf({ targets: { targets: { c: ["depth"] } } });
  view.find<Element>('[data-task="b"] .mz-port-out').dispatchEvent(point("pointerdown", 10, 10));
  if (way === "Escape") window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  window.dispatchEvent(point("pointerup", 200, 40));
  await settle();
  expect(view.edits()).toEqual([]);
  expect(view.all(".mz-connect-line")).toHaveLength(0);
});

it("connects by keyboard from a list, and comes back to the card", async () => {
  const view = viewOf({ targets: { targets: { c: ["depth"], d: ["right"] } } });
  view.press('.mz-node[data-task="b"]', "e");
  await settle();
  expect(texts(view.all(".mz-menu-item"))).toEqual([
    "out → name_c · depth", `out → ${NASTY} · right`, `remove the edge out → ${NASTY}`,
  ]);
  expect(document.activeElement?.textContent).toBe("out → name_c · depth");
  view.press(".mz-menu", "ArrowDown");
  (document.activeElement as HTMLElement).click();
  expect(view.edits()).toMatchObject([{ op: "connect", target: "d", input: "right" }]);
  expect(view.all(".mz-menu, .mz-menu img")).toHaveLength(0);
});

it("says so where nothing fits, and closes by Escape", async () => {
  const view = viewOf({ targets: { targets: {} } });
  view.press('.mz-node[data-task="d"]', "e");
  await settle();
  expect(view.find(".mz-menu").textContent).toContain("There is nothing that would fit");
  view.press(".mz-menu", "Escape");
  expect(view.all(".mz-menu")).toHaveLength(0);
});

it("removes a task by Delete and takes it back by Ctrl+Z, not while text is typed", async () => {
  const view = viewOf();
  view.chooser.task("b");
  view.press('.mz-node[data-task="b"]', "Delete");
  expect(view.chooser.current.task).toBeNull();
  view.press(".mz-graph", "z", { ctrlKey: true });
  view.press(".mz-graph", "Z", { ctrlKey: true, shiftKey: true });
  expect(view.edits()).toEqual([{ ask: "edit", op: "remove", task: "b" }, { ask: "edit", op: "undo" }, { ask: "edit", op: "redo" }]);
  view.chooser.task("a");
  view.press('[name="cpu"]', "z", { ctrlKey: true });
  expect(view.edits()).toHaveLength(3);
});

it("offers undo and redo by what they would do", () => {
  const view = viewOf({}, { ...STATE, undo: "remove task 'x'" });
  const [undo, redo] = view.all(".mz-edit-line button") as HTMLButtonElement[];
  expect([undo!.disabled, redo!.disabled]).toEqual([false, true]);
  expect(undo!.title).toContain("remove task 'x'");
});

it("removes the edge that was clicked, by its button or Delete", () => {
  const view = viewOf();
  view.find<Element>(".mz-canvas").dispatchEvent(point("click", ...view.onEdge("a", "b")));
  expect(view.find(".mz-cut").textContent).toBe("×xs: name_a → name_b");
  view.press(".mz-cut", "Delete");
  expect(view.edits()).toEqual([{ ask: "edit", op: "cut", source: "a", target: "b" }]);
  expect(view.find(".mz-cut").hidden).toBe(true);
  expect(view.chooser.current.task).toBeNull();
});

it("shows a button beside the edge that is pointed at, and takes it away again", () => {
  const view = viewOf();
  const [x, y] = view.onEdge("a", "b");
  view.find<Element>(".mz-canvas").dispatchEvent(point("pointermove", x, y));
  expect(view.find(".mz-cut").hidden).toBe(false);
  view.find<Element>(".mz-canvas").dispatchEvent(point("pointermove", x, y + 300));
  expect(view.find(".mz-cut").hidden).toBe(true);
});

it("shows what each input of the chosen task is given, and what it could be", async () => {
  const view = viewOf({ sources: { sources: { xs: [{ task_id: "a", output: "xs" }, { task_id: "b", output: "out" }] } } });
  view.chooser.task("c");
  await settle();
  const select = view.find<HTMLSelectElement>('[name="from xs"]');
  expect(texts([...select.options])).toEqual(["nothing", "a value…", "xs of name_a", "out of name_b"]);
  expect(select.selectedOptions[0]!.textContent).toBe("xs of name_a");
  expect(view.find('[data-input="depth"] .mz-field-no').textContent).toBe("has to be given something");
  await view.type("from xs", JSON.stringify(["b", "out"]));
  await view.type("from xs", "");
  expect(view.edits()).toMatchObject([
    { op: "connect", source: "b", output: "out", target: "c", input: "xs" },
    { op: "disconnect", target: "c", input: "xs" },
  ]);
});

it("takes values, resources and options, with the no beside the field", async () => {
  const no = "resource 'cpu' of task 'name_a' must not be negative, but is -1";
  const view = viewOf({ resources: no });
  view.chooser.task("a");
  await view.type("value n", "[1, 2]");
  await view.type("cpu", "-1");
  await view.type("cpu_mem", "8 GB");
  await view.type("timeout", "");
  await view.type("retries", "2");
  expect(view.edits().map(({ ask, ...edit }) => edit)).toEqual([
    { op: "constant", target: "a", input: "n", text: "[1, 2]" },
    { op: "resources", task: "a", values: { cpu: -1 } },
    { op: "resources", task: "a", values: { cpu_mem: "8 GB" } },
    { op: "options", task: "a", values: { timeout: null } },
    { op: "options", task: "a", values: { retries: 2 } },
  ]);
  const field = view.find<HTMLInputElement>('[name="cpu"]');
  expect(field.value).toBe("-1");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(field.getAttribute("aria-describedby")!)!.textContent).toBe(no);
  // The line above the graph is for edits that have no field.
  expect(view.find(".mz-edit-no").hidden).toBe(true);
});

it("opens a field for a value where one is wanted", async () => {
  const view = viewOf();
  view.chooser.task("d");
  await settle();
  const field = () => view.find('[name="value right"]').closest<HTMLElement>(".mz-field")!;
  expect(field().hidden).toBe(true);
  await view.type("from right", "=");
  expect(field().hidden).toBe(false);
  expect(view.edits()).toEqual([]);
  expect(view.find<HTMLSelectElement>('[name="from left"]').selectedOptions[0]!.textContent).toBe(NASTY);
});

it("is locked with the reason once the workflow was run", () => {
  const view = viewOf({}, { ...STATE, locked: "this workflow was run as it is" });
  view.chooser.task("a");
  view.press('.mz-node[data-task="a"]', "Delete");
  expect(view.edits()).toEqual([]);
  expect(view.find(".mz-edit-told").textContent).toBe("this workflow was run as it is");
  expect(view.find(".mz-edit-form").hidden).toBe(true);
  expect(view.all(".mz-port")).toHaveLength(0);
});

it("leaves nothing behind", () => {
  const view = viewOf();
  view.end();
  view.find<Element>('[data-task="b"] .mz-port-out').dispatchEvent(point("pointerdown", 10, 10));
  view.press('.mz-node[data-task="b"]', "Delete");
  expect(view.asked).toEqual([]);
});

const BROKEN: readonly (readonly [unknown, unknown])[] = [
  [null, null],
  [{}, null],
  ["no", null],
  [{ ports: 3, orders: "x", locked: 4 }, { locked: "4", ports: 0, orders: 0 }],
  [{ ports: { a: [null, { name: "x", kind: "dreamt" }] }, orders: [["a"], ["a", "b"]] }, { locked: "", ports: 1, orders: 1 }],
];

it.each(BROKEN)("reads %j as far as it can", (raw, wanted) => {
  const state = decodeEditState(raw);
  const shown = state && { locked: state.locked, ports: state.ports.size, orders: state.orders.size };
  if (wanted === null) expect(shown).toBeNull();
  else expect(shown).toMatchObject({ ports: (wanted as { ports: number }).ports, orders: (wanted as { orders: number }).orders });
});

it("reads answers as far as it can", () => {
  for (const raw of [null, 3, {}, { targets: 3, sources: [] }, { targets: { a: 3 }, sources: { x: [null] } }]) {
    expect([...decodeTargets(raw).values()].flat()).toEqual([]);
    expect([...decodeSources(raw).values()].flat()).toEqual([]);
  }
});
