import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { rawRun, rawState, rawTask, storeOf } from "../testing/runs.ts";
import type { GraphSurface, Overlay } from "./overlay.ts";
import { createGraphPanel } from "./panel.ts";

type Raw = Readonly<Record<string, unknown>>;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ids = (stem: string, count: number) => Array.from({ length: count }, (_, at) => `${stem}_${at + 1}`);
const graphOf = (names: readonly string[], edges: readonly (readonly [string, string])[] = []) => ({
  workflow_id: "w", name: "w",
  tasks: names.map((name) => rawTask(name, { name })),
  edges: edges.map(([source, target]) => ({ source, target, names: ["out"] })),
});

/** load, then twelve fits, then best; the fits are a group by their name. */
const SWEEP = graphOf(
  ["load", ...ids("fit", 12), "best", "report", "end"],
  [...ids("fit", 12).flatMap((fit): [string, string][] => [["load", fit], [fit, "best"]]), ["best", "report"], ["report", "end"]],
);

function show(graph: Raw, tasks: Raw = {}, overlays: readonly Overlay[] = []) {
  const store = storeOf({ run: rawRun("running"), tasks }, graph);
  const chooser = createChooser();
  const closing = new AbortController();
  const panel = createGraphPanel(store, chooser, closing.signal, { overlays });
  document.body.replaceChildren(panel.tools!, panel.element);
  panel.update(EVERYTHING);
  vi.runAllTimers();
  const find = <Found extends Element>(selector: string) => document.querySelector<Found & HTMLElement>(selector)!;
  const cards = (selector = "") => [...document.querySelectorAll<SVGElement>(`.mz-node${selector}`)].map((node) => node.dataset["task"]!);
  const press = (target: Element, key: string, more: KeyboardEventInit = {}) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  const search = (text: string) => {
    const input = find<HTMLInputElement>(".mz-graph-search");
    (input as unknown as HTMLInputElement).value = text;
    input.dispatchEvent(new Event("input"));
    return input;
  };
  const click = (text: string) => {
    [...document.querySelectorAll("button")].find((each) => each.textContent === text)!.click();
    vi.runAllTimers();
  };
  return { store, chooser, panel, find, cards, press, search, click, closing };
}

describe("groups by name", () => {
  it("are one card until Enter opens them, and again when their name is pressed", () => {
    const { cards, find, press, chooser } = show(SWEEP);
    expect(cards()).toEqual(["load", "group:fit_*", "best", "report", "end"]);
    const card = find('.mz-node[data-task="group:fit_*"]');
    (card as unknown as SVGElement).focus();
    press(card, "Enter");
    expect(chooser.current.task).toBe("group:fit_*");
    press(find('.mz-node[data-task="group:fit_*"]'), "Enter");
    expect(cards()).toHaveLength(16);
    expect(document.activeElement?.getAttribute("data-task")).toBe("fit_1");
    press(find(".mz-hull-title"), "Enter");
    expect(cards()).toHaveLength(5);
    expect(find(".mz-hull")).toBeNull();
  });

  it("are all opened and all closed by one press", () => {
    const { cards, click, find } = show(SWEEP);
    expect(find<HTMLButtonElement>(".mz-group-tools button:last-child").hasAttribute("disabled")).toBe(true);
    click("open all");
    expect(cards()).toHaveLength(16);
    click("close all");
    expect(cards()).toHaveLength(5);
  });
});

describe("search", () => {
  it("lights what is found, counts what is in closed groups, and goes through it, opening what is closed", () => {
    const { search, press, find, cards } = show(SWEEP);
    const input = search("fit_1");
    const found = () => find(".mz-graph-found").textContent;
    expect(found()).toBe("4 found · 4 in closed groups");
    expect(cards(".mz-match")).toEqual(["group:fit_*"]);
    expect(cards(".mz-dim").sort()).toEqual(["best", "end", "load", "report"]);
    press(input, "Enter");
    vi.runAllTimers();
    expect(cards()).toHaveLength(16);
    expect(cards(".mz-current")).toEqual(["fit_1"]);
    expect(found()).toBe("1 of 4");
    press(input, "Enter");
    expect(cards(".mz-current")).toEqual(["fit_10"]);
    for (const _ of [1, 2]) press(input, "Enter", { shiftKey: true });
    expect(cards(".mz-current")).toEqual(["fit_12"]);
    press(input, "Escape");
    expect(cards(".mz-match, .mz-dim")).toEqual([]);
    expect(document.activeElement?.classList.contains("mz-node")).toBe(true);
  });

  it("begins with a slash, in a small graph too, and leaves its keys to itself", () => {
    const { find, press } = show(graphOf(["a", "b"], [["a", "b"]]));
    expect(find(".mz-finder").hidden).toBe(true);
    press(find('.mz-node[data-task="a"]'), "/");
    expect(find(".mz-finder").hidden).toBe(false);
    expect(document.activeElement).toBe(find(".mz-graph-search"));
    const heard = vi.fn();
    document.body.addEventListener("keydown", heard, { once: true });
    press(find(".mz-graph-search"), "x");
    expect(heard).not.toHaveBeenCalled();
  });

  it("says when there is nothing", () => {
    const { search, find, press } = show(SWEEP);
    press(search("nowhere"), "Enter");
    expect(find(".mz-graph-found").textContent).toBe("none");
  });
});

it("dims all but the states that are asked for", () => {
  const { find, cards } = show(SWEEP, { load: rawState("succeeded"), fit_3: rawState("failed"), best: rawState("skipped") });
  const chips = () => [...document.querySelectorAll(".mz-chips button")].map((chip) => chip.getAttribute("aria-label"));
  expect(chips()).toEqual(["1 failed", "13 waiting", "1 skipped", "1 succeeded"]);
  find('[data-face="failed"]').click();
  expect(cards(".mz-dim").sort()).toEqual(["best", "end", "load", "report"]);
  find('[data-face="skipped"]').click();
  expect(cards(".mz-dim").sort()).toEqual(["end", "load", "report"]);
  expect(document.activeElement?.getAttribute("data-face") ?? "skipped").toBe("skipped");
  for (const face of ["failed", "skipped"]) find(`[data-face="${face}"]`).click();
  expect(cards(".mz-dim")).toEqual([]);
});

it("lights the critical path and says what it comes to", () => {
  const took = (seconds: number) => rawState("succeeded", { started: 1000, finished: 1000 + seconds });
  const { click, cards, find } = show(SWEEP, { load: took(60), fit_7: took(9) });
  click("critical");
  expect(cards(".mz-critical")).toEqual(["load", "group:fit_*", "best", "report", "end"]);
  expect(find(".mz-graph-said").textContent).toBe("critical path 1 min 12 s · 5 tasks");
  click("open all");
  expect(cards(".mz-critical")).toEqual(["load", "fit_7", "best", "report", "end"]);
  click("critical");
  expect(cards(".mz-critical")).toEqual([]);
  expect(find(".mz-graph-said").textContent).toBe("");
});

describe("a graph of many cards", () => {
  const MANY = graphOf(ids("t", 700));

  it("has elements only for cards in sight, and only where they can be read", () => {
    const { cards, find } = show(MANY);
    expect(cards()).toEqual(["t_1"]);
    for (let step = 0; step < 12; step += 1) find('[aria-label="Zoom in"]').click();
    vi.runAllTimers();
    expect(cards().length).toBeGreaterThan(3);
    expect(cards().length).toBeLessThan(150);
    find('[title^="Fit"]').click();
    vi.runAllTimers();
    expect(cards()).toEqual(["t_1"]);
  });

  it("keeps the card that has the focus, and one stop for the Tab key", () => {
    const { cards, find, press } = show(MANY);
    find('.mz-node[data-task="t_1"]').focus();
    press(document.activeElement!, "ArrowRight");
    const second = document.activeElement!.getAttribute("data-task")!;
    expect(second).not.toBe("t_1");
    for (let step = 0; step < 12; step += 1) find('[aria-label="Zoom in"]').click();
    vi.runAllTimers();
    expect(document.activeElement?.getAttribute("data-task")).toBe(second);
    expect(cards('[tabindex="0"]')).toEqual([second]);
  });

  it("has an element for the chosen task", () => {
    const { chooser, cards } = show(MANY);
    chooser.task("t_500");
    expect(cards(".mz-chosen")).toEqual(["t_500"]);
  });
});

it("gives an overlay a layer, the cards as they come, and what is under the pointer", () => {
  const dressed: string[] = [];
  const scenes: number[] = [];
  let surface: GraphSurface | null = null;
  const overlay: Overlay = (given) => {
    surface = given;
    return { onCard: (_, spec) => void dressed.push(spec.id), onScene: () => void scenes.push(1) };
  };
  const { find } = show(graphOf(["a", "b"], [["a", "b"]]), {}, [overlay]);
  expect([dressed, scenes.length]).toEqual([["a", "b"], 1]);
  expect(find(".mz-stage").lastElementChild).toBe(surface!.layer);
  const box = surface!.boxOf("b")!;
  const [, x, y, scale] = /translate\((\S+) (\S+)\) scale\((\S+)\)/.exec(find(".mz-stage").getAttribute("transform")!)!.map(Number);
  const page = (atX: number, atY: number) => [x! + atX * scale!, y! + atY * scale!] as const;
  const inside = page(box.x + 5, box.y + 5);
  expect(surface!.cardAt(...inside)).toBe("b");
  expect(surface!.toDrawing(...inside).x).toBeCloseTo(box.x + 5, 1);
  const between = page((surface!.boxOf("a")!.x + surface!.boxOf("a")!.width + box.x) / 2, box.y + box.height / 2);
  expect([surface!.cardAt(...between), surface!.edgeAt(...between)?.target]).toEqual([null, "b"]);
  expect(surface!.elementOf("a")).toBe(find('.mz-node[data-task="a"]'));
});
