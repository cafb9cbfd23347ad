/** Pan and zoom of a drawing by wheel, drag, pinch and buttons. */

import { s } from "../dom.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Viewport {
  /** Where the drawing's elements go. */
  readonly stage: SVGGElement;
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  /** What of the drawing is in sight. */
  visible(): Box;
  /** Shows all of a drawing, or as much as stays legible of a huge one. */
  fit(box: Box): void;
  /** Shows all of a drawing where it can be no smaller than that, else its beginning: its left, at the height of a box. */
  begin(box: Box, least: number, first: Box): void;
  /** Moves only as far as is needed for the box to be seen; all of the drawing, where it has room. */
  reveal(box: Box, whole: Box): void;
  zoomBy(factor: number): void;
  /** Brings a point of the drawing to the middle, as a person's own move. */
  centreOn(x: number, y: number): void;
  /** The drawing's coordinates of a point on the page. */
  toDrawing(clientX: number, clientY: number): { x: number; y: number };
}

export interface ViewportHost {
  /** Whether a wheel without Ctrl is meant for the drawing rather than the page. */
  hasWheel(): boolean;
  /** A wheel was left to the page. */
  onWheelLeft(): void;
  /** The drawing stands elsewhere, or is of another size. */
  onMove(scale: number): void;
  /** The person moved the drawing, so it should no longer be moved for them. */
  onUserMove(): void;
}

const SMALLEST = 0.02;
const LARGEST = 2.5;
const FIT_LARGEST = 1;
const MARGIN = 14;
/** Shown on both sides of what is revealed, so that its edges are seen to lead on. */
const AROUND = 70;
const DRAG_FROM_PX = 4;

export function createViewport(
  svg: SVGSVGElement,
  host: ViewportHost,
  signal: AbortSignal,
): Viewport {
  const stage = s("g", { class: "mz-stage" });
  svg.append(stage);
  let [x, y, scale] = [MARGIN, MARGIN, 1];

  const move = (nextX: number, nextY: number, nextScale: number) => {
    [x, y, scale] = [nextX, nextY, nextScale];
    stage.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${scale.toFixed(4)})`);
    host.onMove(scale);
  };
  const zoomAt = (factor: number, atX: number, atY: number) => {
    host.onUserMove();
    const next = Math.min(LARGEST, Math.max(SMALLEST, scale * factor));
    move(atX - ((atX - x) * next) / scale, atY - ((atY - y) * next) / scale, next);
  };

  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !host.hasWheel()) {
      host.onWheelLeft();
      return;
    }
    event.preventDefault();
    const { left, top } = svg.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const step = Math.max(-60, Math.min(60, event.deltaY * lines));
    zoomAt(Math.exp(-step * (event.ctrlKey ? 0.008 : 0.004)), event.clientX - left, event.clientY - top);
  }, { passive: false, signal });
  listenToPointers(svg, (dx, dy) => {
    host.onUserMove();
    move(x + dx, y + dy, scale);
  }, zoomAt, signal);

  return {
    stage,
    get x() {
      return x;
    },
    get y() {
      return y;
    },
    get scale() {
      return scale;
    },
    visible() {
      const { width, height } = roomOf(svg);
      return { x: -x / scale, y: -y / scale, width: width / scale, height: height / scale };
    },
    fit(box) {
      const { width, height } = roomOf(svg);
      const wanted = Math.min((width - 2 * MARGIN) / box.width, (height - 2 * MARGIN) / box.height);
      const next = Math.max(SMALLEST, Math.min(FIT_LARGEST, wanted));
      const over = (room: number, size: number) => Math.max(MARGIN, (room - size * next) / 2);
      move(over(width, box.width) - box.x * next, over(height, box.height) - box.y * next, next);
    },
    begin(box, least, first) {
      const { width, height } = roomOf(svg);
      const wanted = Math.min((width - 2 * MARGIN) / box.width, (height - 2 * MARGIN) / box.height);
      const next = Math.min(FIT_LARGEST, Math.max(least, wanted));
      const along = (room: number, size: number, at: number) => {
        if (size * next <= room - 2 * MARGIN) return Math.max(MARGIN, (room - size * next) / 2);
        return Math.min(MARGIN, Math.max(room - MARGIN - size * next, room / 2 - at * next));
      };
      const [left, top] = [along(width, box.width, 0), along(height, box.height, first.y - box.y + first.height / 2)];
      move(left - box.x * next, top - box.y * next, next);
    },
    reveal(box, whole) {
      const { width, height } = roomOf(svg);
      const around = Math.min(AROUND, width / scale / 6);
      const wide = { start: box.x - around, size: box.width + 2 * around };
      const along = (at: number, all: Span, part: Span, room: number) => {
        const { start, size } = all.size * scale <= room - 2 * MARGIN ? all : part;
        return at + shift(at + start * scale, size * scale, room);
      };
      move(
        along(x, { start: whole.x, size: whole.width }, wide, width),
        along(y, { start: whole.y, size: whole.height }, { start: box.y, size: box.height }, height),
        scale,
      );
    },
    zoomBy(factor) {
      const { width, height } = roomOf(svg);
      zoomAt(factor, width / 2, height / 2);
    },
    centreOn(atX, atY) {
      const { width, height } = roomOf(svg);
      host.onUserMove();
      move(width / 2 - atX * scale, height / 2 - atY * scale, scale);
    },
    toDrawing(clientX, clientY) {
      const { left, top } = svg.getBoundingClientRect();
      return { x: (clientX - left - x) / scale, y: (clientY - top - y) / scale };
    },
  };
}

interface Span {
  readonly start: number;
  readonly size: number;
}

function roomOf(svg: SVGSVGElement): { width: number; height: number } {
  const { width, height } = svg.getBoundingClientRect();
  return { width: width || 600, height: height || 300 };
}

function shift(start: number, size: number, room: number): number {
  if (start < MARGIN) return MARGIN - start;
  return Math.min(0, room - MARGIN - (start + size));
}

function listenToPointers(
  svg: SVGSVGElement,
  pan: (dx: number, dy: number) => void,
  zoomAt: (factor: number, x: number, y: number) => void,
  signal: AbortSignal,
): void {
  const held = new Map<number, { x: number; y: number }>();
  let travelled = 0;

  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (held.size === 0) travelled = 0;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }, { signal });
  svg.addEventListener("pointermove", (event) => {
    const from = held.get(event.pointerId);
    if (from === undefined) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    travelled += Math.abs(dx) + Math.abs(dy);
    if (travelled < DRAG_FROM_PX) return;
    // Captured only once it is a drag: a captured pointer's click would miss the node under it.
    if (!svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
    svg.classList.add("mz-is-dragged");
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (other === undefined) pan(dx, dy);
    else pinch(svg, from, { x: event.clientX, y: event.clientY }, other, zoomAt);
  }, { signal });
  const release = (event: PointerEvent) => {
    held.delete(event.pointerId);
    if (held.size === 0) svg.classList.remove("mz-is-dragged");
  };
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
    svg.addEventListener(type, release, { signal });
  }
  // The click that ends a drag chooses nothing.
  svg.addEventListener("click", (event) => {
    if (travelled >= DRAG_FROM_PX) event.stopImmediatePropagation();
    travelled = 0;
  }, { capture: true, signal });
}

function pinch(
  svg: SVGSVGElement,
  from: { x: number; y: number },
  to: { x: number; y: number },
  other: { x: number; y: number },
  zoomAt: (factor: number, x: number, y: number) => void,
): void {
  const { left, top } = svg.getBoundingClientRect();
  const before = Math.hypot(from.x - other.x, from.y - other.y);
  const after = Math.hypot(to.x - other.x, to.y - other.y);
  if (before > 0) zoomAt(after / before, (to.x + other.x) / 2 - left, (to.y + other.y) / 2 - top);
}
