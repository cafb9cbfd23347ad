/** Where the rows of a timeline's lanes stand, and which bar is at a place. */

import { beginOf, endOf, type Bar, type Lane } from "./timeline_bars.ts";
import { never } from "../never.ts";

export const ROW_PX = 20;
export const BAR_PX = 15;
const LANE_GAP_PX = 5;

export interface PlacedRow {
  readonly lane: Lane;
  readonly isFirst: boolean;
  readonly bars: readonly Bar[];
  /** From the top of all lanes. */
  readonly y: number;
}

export interface Rows {
  readonly rows: readonly PlacedRow[];
  readonly height: number;
}

export interface BarPlace {
  readonly row: number;
  readonly at: number;
}

export function placeRows(lanes: readonly Lane[]): Rows {
  const isDense = lanes.length > 0 && lanes.every((lane) => lane.rows.length === 1 && !lane.isQueue) && lanes.length > 40;
  const rows: PlacedRow[] = [];
  let y = 0;
  for (const lane of lanes) {
    lane.rows.forEach(({ bars }, at) => {
      rows.push({ lane, isFirst: at === 0, bars, y });
      y += ROW_PX;
    });
    y += isDense ? 0 : LANE_GAP_PX;
  }
  return { rows, height: y };
}

/** The first row that ends below a place. */
export function rowBelow(rows: readonly PlacedRow[], y: number): number {
  return lowest(rows.length, (at) => rows[at]!.y + ROW_PX > y);
}

/** The first bar of a row that ends after a time. */
export function barAfter(bars: readonly Bar[], time: number, now: number): number {
  return lowest(bars.length, (at) => endOf(bars[at]!, now) >= time);
}

/** The bar at a place; one that is too thin to be met is met from beside it. */
export function barAt({ rows }: Rows, y: number, time: number, slack: number, now: number): BarPlace | null {
  const row = rowBelow(rows, y);
  const found = rows[row];
  if (found === undefined || y < found.y) return null;
  const first = barAfter(found.bars, time - slack, now);
  for (const at of [first, first + 1]) {
    const bar = found.bars[at];
    if (bar === undefined) continue;
    const begin = bar.started ?? beginOf(bar);
    if (time >= begin && time <= endOf(bar, now)) return { row, at };
  }
  const near = found.bars[first];
  if (near === undefined) return null;
  // What waited belongs to the bar after it.
  return time + slack >= beginOf(near) && time - slack <= endOf(near, now) ? { row, at: first } : null;
}

export type Step = "left" | "right" | "up" | "down" | "first" | "last";

/** The next bar in a direction; up and down lead to the one that is nearest in time. */
export function stepFrom({ rows }: Rows, from: BarPlace | null, step: Step, now: number): BarPlace | null {
  if (rows.length === 0) return null;
  if (from === null || rows[from.row]?.bars[from.at] === undefined) return { row: 0, at: 0 };
  const own = rows[from.row]!.bars;
  switch (step) {
    case "left": return { row: from.row, at: Math.max(0, from.at - 1) };
    case "right": return { row: from.row, at: Math.min(own.length - 1, from.at + 1) };
    case "first": return { row: from.row, at: 0 };
    case "last": return { row: from.row, at: own.length - 1 };
    case "up":
    case "down": {
      const row = from.row + (step === "up" ? -1 : 1);
      const bars = rows[row]?.bars;
      if (bars === undefined) return from;
      const bar = own[from.at]!;
      const middle = (beginOf(bar) + endOf(bar, now)) / 2;
      return { row, at: Math.min(bars.length - 1, barAfter(bars, middle, now)) };
    }
    default: return never(step);
  }
}

/** The same bar after the rows were made anew. */
export function findBar({ rows }: Rows, task: string, attempt: number): BarPlace | null {
  for (const [row, { bars }] of rows.entries()) {
    const at = bars.findIndex((bar) => bar.task === task && bar.attempt === attempt);
    if (at >= 0) return { row, at };
  }
  return null;
}

function lowest(count: number, isIt: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isIt(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
