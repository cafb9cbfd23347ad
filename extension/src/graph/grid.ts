/** A spatial index: what is near a point or within a box, without looking at everything. */

import type { Point } from "../layout/drawing.ts";
import { pointsAlong, type Curve } from "./curve.ts";
import type { Box } from "./viewport.ts";

/** Numbers of things by the cells of a grid that they touch. */
export class Grid {
  readonly #cells = new Map<number, number[]>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  add(thing: number, { x, y, width, height }: Box): void {
    this.#each(x, y, x + width, y + height, (key) => {
      const cell = this.#cells.get(key);
      if (cell === undefined) this.#cells.set(key, [thing]);
      // What is added piece by piece touches many a cell more than once.
      else if (cell.at(-1) !== thing) cell.push(thing);
    });
  }

  /** Each thing whose cells the box meets, once. */
  near({ x, y, width, height }: Box): Set<number> {
    const found = new Set<number>();
    this.#each(x, y, x + width, y + height, (key) => {
      for (const thing of this.#cells.get(key) ?? []) found.add(thing);
    });
    return found;
  }

  #each(left: number, top: number, right: number, bottom: number, act: (key: number) => void): void {
    const cell = (at: number) => Math.floor(at / this.#size);
    for (let row = cell(top); row <= cell(bottom); row += 1) {
      for (let column = cell(left); column <= cell(right); column += 1) act(row * 1_000_003 + column);
    }
  }
}

export function gridOfBoxes(boxes: readonly Box[], size: number): Grid {
  const grid = new Grid(size);
  boxes.forEach((box, at) => grid.add(at, box));
  return grid;
}

export function gridOfCurves(curves: readonly Curve[], size: number): Grid {
  const grid = new Grid(size);
  curves.forEach((curve, at) => {
    const points = pointsAlong(curve);
    for (let each = 1; each < points.length; each += 1) addLine(grid, at, points[each - 1]!, points[each]!, size);
  });
  return grid;
}

/** A long line is added in pieces, for its box would cover what it never comes near. */
function addLine(grid: Grid, thing: number, from: Point, to: Point, size: number): void {
  const pieces = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / size));
  for (let piece = 0; piece < pieces; piece += 1) {
    const [a, b] = [piece / pieces, (piece + 1) / pieces];
    const [x1, x2] = [from.x + (to.x - from.x) * a, from.x + (to.x - from.x) * b];
    const [y1, y2] = [from.y + (to.y - from.y) * a, from.y + (to.y - from.y) * b];
    grid.add(thing, { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) });
  }
}

/** The curve nearest to a point, no further away than `reach`; -1 where there is none. */
export function nearestCurve(grid: Grid, curves: readonly Curve[], point: Point, reach: number): number {
  const around = { x: point.x - reach, y: point.y - reach, width: 2 * reach, height: 2 * reach };
  let [best, least] = [-1, reach];
  for (const at of grid.near(around)) {
    const distance = distanceTo(pointsAlong(curves[at]!), point);
    if (distance <= least) [best, least] = [at, distance];
  }
  return best;
}

function distanceTo(points: readonly Point[], { x, y }: Point): number {
  let least = Infinity;
  for (let at = 1; at < points.length; at += 1) {
    const [a, b] = [points[at - 1]!, points[at]!];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const share = Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(a.x + share * dx - x, a.y + share * dy - y));
  }
  return least;
}
