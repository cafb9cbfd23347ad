/** Paints the lanes of a timeline: only what is in sight, and bars finer than a pixel only once. */

import type { Palette } from "../graph/palette.ts";
import { beginOf, endOf, type Bar } from "./timeline_bars.ts";
import { BAR_PX, ROW_PX, barAfter, rowBelow, type BarPlace, type PlacedRow, type Rows } from "./timeline_rows.ts";
import type { Tick, TimeScale } from "./timeline_scale.ts";

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface LaneScene {
  readonly rows: Rows;
  readonly critical: ReadonlySet<string>;
  /** Whether a row's wait is drawn as a whole, or only where nothing else is. */
  readonly isWhole: boolean;
  readonly chosen: string | null;
  readonly focused: BarPlace | null;
  readonly hovered: BarPlace | null;
  readonly now: number;
}

const LABEL_FROM_PX = 34;
const LETTER_PX = 6.1;
const THIN_PX = 3;
const PAD = (ROW_PX - BAR_PX) / 2;

export type Pen = CanvasRenderingContext2D;

export function drawLanes(
  pen: Pen, scene: LaneScene, scale: TimeScale, area: Area, scrollTop: number, palette: Palette, hatch: CanvasPattern | string,
): void {
  const { rows } = scene.rows;
  pen.save();
  pen.beginPath();
  pen.rect(0, area.top, area.left + area.width, area.height);
  pen.clip();
  pen.textBaseline = "middle";
  for (let at = rowBelow(rows, scrollTop); at < rows.length; at += 1) {
    const row = rows[at]!;
    const y = area.top + row.y - scrollTop;
    if (y > area.top + area.height) break;
    drawTitle(pen, row, y, area, palette);
    drawRow(pen, row, at, y, scene, scale, area, palette, hatch);
  }
  pen.restore();
}

function drawTitle(pen: Pen, row: PlacedRow, y: number, area: Area, palette: Palette): void {
  if (!row.isFirst) return;
  pen.fillStyle = palette.line;
  pen.globalAlpha = 0.35;
  pen.fillRect(area.left, y - 2, area.width, 1);
  pen.globalAlpha = 1;
  pen.fillStyle = palette.text;
  pen.font = `11px ${palette.family}`;
  const title = row.lane.hidden > 0 ? `${row.lane.title} (+${row.lane.hidden})` : row.lane.title;
  pen.fillText(cutMiddle(title, area.left - 12), 8, y + ROW_PX / 2);
}

function drawRow(
  pen: Pen, row: PlacedRow, rowAt: number, y: number, scene: LaneScene, scale: TimeScale, area: Area,
  palette: Palette, hatch: CanvasPattern | string,
): void {
  const { bars } = row;
  const { start, end } = scale.shown;
  // Whole pixels are painted faster, and bars that are alike look alike.
  const exact = (time: number) => area.left + Math.min(Math.max(scale.x(time, area.width), -2), area.width + 2);
  const x = (time: number) => Math.round(exact(time));
  const height = BAR_PX;
  let [filledTo, failedTo, markedTo] = [-Infinity, -Infinity, -Infinity];
  let before = -Infinity;
  for (let at = barAfter(bars, start, scene.now); at < bars.length; at += 1) {
    const bar = bars[at]!;
    if (beginOf(bar) > end) {
      if (!scene.isWhole && (bar.started ?? 0) > end) break;
      continue;
    }
    const from = x(bar.started ?? scene.now);
    const to = Math.max(from + 1, Math.ceil(exact(endOf(bar, scene.now))));
    const isPlaced = !scene.isWhole && !row.lane.isQueue;
    if (bar.queued !== null && !(isPlaced && bar.isItem)) {
      const left = scene.isWhole || row.lane.isQueue ? x(bar.queued) : Math.max(x(bar.queued), before);
      if (from - left > 1) drawWait(pen, left, y + PAD, from - left, height, hatch, palette);
      if (row.lane.isQueue) drawWaiting(pen, bar, Math.max(left, area.left), y + PAD, from - left, height, palette);
    }
    before = to;
    if (bar.started === null) continue;
    // Where a pixel is painted already nothing more of it would be seen, but a failure.
    if (to > filledTo || (bar.face === "failed" && to > failedTo)) {
      drawBar(pen, bar, from, y + PAD, to - from, height, palette);
      filledTo = Math.max(filledTo, to);
      if (bar.face === "failed") failedTo = to;
    }
    if (to <= markedTo || bar.isPast || !scene.critical.has(bar.task)) continue;
    drawMark(pen, from, y + PAD, to - from, height, palette);
    markedTo = to;
  }
  for (const place of [scene.hovered, scene.focused]) {
    if (place?.row === rowAt) drawRing(pen, bars[place.at], x, y + PAD, height, scene, palette, place === scene.focused);
  }
  if (scene.chosen !== null && bars.length < 3_000) {
    for (const bar of bars) if (bar.task === scene.chosen) drawRing(pen, bar, x, y + PAD, height, scene, palette, true);
  }
}

function drawWait(pen: Pen, x: number, y: number, width: number, height: number, hatch: CanvasPattern | string, palette: Palette): void {
  pen.fillStyle = hatch;
  pen.fillRect(x, y + 2, width, height - 4);
  if (width < 2 * THIN_PX) return;
  pen.strokeStyle = palette.face.waiting;
  pen.lineWidth = 1;
  pen.globalAlpha = 0.5;
  pen.strokeRect(x + 0.5, y + 2.5, width - 1, height - 5);
  pen.globalAlpha = 1;
}

/** The name of what has no place yet, on the lines that say so. */
function drawWaiting(pen: Pen, bar: Bar, x: number, y: number, width: number, height: number, palette: Palette): void {
  const text = cut(bar.name, width - 12);
  if (text === "") return;
  pen.font = `11px ${palette.family}`;
  pen.fillStyle = palette.ground;
  pen.fillRect(x + 3, y + 2, text.length * LETTER_PX + 6, height - 4);
  pen.fillStyle = palette.quiet;
  pen.fillText(text, x + 6, y + height / 2 + 0.5);
}

function drawBar(pen: Pen, bar: Bar, x: number, y: number, width: number, height: number, palette: Palette): void {
  const colour = palette.face[bar.face];
  pen.fillStyle = bar.isPast || bar.isMany ? palette.tint[bar.face] : palette.far[bar.face];
  pen.fillRect(x, y, width, height);
  if (width < THIN_PX) {
    if (bar.face === "failed") {
      pen.fillStyle = colour;
      pen.fillRect(x, y, Math.max(width, 1.5), height);
    }
    return;
  }
  if (bar.isPast || bar.isMany) {
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    pen.setLineDash(bar.isPast ? [3, 2] : []);
    pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    pen.setLineDash([]);
  } else {
    pen.fillStyle = colour;
    pen.fillRect(x, y, 2, height);
  }
  if (bar.face === "failed" || bar.isPast) drawCross(pen, x + width - 7, y + height / 2, colour, width);
  if (width < LABEL_FROM_PX) return;
  pen.font = `11px ${palette.family}`;
  pen.fillStyle = isStrong(bar) ? palette.ground : palette.text;
  const label = bar.attempt > 1 || bar.isPast ? `${bar.name} ·${bar.attempt}` : bar.name;
  pen.fillText(cut(label, width - (bar.isPast || bar.face === "failed" ? 18 : 8)), x + 5, y + height / 2 + 0.5);
}

/** A bar in the full colour of its state takes letters in the colour of the ground. */
function isStrong({ face, isPast, isMany }: Bar): boolean {
  return !isPast && !isMany && (face === "running" || face === "failed" || face === "retrying" || face === "was_running");
}

/** Told apart without colour: what did not succeed ends in a cross. */
function drawCross(pen: Pen, x: number, y: number, colour: string, width: number): void {
  if (width < 14) return;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  for (const [dx, dy] of [[-2.5, -2.5], [-2.5, 2.5]] as const) {
    pen.beginPath();
    pen.moveTo(x + dx, y + dy);
    pen.lineTo(x - dx, y - dy);
    pen.stroke();
  }
}

function drawMark(pen: Pen, x: number, y: number, width: number, height: number, palette: Palette): void {
  pen.strokeStyle = palette.text;
  pen.fillStyle = palette.text;
  pen.lineWidth = 1.5;
  if (width > THIN_PX) pen.strokeRect(x + 0.75, y + 0.75, width - 1.5, height - 1.5);
  else pen.fillRect(x, y + height - 2, Math.max(width, 1), 2);
}

function drawRing(
  pen: Pen, bar: Bar | undefined, x: (time: number) => number, y: number, height: number, scene: LaneScene,
  palette: Palette, isStrong: boolean,
): void {
  if (bar === undefined) return;
  const from = x(beginOf(bar));
  const to = Math.max(from + 2, x(endOf(bar, scene.now)));
  pen.strokeStyle = isStrong ? palette.accent : palette.quiet;
  pen.lineWidth = isStrong ? 2 : 1;
  pen.strokeRect(from - 1.5, y - 1.5, to - from + 3, height + 3);
}

/** The scale of time, with lines through all that is below. */
export function drawAxis(
  pen: Pen, ticks: readonly Tick[], origin: number, scale: TimeScale, area: Area, bottom: number, palette: Palette,
): void {
  pen.font = `10.5px ${palette.family}`;
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  for (const { at, text } of ticks) {
    const x = Math.round(area.left + scale.x(origin + at, area.width)) + 0.5;
    if (x < area.left || x > area.left + area.width) continue;
    pen.fillStyle = palette.line;
    pen.globalAlpha = 0.5;
    pen.fillRect(x, area.top + area.height - 4, 1, bottom - area.top - area.height + 4);
    pen.globalAlpha = 1;
    pen.fillStyle = palette.quiet;
    const half = (text.length * LETTER_PX) / 2;
    pen.fillText(text, Math.min(Math.max(x, area.left + half), area.left + area.width - half), area.top + area.height / 2 - 1);
  }
  pen.textAlign = "left";
}

/** Slanted lines, for what waits. */
export function hatchOf(pen: Pen, colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const brush = tile.getContext("2d");
  if (brush === null) return colour;
  brush.strokeStyle = colour;
  brush.lineWidth = 1.2;
  for (const shift of [-6, 0, 6]) {
    brush.moveTo(shift, 6);
    brush.lineTo(shift + 6, 0);
  }
  brush.stroke();
  return pen.createPattern(tile, "repeat") ?? colour;
}

/** What stands last, such as the number of a slot, is kept. */
export function cutMiddle(text: string, width: number): string {
  const letters = Math.floor(width / LETTER_PX);
  const tail = /[^·]*$/.exec(text)![0];
  if (text.length <= letters || tail.length + 3 > letters || tail === text) return cut(text, width);
  return `${text.slice(0, letters - tail.length - 2)}… ${tail.trim()}`;
}

/** As much of a text as has room, by a guess that costs nothing. */
export function cut(text: string, width: number): string {
  const letters = Math.floor(width / LETTER_PX);
  if (text.length <= letters) return text;
  return letters < 3 ? "" : `${text.slice(0, letters - 1)}…`;
}
