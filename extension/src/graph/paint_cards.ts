/** Paints the cards that are no elements: near with name and glyph, further out glyph and colour, far out a block. */

import type { Face } from "../glyphs.ts";
import { lookOf } from "../glyphs.ts";
import { SIZES } from "../layout/drawing.ts";
import { BAR } from "../sum.ts";
import { CHOSEN, CRITICAL, CURRENT, DIM, MATCH } from "./lights.ts";
import type { Look } from "./looks.ts";
import { createRuler, fit, type Ruler } from "./measure.ts";
import { FAR_LEFT } from "./node.ts";
import type { Pen, Picture } from "./paint.ts";
import type { Palette } from "./palette.ts";
import type { Scene } from "./scene.ts";
import type { Box } from "./viewport.ts";

/** Names, then glyphs, are left out where they would be too small to read. */
export const NAMES_FROM = 0.375;
const GLYPHS_FROM = 0.2;
const DIM_ALPHA = 0.28;
const NAME_PX = 20;
const OUTSTANDING: ReadonlySet<Face> = new Set(["running", "was_running", "failed", "retrying"]);
const { nodeWidth: WIDTH, nodeHeight: HEIGHT } = SIZES;

export function paintCards(pen: Pen, picture: Picture, seen: Box, scale: number): number {
  const { scene, looks, lights } = picture;
  const numbers = scene.cardsIn(seen).filter((at) => !picture.isElement(at));
  const byFace = new Map<Face, number[]>();
  for (const at of numbers) {
    const { face } = looks.cards[at]!;
    const same = byFace.get(face);
    if (same === undefined) byFace.set(face, [at]);
    else same.push(at);
  }
  const card = painterFor(pen, picture, scale);
  for (const isDim of [true, false]) {
    pen.globalAlpha = isDim ? DIM_ALPHA : 1;
    for (const [face, same] of byFace) {
      const some = same.filter((at) => Boolean(lights.cards[at]! & DIM) === isDim);
      if (some.length > 0) card(some, face);
    }
  }
  pen.globalAlpha = 1;
  for (const at of numbers) paintMark(pen, scene.boxes[at]!, lights.cards[at]!, picture.palette, scale);
  return numbers.length;
}

type CardPainter = (numbers: readonly number[], face: Face) => void;

function painterFor(pen: Pen, picture: Picture, scale: number): CardPainter {
  if (scale >= NAMES_FROM) return (numbers, face) => paintNear(pen, picture, numbers, face);
  return (numbers, face) => paintFar(pen, picture, numbers, face, scale);
}

function paintNear(pen: Pen, { scene, looks, palette }: Picture, numbers: readonly number[], face: Face): void {
  const isLoud = OUTSTANDING.has(face);
  const isIdle = face === "waiting" || face === "pending";
  const ruler = rulerFor(palette.family);
  for (const at of numbers) {
    const { x, y } = scene.boxes[at]!;
    pen.fillStyle = isLoud ? palette.tint[face] : palette.ground;
    pen.strokeStyle = isLoud ? palette.face[face] : palette.line;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.roundRect(x, y, WIDTH, HEIGHT, 4);
    pen.fill();
    pen.stroke();
    paintBar(pen, looks.cards[at]!, x, y + HEIGHT - 3, palette);
    paintGlyph(pen, face, x + 7, y + HEIGHT / 2 - 10, 1.7, palette.face[face]);
    pen.fillStyle = isIdle ? palette.quiet : palette.text;
    pen.font = `600 ${NAME_PX}px ${palette.family}`;
    pen.fillText(nameFor(scene, at, ruler), x + FAR_LEFT, y + HEIGHT / 2 + 7);
  }
}

function paintFar(pen: Pen, { scene, looks, palette }: Picture, numbers: readonly number[], face: Face, scale: number): void {
  pen.fillStyle = palette.far[face];
  // A block of less than two pixels would be a haze.
  const height = Math.max(HEIGHT, Math.min(HEIGHT + SIZES.rowGap * 0.7, 2 / scale));
  for (const at of numbers) {
    const { x, y } = scene.boxes[at]!;
    pen.fillRect(x, y, WIDTH, height);
  }
  if (face === "failed" || face === "running") paintWithoutColour(pen, scene, numbers, face, palette, scale);
  if (scale < GLYPHS_FROM) return;
  for (const at of numbers) {
    const { x, y } = scene.boxes[at]!;
    if (looks.cards[at]!.sum !== null) paintBar(pen, looks.cards[at]!, x, y + HEIGHT - 8, palette, 8);
    paintGlyph(pen, face, x + 10, y + HEIGHT / 2 - 16, 2.6, palette.ground);
  }
}

/** From afar too the failed and the running are told from the rest by more than colour: crossed, and half empty. */
function paintWithoutColour(
  pen: Pen, scene: Scene, numbers: readonly number[], face: Face, palette: Palette, scale: number,
): void {
  if (face === "running") {
    pen.fillStyle = palette.ground;
    const inset = Math.min(HEIGHT / 3, 1 / scale);
    for (const at of numbers) {
      const { x, y } = scene.boxes[at]!;
      pen.fillRect(x + WIDTH / 2, y + inset, WIDTH / 2 - inset, HEIGHT - 2 * inset);
    }
    return;
  }
  const beyond = Math.min(SIZES.rowGap, 1.2 / scale);
  pen.strokeStyle = palette.text;
  pen.lineWidth = Math.min(10, 1.2 / scale);
  pen.beginPath();
  for (const at of numbers) {
    const { x, y } = scene.boxes[at]!;
    pen.rect(x - beyond, y - beyond, WIDTH + 2 * beyond, HEIGHT + 2 * beyond);
    pen.moveTo(x, y + HEIGHT);
    pen.lineTo(x + WIDTH, y);
  }
  pen.stroke();
}

function paintBar(pen: Pen, { sum, progress, face }: Look, x: number, y: number, palette: Palette, height = 3): void {
  if (sum === null) {
    if (progress <= 0) return;
    pen.fillStyle = palette.face[face];
    pen.fillRect(x, y, WIDTH * Math.min(1, progress), height);
    return;
  }
  const number = new Map(sum.counts);
  let left = 0;
  for (const each of BAR) {
    const share = ((number.get(each) ?? 0) / Math.max(1, sum.total)) * WIDTH;
    if (share === 0) continue;
    pen.fillStyle = palette.face[each];
    pen.fillRect(x + left, y, share, height);
    left += share;
  }
}

const GLYPHS = new Map<Face, { stroke: Path2D; fill: Path2D | null; dash: number[] }>();

function paintGlyph(pen: Pen, face: Face, x: number, y: number, size: number, colour: string): void {
  let glyph = GLYPHS.get(face);
  if (glyph === undefined) {
    const { stroke, fill, dash } = lookOf(face);
    glyph = {
      stroke: new Path2D(stroke),
      fill: fill === undefined ? null : new Path2D(fill),
      dash: (dash ?? "").split(" ").filter(Boolean).map(Number),
    };
    GLYPHS.set(face, glyph);
  }
  pen.translate(x, y);
  pen.scale(size, size);
  pen.lineWidth = 1.6;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.setLineDash(glyph.dash);
  pen.stroke(glyph.stroke);
  pen.setLineDash([]);
  if (glyph.fill !== null) pen.fill(glyph.fill);
  pen.scale(1 / size, 1 / size);
  pen.translate(-x, -y);
}

/** What was chosen, searched for or is critical has a frame of its own, at least a pixel and a half wide. */
function paintMark(pen: Pen, { x, y }: Box, marks: number, palette: Palette, scale: number): void {
  if (!(marks & (CHOSEN | CRITICAL | MATCH | CURRENT))) return;
  const width = Math.max(marks & CURRENT ? 3.5 : 2, 1.5 / scale);
  pen.strokeStyle = marks & (CHOSEN | MATCH | CURRENT) ? palette.accent : palette.text;
  pen.lineWidth = width;
  pen.strokeRect(x - width / 2, y - width / 2, WIDTH + width, HEIGHT + width);
}

let ruling: { family: string; ruler: Ruler } | null = null;

function rulerFor(family: string): Ruler {
  if (ruling?.family !== family) ruling = { family, ruler: createRuler(`600 ${NAME_PX}px ${family}`) };
  return ruling.ruler;
}

const NAMES = new WeakMap<Scene, Map<number, string>>();

function nameFor(scene: Scene, at: number, ruler: Ruler): string {
  let names = NAMES.get(scene);
  if (names === undefined) NAMES.set(scene, (names = new Map()));
  let name = names.get(at);
  if (name === undefined) names.set(at, (name = fit(scene.cards[at]!.name, WIDTH - FAR_LEFT - 4, ruler)));
  return name;
}
