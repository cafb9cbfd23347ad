/** Paints what the nodes used, and how many tasks waited, above the lanes and on the same scale of time. */

import { megabytes } from "../format.ts";
import type { Palette } from "../graph/palette.ts";
import type { NodeUse, UsagePoint } from "../model/usage.ts";
import type { Depth } from "./timeline_bars.ts";
import { cut, type Area, type Pen } from "./timeline_draw.ts";
import type { TimeScale } from "./timeline_scale.ts";

export interface Sample {
  readonly time: number;
  /** 0 to 1. */
  readonly share: number | null;
  readonly text: string;
}

export interface Chart {
  readonly title: string;
  readonly px: number;
  /** Filled; and drawn as a dashed line over it. */
  readonly area: Curve;
  readonly line: Curve | null;
}

export interface Curve {
  readonly title: string;
  readonly samples: readonly Sample[];
}

const USE_PX = 34;
/** Without a sample for so long, nothing is known: the longest pause is a minute. */
const UNKNOWN_AFTER = 130;

type Measure = (nodes: readonly NodeUse[]) => { share: number | null; text: string };

const percent = (share: number) => `${Math.round(share * 100)} %`;

const cpu: Measure = (nodes) => {
  const share = mean(nodes.map((node) => node.cpu));
  return { share, text: share === null ? "" : percent(share) };
};
const memory: Measure = (nodes) => amount(nodes.map((node) => [node.memory, node.total]));
const load: Measure = (nodes) => {
  const share = mean(nodes.flatMap(({ devices }) => devices.flatMap((device) => device.load ?? [])));
  return { share, text: share === null ? "" : percent(share) };
};
const vram: Measure = (nodes) =>
  amount(nodes.flatMap(({ devices }) => devices.map((device): [number, number] => [device.used, device.total])));

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function amount(parts: readonly (readonly [used: number, total: number])[]): { share: number | null; text: string } {
  if (parts.length === 0) return { share: null, text: "" };
  const used = parts.reduce((sum, part) => sum + part[0], 0);
  // A node may offer less than its machine has, so more than all can be in use.
  const total = parts.reduce((sum, part) => sum + Math.max(part[0], part[1]), 0);
  return { share: total > 0 ? used / total : null, text: megabytes(Math.round(used)) };
}

/** The charts for which there is something to show. */
export function chartsOf(usage: readonly UsagePoint[]): readonly Chart[] {
  if (usage.length === 0) return [];
  const curve = (title: string, measure: Measure): Curve => ({
    title, samples: usage.map(({ time, nodes }) => ({ time, ...measure(nodes) })),
  });
  const charts: Chart[] = [{ title: "CPU", px: USE_PX, area: curve("CPU", cpu), line: curve("memory", memory) }];
  if (usage.some(({ nodes }) => nodes.some((node) => node.devices.length > 0))) {
    charts.push({ title: "GPU", px: USE_PX, area: curve("GPU", load), line: curve("VRAM", vram) });
  }
  return charts;
}

/** The sample that tells of a time: the newest by then. */
export function sampleAt({ samples }: Curve, time: number): Sample | null {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.time <= time) low = middle + 1;
    else high = middle;
  }
  const found = samples[low - 1] ?? null;
  return found !== null && time - found.time <= UNKNOWN_AFTER ? found : null;
}

export function drawChart(pen: Pen, chart: Chart, at: number, scale: TimeScale, area: Area, palette: Palette): void {
  frame(pen, area, palette);
  const x = (time: number) => area.left + scale.x(time, area.width);
  const y = (share: number) => area.top + area.height - 1 - share * (area.height - 4);
  clipped(pen, area, () => {
    for (const part of partsOf(chart.area.samples)) {
      pen.beginPath();
      pen.moveTo(x(part[0]!.time), y(0));
      for (const sample of part) pen.lineTo(x(sample.time), y(sample.share ?? 0));
      pen.lineTo(x(part.at(-1)!.time), y(0));
      pen.fillStyle = palette.tint.running;
      pen.fill();
      trace(pen, part, x, y, palette.face.running, []);
    }
    for (const part of partsOf(chart.line?.samples ?? [])) trace(pen, part, x, y, palette.text, [4, 3]);
  });
  const first = sampleAt(chart.area, at);
  const second = chart.line === null ? null : sampleAt(chart.line, at);
  label(pen, `━ ${chart.area.title} ${first?.text ?? ""}`, area, 0.3, palette.face.running, palette);
  if (chart.line !== null) label(pen, `┅ ${chart.line.title} ${second?.text ?? ""}`, area, 0.72, palette.text, palette);
}

export function drawDepth(pen: Pen, depth: Depth, scale: TimeScale, area: Area, palette: Palette, hatch: CanvasPattern | string): void {
  frame(pen, area, palette);
  clipped(pen, area, () => {
    const y = (count: number) => area.top + area.height - 1 - (count / Math.max(1, depth.most)) * (area.height - 3);
    pen.beginPath();
    pen.moveTo(area.left, y(0));
    let [last, drawnX, peak] = [0, -Infinity, 0];
    depth.times.forEach((time, at) => {
      const x = area.left + Math.min(Math.max(scale.x(time, area.width), -2), area.width + 2);
      peak = Math.max(peak, depth.counts[at]!);
      // Of what happens within a pixel the most is shown.
      if (x - drawnX < 1 && at < depth.times.length - 1) return;
      pen.lineTo(x, y(last));
      pen.lineTo(x, y(peak));
      pen.lineTo(x, y(depth.counts[at]!));
      [last, drawnX, peak] = [depth.counts[at]!, x, 0];
    });
    pen.lineTo(area.left + area.width, y(last));
    pen.lineTo(area.left + area.width, y(0));
    pen.fillStyle = hatch;
    pen.fill();
    pen.strokeStyle = palette.face.waiting;
    pen.lineWidth = 1;
    pen.stroke();
  });
  label(pen, `waiting ≤ ${depth.most}`, area, 0.5, palette.text, palette);
}

/** Stretches over which there are samples. */
function partsOf(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  const span = (samples.at(-1)?.time ?? 0) - (samples[0]?.time ?? 0);
  const longest = Math.max(UNKNOWN_AFTER, (6 * span) / Math.max(1, samples.length));
  const parts: Sample[][] = [];
  let before = -Infinity;
  for (const sample of samples) {
    if (sample.share === null) continue;
    if (sample.time - before > longest) parts.push([]);
    parts.at(-1)!.push(sample);
    before = sample.time;
  }
  return parts;
}

function trace(
  pen: Pen, part: readonly Sample[], x: (time: number) => number, y: (share: number) => number, colour: string, dash: number[],
): void {
  pen.beginPath();
  for (const sample of part) pen.lineTo(x(sample.time), y(sample.share ?? 0));
  pen.strokeStyle = colour;
  pen.lineWidth = 1.25;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

function frame(pen: Pen, area: Area, palette: Palette): void {
  pen.fillStyle = palette.line;
  pen.globalAlpha = 0.6;
  pen.fillRect(area.left, area.top + area.height - 1, area.width, 1);
  pen.globalAlpha = 1;
}

function clipped(pen: Pen, area: Area, draw: () => void): void {
  pen.save();
  pen.beginPath();
  pen.rect(area.left, area.top, area.width, area.height);
  pen.clip();
  draw();
  pen.restore();
}

function label(pen: Pen, text: string, area: Area, at: number, colour: string, palette: Palette): void {
  pen.font = `10.5px ${palette.family}`;
  pen.textBaseline = "middle";
  pen.fillStyle = colour;
  pen.fillText(cut(text, area.left - 10), 8, area.top + area.height * at);
}
