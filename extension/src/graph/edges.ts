/** The lines between tasks, with the names of the data they carry. */

import { s } from "../dom.ts";
import type { Point, Sizes } from "../layout/drawing.ts";
import type { GraphEdge } from "../model/run.ts";

export interface EdgeLine {
  readonly edge: GraphEdge;
  readonly element: SVGGElement;
  /** Where its label stands. */
  readonly middle: Point;
}

/** `from` and `to` are the top left corners of the two tasks. */
export function createEdgeLine(
  edge: GraphEdge,
  from: Point,
  to: Point,
  bends: readonly Point[],
  sizes: Sizes,
): EdgeLine {
  const port = (corner: Point, dx: number) => ({
    x: corner.x + dx,
    y: corner.y + sizes.nodeHeight / 2,
  });
  const start = port(from, sizes.nodeWidth);
  const end = port(to, 0);
  const points = [start, ...bends, end];
  const d = pathThrough(points, sizes);
  const element = s(
    "g",
    { class: "mz-edge", "data-source": edge.source, "data-target": edge.target },
    s("path", { class: "mz-edge-line", d }),
    s("path", { class: "mz-edge-reach", d }),
  );
  return { edge, element, middle: middleOf(points) };
}

export function edgeText({ names }: GraphEdge): string {
  return names.length === 0 ? "after" : names.join(", ");
}

export function createEdgeLabel(line: EdgeLine): SVGTextElement {
  const { x, y } = line.middle;
  return s("text", { class: "mz-edge-label", x, y: y - 4, "text-anchor": "middle" }, edgeText(line.edge));
}

/** Smooth from port to port; a leap to the next band goes round through the gap between the bands. */
export function pathThrough(points: readonly Point[], sizes: Sizes): string {
  const first = points[0]!;
  const steps = points.slice(1).map((to, index) => {
    const from = points[index]!;
    return to.x > from.x ? curve(from, to) : leap(from, to, sizes);
  });
  return `M${first.x} ${first.y}${steps.join("")}`;
}

function curve(from: Point, to: Point): string {
  const reach = Math.min((to.x - from.x) / 2, 90);
  return `C${from.x + reach} ${from.y} ${to.x - reach} ${to.y} ${to.x} ${to.y}`;
}

function leap(from: Point, to: Point, sizes: Sizes): string {
  const out = sizes.leapRoom;
  const gap = to.y - Math.sign(to.y - from.y || 1) * ((sizes.nodeHeight + sizes.partGap) / 2);
  return (
    `C${from.x + out} ${from.y} ${from.x + out} ${gap} ${from.x} ${gap}` +
    `L${to.x} ${gap}` +
    `C${to.x - out} ${gap} ${to.x - out} ${to.y} ${to.x} ${to.y}`
  );
}

function middleOf(points: readonly Point[]): Point {
  const at = Math.floor((points.length - 1) / 2);
  const [a, b] = [points[at]!, points[at + 1]!];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
