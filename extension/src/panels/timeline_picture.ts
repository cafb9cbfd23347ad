/** The canvas of a timeline: its size, its colours, and all that is painted on it. */

import { isGoingOn } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { readPalette, type Palette } from "../graph/palette.ts";
import type { Bar, Depth, Lane } from "./timeline_bars.ts";
import { drawChart, drawDepth, type Chart } from "./timeline_charts.ts";
import { drawAxis, drawLanes, hatchOf, type Area, type Pen } from "./timeline_draw.ts";
import type { BarPlace, Rows } from "./timeline_rows.ts";
import { ticksOf, type TimeScale } from "./timeline_scale.ts";

export interface Scene {
  readonly bars: readonly Bar[];
  readonly lanes: readonly Lane[];
  readonly rows: Rows;
  readonly depth: Depth;
  readonly charts: readonly Chart[];
  readonly critical: ReadonlySet<string>;
}

export const EMPTY_SCENE: Scene = {
  bars: [], lanes: [], rows: { rows: [], height: 0 }, depth: { times: [], counts: [], most: 0 }, charts: [], critical: new Set(),
};

/** What is painted over the scene, for the person who looks at it. */
export interface Marks {
  readonly isWhole: boolean;
  readonly isCriticalShown: boolean;
  readonly chosen: string | null;
  readonly focused: BarPlace | null;
  readonly hovered: BarPlace | null;
  /** In pixels of the panel: where the pointer is, and what is being marked. */
  readonly pointedX: number | null;
  readonly brushed: readonly [number, number] | null;
  readonly scrollTop: number;
}

const AXIS_PX = 20;
const DEPTH_PX = 24;
const GAP_PX = 4;
const RIGHT_PX = 8;
const TICK_APART_PX = 74;
const NARROW_PX = 560;
const LIKELY = { width: 640, height: 320 };

export class Picture {
  #size = LIKELY;
  #palette: Palette | null = null;
  #hatch: CanvasPattern | string = "";

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly root: HTMLElement,
  ) {}

  get size(): { readonly width: number; readonly height: number } {
    return this.#size;
  }

  /** Takes the room that an element has. */
  resize({ clientWidth, clientHeight }: Element): void {
    this.#size = { width: clientWidth || LIKELY.width, height: clientHeight || LIKELY.height };
    this.canvas.style.height = `${this.#size.height}px`;
  }

  /** The theme is another one. */
  forgetColours(): void {
    this.#palette = null;
  }

  /** How high the part is that stays while the lanes are scrolled. */
  headPx({ charts, depth }: Scene): number {
    const used = charts.reduce((sum, { px }) => sum + px + GAP_PX, 0);
    return AXIS_PX + used + (depth.most > 0 ? DEPTH_PX + GAP_PX : 0);
  }

  lanesArea(scene: Scene): Area {
    const [left, top] = [this.#size.width < NARROW_PX ? 106 : 136, this.headPx(scene)];
    return { left, top, width: this.#size.width - left - RIGHT_PX, height: this.#size.height - top };
  }

  paint(scene: Scene, marks: Marks, scale: TimeScale, view: RunView): void {
    const pen = this.canvas.getContext("2d");
    if (pen === null) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.#size.width * ratio), Math.round(this.#size.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    if (this.#palette === null) {
      this.#palette = readPalette(this.root);
      this.#hatch = hatchOf(pen, this.#palette.face.waiting);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.#size.width, this.#size.height);
    const now = view.kernelTime();
    this.#paintHead(pen, scene, marks, scale, view.run?.started ?? scale.shown.start, now, this.#palette);
    const area = this.lanesArea(scene);
    const critical = marks.isCriticalShown ? scene.critical : EMPTY_SCENE.critical;
    drawLanes(pen, { ...marks, rows: scene.rows, critical, now }, scale, area, marks.scrollTop, this.#palette, this.#hatch);
    this.#paintMarks(pen, marks, area, isGoingOn(view.run) ? scale.x(now, area.width) : null, this.#palette);
  }

  #paintHead(pen: Pen, scene: Scene, marks: Marks, scale: TimeScale, origin: number, now: number, palette: Palette): void {
    const area = this.lanesArea(scene);
    const ticks = ticksOf(scale.shown, origin, Math.max(2, Math.floor(area.width / TICK_APART_PX)));
    drawAxis(pen, ticks, origin, scale, { ...area, top: 0, height: AXIS_PX }, this.#size.height, palette);
    const at = marks.pointedX === null ? Math.min(scale.shown.end, now) : scale.time(marks.pointedX - area.left, area.width);
    let top = AXIS_PX;
    for (const chart of scene.charts) {
      drawChart(pen, chart, at, scale, { ...area, top, height: chart.px }, palette);
      top += chart.px + GAP_PX;
    }
    if (scene.depth.most > 0) drawDepth(pen, scene.depth, scale, { ...area, top, height: DEPTH_PX }, palette, this.#hatch);
  }

  #paintMarks(pen: Pen, marks: Marks, area: Area, nowX: number | null, palette: Palette): void {
    pen.fillStyle = palette.accent;
    if (nowX !== null && nowX > 0 && nowX < area.width) pen.fillRect(area.left + nowX, AXIS_PX - 4, 1, this.#size.height);
    if (marks.pointedX !== null) {
      pen.globalAlpha = 0.4;
      pen.fillStyle = palette.quiet;
      pen.fillRect(Math.round(marks.pointedX), AXIS_PX - 4, 1, this.#size.height);
      pen.globalAlpha = 1;
    }
    if (marks.brushed === null) return;
    pen.fillStyle = palette.accent;
    pen.globalAlpha = 0.2;
    pen.fillRect(marks.brushed[0], 0, marks.brushed[1] - marks.brushed[0], this.#size.height);
    pen.globalAlpha = 1;
  }
}
