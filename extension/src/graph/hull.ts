/** The frame round an open group, with its name, which closes it. */

import { s } from "../dom.ts";
import type { OpenGroup } from "../model/groups.ts";
import type { Box } from "./viewport.ts";

export interface Hull {
  readonly path: string;
  readonly name: string;
  readonly frames: readonly Box[];
  /** Where its name stands. */
  readonly x: number;
  readonly y: number;
}

const PADDING = 7;

export function hullsOf(
  open: readonly OpenGroup[],
  boxes: readonly Box[],
  numberOf: (id: string) => number,
  cardsIn: (box: Box) => readonly number[],
): Hull[] {
  return open.map(({ path, cards }) => {
    const parts = path.split("/");
    const own = cards.map(numberOf);
    const frames = framesOf(own, boxes, cardsIn, PADDING - 2 * Math.min(3, parts.length - 1));
    const first = frames.reduce((best, box) => (box.y < best.y || (box.y === best.y && box.x < best.x) ? box : best));
    return { path, name: parts.at(-1)!, frames, x: first.x, y: first.y };
  });
}

/** One frame where only its own cards are in it, else one round each card. */
function framesOf(
  own: readonly number[],
  boxes: readonly Box[],
  cardsIn: (box: Box) => readonly number[],
  padding: number,
): Box[] {
  const whole = around(own.map((at) => boxes[at]!), padding);
  const isOwn = new Set(own);
  // With more cards in it than its own it is mixed: no need to look which they are.
  const inside = cardsIn(whole);
  const isMixed = inside.length > own.length || inside.some((at) => !isOwn.has(at));
  return isMixed ? own.map((at) => around([boxes[at]!], padding)) : [whole];
}

function around(boxes: readonly Box[], padding: number): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left - padding, y: top - padding, width: right - left + 2 * padding, height: bottom - top + 2 * padding };
}

/** The name of an open group as an element, for pointer and keyboard; its frame is painted. */
export function createHullTitle({ path, name, x, y }: Hull, onTurn: (path: string) => void): SVGElement {
  const title = s(
    "g",
    { class: "mz-hull-title", role: "button", tabindex: 0, "aria-label": `Close ${name}` },
    s("title", {}, `Close ${path}`),
    s("text", { x: x + 10, y: y + 4 }, `− ${name}`),
  );
  const turn = (event: Event) => {
    event.stopPropagation();
    onTurn(path);
  };
  title.addEventListener("click", turn);
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    turn(event);
  });
  return s("g", { class: "mz-hull", "data-group": path }, title);
}
