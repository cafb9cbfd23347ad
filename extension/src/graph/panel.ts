/** The graph panel: the scene in its viewport, with choosing, hovering and walking by keyboard. */

import type { Chooser } from "../choice.ts";
import { button, h, s, setAttribute } from "../dom.ts";
import { plural } from "../format.ts";
import { isTouched, type Change } from "../model/change.ts";
import type { RunView } from "../model/store.ts";
import { shapeOf } from "../model/topology.ts";
import type { Panel } from "../panels/panel.ts";
import { isTicking } from "../story.ts";
import { edgeText } from "./edges.ts";
import { createRuler } from "./measure.ts";
import { createScene, type Scene } from "./scene.ts";
import { createViewport } from "./viewport.ts";
import { isArrow, stepFrom } from "./walk.ts";

const LEAST_HEIGHT = 150;
const MOST_HEIGHT = 440;
/** A wide place may be as high as this share of its width. */
const HEIGHT_SHARE = 0.37;
const PADDING = 28;
/** Below these scales names, then all text, would be too small to read. */
const FAR = 0.55;
const FARTHER = 0.28;
const MANY_EDGES = 300;

export function createGraphPanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const svg = s("svg", { class: "mz-canvas", role: "group" });
  const hover = h("div", { class: "mz-hover", hidden: true });
  const hint = h("div", { class: "mz-hint", hidden: true }, "Click the graph or hold Ctrl to zoom");
  const empty = h("div", { class: "mz-empty" }, "No tasks yet: mark a cell with ", h("code", {}, "%%maze_task"));
  const tools = h("div", { class: "mz-tools", role: "toolbar", "aria-label": "Zoom" });
  const element = h("div", { class: "mz-graph" }, svg, hover, hint, empty);
  const viewport = createViewport(svg, {
    hasWheel: () => element.contains(document.activeElement),
    onWheelLeft: () => showHint(hint),
    onUserMove: () => (isFollowing = false),
    onScale: (scale) => {
      element.classList.toggle("mz-far", scale < FAR);
      element.classList.toggle("mz-farther", scale < FARTHER);
    },
  }, signal);

  let scene: Scene | null = null;
  let shape = "";
  let isFollowing = true;

  const fit = () => {
    isFollowing = true;
    if (scene !== null) viewport.fit({ x: 0, y: 0, ...scene.size });
  };
  const zoom = (factor: number) => viewport.zoomBy(factor);
  tools.append(
    button({ class: "mz-tool", title: "Zoom out (−)", "aria-label": "Zoom out" }, () => zoom(1 / 1.3), "−"),
    button({ class: "mz-tool", title: "Fit the whole graph (0)" }, fit, "fit"),
    button({ class: "mz-tool", title: "Zoom in (+)", "aria-label": "Zoom in" }, () => zoom(1.3), "+"),
  );

  const reveal = (id: string | null): boolean => {
    const box = id === null ? null : scene?.boxOf(id);
    if (!box || scene === null) return false;
    viewport.reveal(box, { x: 0, y: 0, ...scene.size });
    return true;
  };
  const focus = (id: string) => {
    const card = scene?.cards.get(id);
    if (!scene || !card) return;
    for (const other of scene.cards.values()) setAttribute(other.element, "tabindex", -1);
    setAttribute(card.element, "tabindex", 0);
    card.element.focus({ preventScroll: true });
    reveal(id);
  };
  const rebuild = () => {
    const graph = view.graph;
    const next = graph === null ? "" : shapeOf(graph);
    if (graph === null || next === shape) return;
    shape = next;
    const family = getComputedStyle(element).fontFamily || "sans-serif";
    const names = new Map(graph.tasks.map((task) => [task.id, task.name]));
    scene = createScene(graph, {
      name: createRuler(`600 12px ${family}`),
      farName: createRuler(`600 20px ${family}`),
      remark: createRuler(`11px ${family}`),
      nameOf: (id) => names.get(id) ?? id,
    });
    empty.hidden = graph.tasks.length > 0;
    element.classList.toggle("mz-many", graph.edges.length > MANY_EDGES);
    viewport.stage.replaceChildren(...scene.elements);
    scene.cards.values().next().value?.element.setAttribute("tabindex", "0");
    setAttribute(svg, "aria-label", `Graph of ${plural(graph.tasks.length, "task")}. Arrow keys walk along it, Enter opens a task; the Table tab has the same as a table.`);
    light();
    resize();
    fit();
  };
  const light = () => {
    const { task } = chooser.current;
    scene?.light(task);
    element.classList.toggle("mz-has-choice", task !== null && scene?.cards.has(task) === true);
  };
  const resize = () => {
    if (scene === null) return;
    const { width, height } = scene.size;
    const room = element.clientWidth || 700;
    const most = Math.max(MOST_HEIGHT, room * HEIGHT_SHARE);
    const wanted = height * Math.min(1, (room - PADDING) / width) + PADDING;
    element.style.height = `${Math.round(Math.max(LEAST_HEIGHT, Math.min(most, wanted)))}px`;
  };

  chooser.subscribe((choice, before) => {
    if (choice.task === before.task) return;
    light();
    reveal(choice.task);
  }, signal);
  svg.addEventListener("click", (event) => {
    const id = taskAt(event.target);
    if (id !== null) focus(id);
    chooser.task(id);
  }, { signal });
  svg.addEventListener("keydown", (event) => {
    const id = taskAt(event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || id === null || scene === null) return;
    if (isArrow(event.key)) {
      const next = stepFrom(id, event.key, scene.places, scene.topology);
      if (next !== null) focus(next);
    } else if (event.key === "Enter" || event.key === " ") chooser.task(id);
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
  listenForHover(svg, hover, element, () => scene, signal);
  watchSize(element, () => {
    // With the task panel open the drawing keeps its scale, so that nothing jumps while reading.
    if (reveal(chooser.current.task)) return;
    if (isFollowing) {
      resize();
      fit();
    }
  }, signal);

  return {
    element,
    tools,
    update(change: Change) {
      if (change.graph) rebuild();
      const now = view.kernelTime();
      for (const [id, card] of scene?.cards ?? []) {
        if (isTouched(change, id)) card.show(view.task(id), now);
      }
    },
    tick() {
      const now = view.kernelTime();
      for (const [id, card] of scene?.cards ?? []) {
        const task = view.task(id);
        if (isTicking(task)) card.show(task, now);
      }
    },
    shown: () => {
      if (isFollowing) fit();
    },
  };
}

function taskAt(target: EventTarget | null): string | null {
  const node = target instanceof Element ? target.closest(".mz-node") : null;
  return node?.getAttribute("data-task") ?? null;
}

function listenForHover(
  svg: SVGSVGElement,
  hover: HTMLElement,
  frame: HTMLElement,
  scene: () => Scene | null,
  signal: AbortSignal,
): void {
  svg.addEventListener("pointermove", (event) => {
    const target = event.target instanceof Element ? event.target.closest(".mz-edge") : null;
    const line = target && scene()?.lines.get(target);
    hover.hidden = !line;
    if (!line) return;
    const task = (id: string) => scene()?.topology.task.get(id)?.name ?? id;
    hover.replaceChildren(
      h("b", {}, edgeText(line.edge)),
      ` ${task(line.edge.source)} → ${task(line.edge.target)}`,
    );
    const { left, top } = frame.getBoundingClientRect();
    hover.style.left = `${event.clientX - left + 12}px`;
    hover.style.top = `${event.clientY - top + 12}px`;
  }, { signal });
  svg.addEventListener("pointerleave", () => (hover.hidden = true), { signal });
}

function watchSize(element: HTMLElement, onResize: () => void, signal: AbortSignal): void {
  if (typeof ResizeObserver === "undefined") return;
  let width = 0;
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width || element.clientWidth === 0) return;
    width = element.clientWidth;
    onResize();
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

function showHint(hint: HTMLElement): void {
  if (!hint.hidden) return;
  hint.hidden = false;
  setTimeout(() => (hint.hidden = true), 1500);
}
