/** Dragging from an output to an input: a line that follows the pointer, and what may be dropped on. */

import { s, setAttribute } from "../dom.ts";
import type { GraphSurface } from "../graph/overlay.ts";
import type { RunView } from "../model/store.ts";
import { createTopology } from "../model/topology.ts";
import type { Editing } from "./editing.ts";
import { portOf, portPoint, type PortAt } from "./ports.ts";

export type Targets = ReadonlyMap<string, readonly string[]>;

export interface DragHost {
  readonly view: RunView;
  readonly editing: Editing;
  readonly surface: GraphSurface;
  /** The pointer was let go over a port or a card; `targets` is null while nobody has answered. */
  drop(from: PortAt, task: string, input: string | null, targets: Targets | null): void;
}

const MOVED_PX = 4;

/** Takes the pointer from the moment it is pressed on an output. */
export function listenForDrags(host: DragHost, signal: AbortSignal): void {
  const { surface } = host;
  surface.frame.addEventListener("pointerdown", (event) => {
    const from = portOf(event.target);
    if (from === null || !host.editing.isOpen || event.button !== 0) return;
    // The drawing would be moved along.
    event.stopPropagation();
    event.preventDefault();
    if (from.side === "out") drag(host, from, event, signal);
  }, { capture: true, signal });
}

function drag(host: DragHost, from: PortAt, start: PointerEvent, signal: AbortSignal): void {
  const { surface, view } = host;
  const spec = view.graph?.tasks.find((task) => task.id === from.task);
  const box = surface.boxOf(from.task);
  if (spec === undefined || box === null) return;
  const at = portPoint(spec, "out", from.name, []);
  const origin = { x: box.x + at.x, y: box.y + at.y };
  const line = s("path", { class: "mz-connect-line" });
  surface.layer.append(line);
  const ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort(), { once: true });
  let targets: Targets | null = null;

  light(host, from, targets);
  host.editing.targets(from.task, from.name).then((found) => {
    targets = found;
    if (!ending.signal.aborted) light(host, from, targets);
  }, () => undefined);

  const move = (event: PointerEvent) => {
    const { x, y } = surface.toDrawing(event.clientX, event.clientY);
    const reach = Math.max(24, Math.abs(x - origin.x) / 2);
    setAttribute(line, "d", `M${origin.x} ${origin.y}C${origin.x + reach} ${origin.y} ${x - reach} ${y} ${x} ${y}`);
  };
  const end = () => {
    ending.abort();
    line.remove();
    unlight(surface);
  };
  move(start);
  const options = { signal: ending.signal, capture: true };
  window.addEventListener("pointermove", move, options);
  window.addEventListener("pointercancel", end, options);
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end();
  }, options);
  window.addEventListener("pointerup", (event) => {
    end();
    swallowClick();
    if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < MOVED_PX) return;
    const hit = portOf(document.elementFromPoint(event.clientX, event.clientY));
    const port = hit?.side === "in" ? hit : null;
    const task = port?.task ?? surface.cardAt(event.clientX, event.clientY);
    if (task !== null && task !== from.task) host.drop(from, task, port?.name ?? null, targets);
  }, options);
}

/** Lights what may be dropped on; before the kernel has said, what would at least close no cycle. */
function light({ surface, view }: DragHost, from: PortAt, targets: Targets | null): void {
  surface.frame.classList.add("mz-connecting");
  const graph = view.graph;
  if (graph === null) return;
  const before = targets === null ? createTopology(graph).pathThrough(from.task).before : null;
  for (const { id } of graph.tasks) {
    const element = surface.elementOf(id);
    if (element === null) continue;
    const names = targets?.get(id);
    const can = targets === null ? id !== from.task && before?.has(id) !== true : names !== undefined;
    element.classList.toggle("mz-can-take", can);
    for (const port of element.querySelectorAll<SVGElement>(".mz-port-in")) {
      port.classList.toggle("mz-can-take", targets === null ? can : names?.includes(port.dataset["name"] ?? "") === true);
    }
  }
}

function unlight(surface: GraphSurface): void {
  surface.frame.classList.remove("mz-connecting");
  for (const lit of surface.frame.querySelectorAll(".mz-can-take")) lit.classList.remove("mz-can-take");
}

/** The click that ends a drag chooses nothing. */
function swallowClick(): void {
  const done = new AbortController();
  window.addEventListener("click", (click) => click.stopPropagation(), { capture: true, signal: done.signal });
  setTimeout(() => done.abort(), 0);
}
