/** What is said beside the pointer: what an edge carries, and which task a card is that is only painted. */

import { h } from "../dom.ts";
import { lookOf, wordOf } from "../glyphs.ts";
import type { RunView } from "../model/store.ts";
import { countsText, sumOf } from "../sum.ts";
import type { Board } from "./board.ts";
import { edgeText } from "./edges.ts";

const REACH_PX = 6;
/** Seen from further out, one edge can not be told from the next. */
const EDGES_FROM = 0.12;

/** The number of the edge within a few pixels of a point on the page; -1 for none. */
export function edgeUnder({ scene, viewport }: Board, clientX: number, clientY: number): number {
  if (scene === null || viewport.scale < EDGES_FROM) return -1;
  return scene.edgeAt(viewport.toDrawing(clientX, clientY), REACH_PX / viewport.scale);
}

export function listenForHover(
  board: Board,
  hover: HTMLElement,
  frame: HTMLElement,
  view: RunView,
  onEdge: (edge: number) => void,
  signal: AbortSignal,
): void {
  const { svg } = board;
  const hide = () => {
    hover.hidden = true;
    svg.classList.remove("mz-on-card");
    onEdge(-1);
  };
  svg.addEventListener("pointermove", (event) => {
    const { scene } = board;
    const isOnElement = event.target instanceof Element && event.target.closest(".mz-node, .mz-hull-title") !== null;
    if (scene === null || isOnElement || event.buttons !== 0) return hide();
    const card = scene.cardAt(board.viewport.toDrawing(event.clientX, event.clientY));
    const edge = card >= 0 ? -1 : edgeUnder(board, event.clientX, event.clientY);
    if (card < 0 && edge < 0) return hide();
    onEdge(edge);
    svg.classList.toggle("mz-on-card", card >= 0);
    hover.hidden = false;
    hover.replaceChildren(...(card >= 0 ? aboutCard(board, view, card) : aboutEdge(board, edge)));
    const { left, top, width, height } = frame.getBoundingClientRect();
    hover.style.left = `${Math.max(0, Math.min(event.clientX - left + 12, width - hover.offsetWidth - 4))}px`;
    const below = event.clientY - top + 12;
    hover.style.top = `${below + hover.offsetHeight > height ? Math.max(0, below - 24 - hover.offsetHeight) : below}px`;
  }, { signal });
  svg.addEventListener("pointerleave", hide, { signal });
}

function aboutEdge({ scene }: Board, at: number): (Node | string)[] {
  const { edge, source, target } = scene!.edges[at]!;
  return [h("b", {}, edgeText(edge)), ` ${scene!.cards[source]!.name} → ${scene!.cards[target]!.name}`];
}

function aboutCard({ scene }: Board, view: RunView, at: number): (Node | string)[] {
  const { id, name } = scene!.cards[at]!;
  const members = scene!.folded.members.get(id);
  const said = members === undefined ? wordOf(view.task(id)) : countsText(sumOf(members, view)) || lookOf("waiting").label;
  return [h("b", {}, name), ` ${said}`];
}

/** Says for a moment how to zoom. */
export function showHint(hint: HTMLElement): void {
  if (!hint.hidden) return;
  hint.hidden = false;
  setTimeout(() => (hint.hidden = true), 1500);
}
