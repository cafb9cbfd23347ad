/** Paints a scene on a canvas: frames, edges and the cards that are no elements, each by how far out it is seen. */

import type { Lights } from "./lights.ts";
import type { Looks } from "./looks.ts";
import { NAMES_FROM, paintCards } from "./paint_cards.ts";
import { paintEdges } from "./paint_edges.ts";
import type { Palette } from "./palette.ts";
import { meets, type Scene } from "./scene.ts";
import type { Box } from "./viewport.ts";

export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Where the drawing's origin stands, in pixels of the page, and how large it is. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

export interface Picture {
  readonly scene: Scene;
  readonly looks: Looks;
  readonly lights: Lights;
  readonly palette: Palette;
  /** Whether the card is an element, which stands over the canvas and is not painted. */
  isElement(card: number): boolean;
  /** Numbers of the edges under the pointer and chosen; -1 for none. */
  readonly hovered: number;
  readonly selected: number;
}

const FRAME_RADIUS = 7;
/** Names of frames are painted where their elements would be too small to read. */
const TITLE_BELOW = 0.28;
const TITLE_PX = 11;

/** `ratio` is the pixels of the canvas for one of the page; the number of things painted is told. */
export function paint(pen: Pen, picture: Picture, view: View, ratio: number): number {
  const { x, y, scale, width, height } = view;
  const seen: Box = { x: -x / scale, y: -y / scale, width: width / scale, height: height / scale };
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, Math.ceil(width * ratio), Math.ceil(height * ratio));
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  pen.globalAlpha = 1;
  paintFrames(pen, picture, seen, scale);
  // Among blocks seen from afar a way is lost unless it leads over them.
  const isOver = scale < NAMES_FROM;
  const edges = paintEdges(pen, picture, seen, scale, false);
  if (!isOver) paintEdges(pen, picture, seen, scale, true);
  const cards = paintCards(pen, picture, seen, scale);
  if (isOver) paintEdges(pen, picture, seen, scale, true);
  paintTitles(pen, picture, seen, view, ratio);
  return edges + cards;
}

function paintFrames(pen: Pen, { scene, palette }: Picture, seen: Box, scale: number): void {
  pen.fillStyle = palette.frame;
  pen.strokeStyle = palette.line;
  pen.lineWidth = Math.max(1, 0.6 / scale);
  for (const { frames } of scene.hulls) {
    for (const frame of frames) {
      if (!meets(frame, seen)) continue;
      pen.beginPath();
      pen.roundRect(frame.x, frame.y, frame.width, frame.height, FRAME_RADIUS);
      pen.fill();
      pen.stroke();
    }
  }
}

function paintTitles(pen: Pen, { scene, palette }: Picture, seen: Box, view: View, ratio: number): void {
  if (view.scale >= TITLE_BELOW) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.font = `600 ${TITLE_PX}px ${palette.family}`;
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = palette.ground;
  pen.fillStyle = palette.text;
  const taken: Box[] = [];
  for (const { name, frames, x, y } of scene.hulls) {
    if (frames.length !== 1 || !meets(frames[0]!, seen)) continue;
    const [left, base] = [x * view.scale + view.x + 2, y * view.scale + view.y - 3];
    const box = { x: left, y: base - TITLE_PX, width: pen.measureText(name).width + 6, height: TITLE_PX };
    // One name over another would leave neither to be read.
    if (taken.some((other) => meets(box, other))) continue;
    taken.push(box);
    pen.strokeText(name, left, base);
    pen.fillText(name, left, base);
  }
}
