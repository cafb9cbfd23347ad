/** Moving a timeline by pointer, wheel and keys; it says what was meant and draws nothing. */

import type { Step } from "./timeline_rows.ts";

export interface TimelineActions {
  /** Zooms around a place from 0 to 1 of the width. */
  zoom(factor: number, at: number): void;
  /** Moves by pixels. */
  pan(dx: number, dy: number): void;
  /** A stretch is being marked, in pixels of the panel; null when that is over. */
  brush(range: readonly [from: number, to: number] | null): void;
  zoomTo(from: number, to: number): void;
  fit(): void;
  point(x: number, y: number): void;
  leave(): void;
  press(x: number, y: number): void;
  step(step: Step): void;
  choose(): void;
}

/** Whether a place is where a drag marks a stretch of time, and how wide the scale is. */
export interface TimelineShape {
  isHead(y: number): boolean;
  readonly left: number;
  readonly width: number;
}

const DRAG_FROM_PX = 4;
const ZOOM_KEY = 1.4;

const STEPS: Readonly<Record<string, Step>> = {
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last",
};

export function listenToTimeline(
  canvas: HTMLElement, shape: () => TimelineShape, actions: TimelineActions, signal: AbortSignal,
): void {
  listenToPointer(canvas, shape, actions, signal);
  canvas.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    if (event.ctrlKey || event.metaKey) {
      const { left, width } = shape();
      const { x } = placeOf(canvas, event);
      const step = Math.max(-60, Math.min(60, event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1)));
      actions.zoom(Math.exp(-step * 0.006), Math.min(1, Math.max(0, (x - left) / width)));
    } else if (sideways !== 0) {
      actions.pan(-sideways, 0);
    } else {
      return;
    }
    event.preventDefault();
  }, { passive: false, signal });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !press(event.key, actions)) return;
    event.preventDefault();
    // The notebook would take these for moving between cells.
    event.stopPropagation();
  }, { signal });
}

function press(key: string, actions: TimelineActions): boolean {
  const step = STEPS[key];
  if (step !== undefined) actions.step(step);
  else if (key === "Enter" || key === " ") actions.choose();
  else if (key === "+" || key === "=") actions.zoom(ZOOM_KEY, 0.5);
  else if (key === "-") actions.zoom(1 / ZOOM_KEY, 0.5);
  else if (key === "0" || key === "f") actions.fit();
  else return false;
  return true;
}

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly isBrush: boolean;
  lastX: number;
  lastY: number;
  hasMoved: boolean;
}

function listenToPointer(
  canvas: HTMLElement, shape: () => TimelineShape, actions: TimelineActions, signal: AbortSignal,
): void {
  let drag: Drag | null = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { x, y } = placeOf(canvas, event);
    drag = { x, y, lastX: x, lastY: y, isBrush: shape().isHead(y) || event.shiftKey, hasMoved: false };
  }, { signal });
  canvas.addEventListener("pointermove", (event) => {
    const { x, y } = placeOf(canvas, event);
    if (drag === null) {
      actions.point(x, y);
      return;
    }
    if (!drag.hasMoved && Math.hypot(x - drag.x, y - drag.y) < DRAG_FROM_PX) return;
    if (!drag.hasMoved) {
      drag.hasMoved = true;
      canvas.setPointerCapture(event.pointerId);
      actions.leave();
    }
    if (drag.isBrush) actions.brush([Math.min(drag.x, x), Math.max(drag.x, x)]);
    else actions.pan(x - drag.lastX, event.pointerType === "mouse" ? y - drag.lastY : 0);
    [drag.lastX, drag.lastY] = [x, y];
  }, { signal });
  const end = (event: PointerEvent, isDone: boolean) => {
    const ended = drag;
    drag = null;
    if (ended === null) return;
    if (ended.isBrush) actions.brush(null);
    if (!isDone) return;
    const { x, y } = placeOf(canvas, event);
    if (!ended.hasMoved) actions.press(x, y);
    else if (ended.isBrush) actions.zoomTo(Math.min(ended.x, x), Math.max(ended.x, x));
  };
  canvas.addEventListener("pointerup", (event) => end(event, true), { signal });
  canvas.addEventListener("pointercancel", (event) => end(event, false), { signal });
  canvas.addEventListener("pointerleave", () => drag === null && actions.leave(), { signal });
  canvas.addEventListener("dblclick", () => actions.fit(), { signal });
}

function placeOf(canvas: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const { left, top } = canvas.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}
