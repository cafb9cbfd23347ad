/** Removing edges: a button beside the edge that is pointed at, and Delete for one that was clicked. */

import { button, h, setText } from "../dom.ts";
import { edgeText } from "../graph/edges.ts";
import type { GraphSurface } from "../graph/overlay.ts";
import type { GraphEdge } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Editing } from "./editing.ts";

/** Pointed further away than this, the button goes. */
const NEAR_PX = 28;

export interface Cutter {
  hide(): void;
}

export function createCutter(view: RunView, editing: Editing, surface: GraphSurface, signal: AbortSignal): Cutter {
  let edge: GraphEdge | null = null;
  let at = { x: 0, y: 0 };
  /** A click keeps it until something else is clicked. */
  let isHeld = false;
  const label = h("span");
  const cut = button({ class: "mz-cut-button" }, () => remove(), "×");
  const element = h("div", { class: "mz-cut", hidden: true }, cut, label);
  surface.frame.append(element);

  const hide = () => {
    edge = null;
    isHeld = false;
    element.hidden = true;
  };
  const remove = () => {
    const found = edge;
    hide();
    if (found !== null) void editing.apply({ op: "cut", source: found.source, target: found.target });
  };
  const nameOf = (id: string) => view.graph?.tasks.find((task) => task.id === id)?.name ?? id;
  const show = (found: GraphEdge, x: number, y: number, isClicked: boolean) => {
    if (view.graph?.edges.some((each) => each.source === found.source && each.target === found.target) !== true) return;
    edge = found;
    isHeld = isClicked;
    at = { x, y };
    const { left, top } = surface.frame.getBoundingClientRect();
    element.style.left = `${x - left + 6}px`;
    element.style.top = `${y - top - 26}px`;
    element.hidden = false;
    const told = `${edgeText(found)}: ${nameOf(found.source)} → ${nameOf(found.target)}`;
    setText(label, isClicked ? told : "");
    cut.title = `Remove the edge ${told}`;
    cut.setAttribute("aria-label", cut.title);
    if (isClicked) cut.focus({ preventScroll: true });
  };
  surface.frame.addEventListener("pointermove", (event) => {
    if (!editing.isOpen || event.buttons !== 0 || isHeld) return;
    if (event.target instanceof Node && element.contains(event.target)) return;
    const found = surface.edgeAt(event.clientX, event.clientY);
    const isNear = Math.hypot(event.clientX - at.x, event.clientY - at.y) < NEAR_PX;
    if (found !== null && (edge === null || !isNear)) show(found, event.clientX, event.clientY, false);
    else if (found === null && edge !== null && !isNear) hide();
  }, { signal });
  surface.frame.addEventListener("click", (event) => {
    if (!editing.isOpen || (event.target instanceof Node && element.contains(event.target))) return;
    const isCard = surface.cardAt(event.clientX, event.clientY) !== null;
    const found = isCard ? null : surface.edgeAt(event.clientX, event.clientY);
    if (found === null) return hide();
    event.stopPropagation();
    show(found, event.clientX, event.clientY, true);
  }, { capture: true, signal });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") remove();
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
  return { hide };
}
