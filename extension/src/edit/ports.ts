/** The ports on a card: outputs on its right to drag from, inputs on its left to drop on. */

import { s } from "../dom.ts";
import { SIZES } from "../layout/drawing.ts";
import type { GraphTask } from "../model/run.ts";
import type { Port } from "./state.ts";

const RADIUS = 4.5;
/** What can be hit around a port. */
const REACH = 9;

export interface PortAt {
  readonly task: string;
  readonly side: "in" | "out";
  readonly name: string;
}

export function createPorts(spec: GraphTask, inputs: readonly Port[]): SVGGElement {
  const outs = spec.outputs.map((name, at) => port(spec.id, "out", name, name, placeOf(at, spec.outputs.length), ""));
  const ins = inputs.map((each, at) => {
    const said = each.hint === "" ? each.name : `${each.name}: ${each.hint}`;
    return port(spec.id, "in", each.name, said, placeOf(at, inputs.length), each.kind);
  });
  return s("g", { class: "mz-ports", "aria-hidden": "true" }, ...ins, ...outs);
}

/** The middle of a port, from the top left corner of its card. */
export function portPoint(spec: GraphTask, side: "in" | "out", name: string, inputs: readonly Port[]): { x: number; y: number } {
  const names = side === "out" ? spec.outputs : inputs.map((each) => each.name);
  const at = Math.max(0, names.indexOf(name));
  return { x: side === "out" ? SIZES.nodeWidth : 0, y: placeOf(at, names.length) };
}

/** The port under what an event hit. */
export function portOf(target: EventTarget | null): PortAt | null {
  const found = target instanceof Element ? target.closest<SVGElement>(".mz-port") : null;
  const { task, side, name } = found?.dataset ?? {};
  if (task === undefined || name === undefined || (side !== "in" && side !== "out")) return null;
  return { task, side, name };
}

function placeOf(at: number, count: number): number {
  return Math.round(((at + 1) * SIZES.nodeHeight) / (count + 1));
}

function port(task: string, side: "in" | "out", name: string, said: string, y: number, kind: string): SVGGElement {
  const cx = side === "out" ? SIZES.nodeWidth : 0;
  const title = s("title");
  title.textContent = said;
  return s(
    "g",
    { class: `mz-port mz-port-${side}`, "data-task": task, "data-side": side, "data-name": name, "data-kind": kind || null },
    title,
    s("circle", { class: "mz-port-reach", cx, cy: y, r: REACH }),
    s("circle", { class: "mz-port-dot", cx, cy: y, r: RADIUS }),
  );
}
