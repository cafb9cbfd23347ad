/** What a timeline says in words: of one bar, of each lane, and of all. */

import { duration, moment, plural } from "../format.ts";
import { lookOf } from "../glyphs.ts";
import { beginOf, endOf, type Bar, type Lane } from "./timeline_bars.ts";

/** Of more lanes a text would be no help. */
const MOST_LANES = 100;

export function stateOfBar(bar: Bar): string {
  if (bar.started === null) return "waiting for a place";
  return bar.word !== "" ? bar.word : lookOf(bar.face).label;
}

export function placeOfBar({ node, slot, worker, gpus }: Bar): string {
  const parts = [node, slot !== null ? `slot ${slot}` : worker];
  if (gpus.length > 0) parts.push(`GPU ${gpus.join(", ")}`);
  return parts.filter((part) => part !== "").join(" · ");
}

/** "waited 0.4 s · ran 2.1 s, from +3.2 s". */
export function timesOfBar(bar: Bar, origin: number, now: number): string {
  const parts: string[] = [];
  const waited = bar.queued === null ? 0 : (bar.started ?? now) - bar.queued;
  if (waited > 0.0005) parts.push(`${bar.started === null ? "has waited" : "waited"} ${duration(waited)}`);
  if (bar.started !== null) {
    const ran = duration(Math.max(0, endOf(bar, now) - bar.started));
    parts.push(`${bar.finished === null ? "has run" : "ran"} ${ran}, from +${duration(Math.max(0, bar.started - origin))}`);
  }
  return parts.join(" · ");
}

/** All of a bar on one line, for who cannot see it. */
export function sentenceOf(bar: Bar, lane: Lane, origin: number, now: number, isCritical: boolean): string {
  const attempt = bar.attempt > 1 || bar.isPast ? `attempt ${bar.attempt}` : "";
  const critical = isCritical ? "on the critical path" : "";
  return [`${bar.name}: ${stateOfBar(bar)}`, attempt, timesOfBar(bar, origin, now), lane.title, critical, bar.note]
    .filter((part) => part !== "")
    .join("; ");
}

/** The exact times, for hovering. */
export function momentsOf(bar: Bar): string {
  const named: readonly (readonly [string, number | null])[] = [
    ["ready", bar.queued], ["started", bar.started], ["ended", bar.finished],
  ];
  return named.flatMap(([word, time]) => (time === null ? [] : `${word} ${moment(time)}`)).join("\n");
}

/** How busy each lane was. */
export function summaryOf(lanes: readonly Lane[], span: readonly [number, number], now: number): readonly string[] {
  const whole = Math.max(span[1] - span[0], 0.001);
  const lines = lanes.slice(0, MOST_LANES).map(({ title, rows, isQueue, hidden }) => {
    const bars = rows.flatMap((row) => row.bars);
    if (isQueue) return `${plural(bars.length + hidden, "task")} waiting for a place`;
    const busy = bars.reduce((sum, bar) => sum + Math.max(0, endOf(bar, now) - (bar.started ?? beginOf(bar))), 0);
    return `${title}: ${plural(bars.length, "attempt")}, busy ${Math.round((100 * busy) / whole)} %`;
  });
  if (lanes.length > MOST_LANES) lines.push(`and ${lanes.length - MOST_LANES} more`);
  return lines;
}
