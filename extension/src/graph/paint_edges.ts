/** Paints edges: the many in a few strokes, then those that stand out over them. */

import { CRITICAL, DIM, LIT } from "./lights.ts";
import type { Pen, Picture } from "./paint.ts";
import type { SceneEdge } from "./scene.ts";
import { meets } from "./scene.ts";
import type { Box } from "./viewport.ts";

const MANY = 300;
/** Seen from so far out, a curve looks like the straight line it is painted as. */
const STRAIGHT_BELOW = 0.2;
/** One long path takes a browser more time than several short ones. */
const BATCH = 250;
/** Shorter on the page than this, an edge is lost between its cards. */
const LEAST_PX = 1.5;

/** `isOver` paints those that stand out, else the others. */
export function paintEdges(pen: Pen, picture: Picture, seen: Box, scale: number, isOver: boolean): number {
  const { scene, lights, palette, hovered, selected } = picture;
  const plain: SceneEdge[] = [];
  const dim: SceneEdge[] = [];
  const lit: SceneEdge[] = [];
  const critical: SceneEdge[] = [];
  let count = 0;
  scene.edges.forEach((edge, at) => {
    const { box } = edge;
    const marks = lights.edges[at]!;
    if (Boolean(marks & CRITICAL || (marks & LIT && !(marks & DIM))) !== isOver) return;
    if (!meets(box, seen) || (box.width + box.height) * scale < LEAST_PX) return;
    count += 1;
    if (marks & CRITICAL) critical.push(edge);
    else if (isOver) lit.push(edge);
    else if (marks & DIM) dim.push(edge);
    else plain.push(edge);
  });
  // The many are thinned out, so that the cards stay readable through them.
  const isMany = scene.edges.length > MANY;
  const far = scale < STRAIGHT_BELOW;
  const width = (px: number) => Math.max(px, (far ? 0.7 : px * 0.8) / scale);
  const draw = (edges: readonly SceneEdge[], colour: string, alpha: number, px: number) => {
    if (edges.length === 0) return;
    pen.strokeStyle = colour;
    pen.globalAlpha = alpha;
    pen.lineWidth = width(px);
    stroke(pen, edges, far);
  };
  draw(dim, palette.edge, isMany ? 0.1 : 0.16, 1.2);
  draw(plain, palette.edge, isMany ? 0.3 : 0.65, 1.2);
  draw(lit, palette.accent, 0.9, 1.5);
  draw(critical, palette.text, 0.85, 2.6);
  for (const at of isOver ? [selected, hovered] : []) {
    const edge = scene.edges[at];
    if (edge !== undefined) draw([edge], palette.accent, 1, at === selected ? 3 : 2);
  }
  pen.globalAlpha = 1;
  return count;
}

function stroke(pen: Pen, edges: readonly SceneEdge[], isFar: boolean): void {
  for (let first = 0; first < edges.length; first += BATCH) {
    pen.beginPath();
    for (const { curve } of edges.slice(first, first + BATCH)) {
      pen.moveTo(curve[0]!, curve[1]!);
      for (let at = 2; at < curve.length; at += 6) {
        if (isFar) pen.lineTo(curve[at + 4]!, curve[at + 5]!);
        else pen.bezierCurveTo(curve[at]!, curve[at + 1]!, curve[at + 2]!, curve[at + 3]!, curve[at + 4]!, curve[at + 5]!);
      }
    }
    pen.stroke();
  }
}
