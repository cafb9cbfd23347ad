/** The way of an edge from port to port: smooth through its bends, round through the gap to another band. */

import type { Point, Sizes } from "../layout/drawing.ts";
import type { Box } from "./viewport.ts";

/** A start, then for each piece two points that pull and one where it ends, as x and y: cubic Bézier curves. */
export type Curve = readonly number[];

/** `from` and `to` are the top left corners of the two tasks. */
export function curveBetween(from: Point, to: Point, bends: readonly Point[], sizes: Sizes): Curve {
  const middle = sizes.nodeHeight / 2;
  const start = { x: from.x + sizes.nodeWidth, y: from.y + middle };
  return curveThrough([start, ...bends, { x: to.x, y: to.y + middle }], sizes);
}

/** A leap to the next band goes round through the gap between the bands. */
export function curveThrough(points: readonly Point[], sizes: Sizes): Curve {
  const curve = [points[0]!.x, points[0]!.y];
  for (let at = 1; at < points.length; at += 1) {
    const [from, to] = [points[at - 1]!, points[at]!];
    if (to.x > from.x) step(curve, from, to);
    else leap(curve, from, to, sizes);
  }
  return curve;
}

function step(curve: number[], from: Point, to: Point): void {
  const reach = Math.min((to.x - from.x) / 2, 90);
  curve.push(from.x + reach, from.y, to.x - reach, to.y, to.x, to.y);
}

function leap(curve: number[], from: Point, to: Point, sizes: Sizes): void {
  const out = sizes.leapRoom;
  const gap = to.y - Math.sign(to.y - from.y || 1) * ((sizes.nodeHeight + sizes.partGap) / 2);
  curve.push(from.x + out, from.y, from.x + out, gap, from.x, gap);
  curve.push(from.x, gap, to.x, gap, to.x, gap);
  curve.push(to.x - out, gap, to.x - out, to.y, to.x, to.y);
}

/** What the curve stays within. */
export function boxOfCurve(curve: Curve): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < curve.length; at += 2) {
    left = Math.min(left, curve[at]!);
    right = Math.max(right, curve[at]!);
    top = Math.min(top, curve[at + 1]!);
    bottom = Math.max(bottom, curve[at + 1]!);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const PIECES = 12;

/** Points along the curve, close enough to be joined by straight lines. */
export function pointsAlong(curve: Curve): Point[] {
  const points: Point[] = [{ x: curve[0]!, y: curve[1]! }];
  for (let at = 2; at < curve.length; at += 6) {
    const from = points.at(-1)!;
    for (let piece = 1; piece <= PIECES; piece += 1) {
      const t = piece / PIECES;
      points.push({
        x: bezier(from.x, curve[at]!, curve[at + 2]!, curve[at + 4]!, t),
        y: bezier(from.y, curve[at + 1]!, curve[at + 3]!, curve[at + 5]!, t),
      });
    }
  }
  return points;
}

/** Where a label stands: half way along its middle piece. */
export function middleOf(curve: Curve): Point {
  const pieces = (curve.length - 2) / 6;
  const at = 6 * Math.floor((pieces - 1) / 2);
  return { x: (curve[at]! + curve[at + 6]!) / 2, y: (curve[at + 1]! + curve[at + 7]!) / 2 };
}

function bezier(a: number, b: number, c: number, d: number, t: number): number {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}
