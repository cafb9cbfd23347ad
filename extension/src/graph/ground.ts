/** The canvas under the cards: painted anew only on change, and while a heavy drawing moves only shifted. */

import { h } from "../dom.ts";
import type { Pen, View } from "./paint.ts";

/** Paints the view and says how much that was. */
export type Painting = (pen: Pen, view: View, ratio: number) => number;

export interface GroundHost {
  view(): View;
  readonly paint: Painting;
  /** The whole drawing in small, and where it stands; null while there is none. */
  overview(): Overview | null;
  /** The drawing has come to rest after a move. */
  onRest(): void;
}

export interface Overview {
  readonly image: CanvasImageSource;
  /** Its size in the drawing's own units. */
  readonly width: number;
  readonly height: number;
}

export interface Ground {
  readonly element: HTMLCanvasElement;
  readonly isMoving: boolean;
  /** Something looks otherwise; a heavy drawing waits a while with it, unless it is for what a person just did. */
  repaint(isUrgent: boolean): void;
  /** The view was moved. */
  moved(): void;
  /** Paints at once: what stands above has changed its places in this very frame. */
  now(): void;
}

/** More things than this take longer to paint than a frame lasts. */
const HEAVY = 1200;
const REST_MS = 130;
/** A run tells of its tasks ten times a second; a heavy drawing follows at this pace. */
const PACE_MS = 500;
/** A picture stretched further than this, or showing less of the view, is painted anew in mid-move. */
const MOST_STRETCH = 1.9;
const LEAST_SHARE = 0.35;
const MOST_RATIO = 2;

export function createGround(host: GroundHost, signal: AbortSignal): Ground {
  const element = h("canvas", { class: "mz-ground", "aria-hidden": "true" });
  const pen = penOf(element);
  const kept = pen === null ? null : document.createElement("canvas");
  const keptPen = kept && penOf(kept);
  let keptView: View | null = null;
  let isMoving = false;
  let frame: number | null = null;
  let rest: ReturnType<typeof setTimeout> | null = null;
  let pace: ReturnType<typeof setTimeout> | null = null;
  let paintedAt = -Infinity;

  const paintAll = (view: View, ratio: number) => {
    keptView = null;
    paintedAt = performance.now();
    if (host.paint(pen!, view, ratio) <= HEAVY || !kept || !keptPen) return;
    if (kept.width !== element.width || kept.height !== element.height) Object.assign(kept, { width: element.width, height: element.height });
    else keptPen.clearRect(0, 0, kept.width, kept.height);
    keptPen.drawImage(element, 0, 0);
    keptView = view;
  };
  const draw = () => {
    frame = null;
    const view = host.view();
    if (pen === null || view.width < 1 || view.height < 1) return;
    const ratio = Math.min(MOST_RATIO, globalThis.devicePixelRatio || 1);
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    const isResized = element.width !== width || element.height !== height;
    if (isResized) Object.assign(element, { width, height });
    if (isMoving && !isResized && keptView !== null && isNear(keptView, view)) shift(pen, kept!, keptView, view, ratio, host.overview());
    else paintAll(view, ratio);
  };
  const ask = () => {
    if (!signal.aborted) frame ??= requestAnimationFrame(draw);
  };
  signal.addEventListener("abort", () => {
    if (frame !== null) cancelAnimationFrame(frame);
    for (const timer of [rest, pace]) if (timer !== null) clearTimeout(timer);
  }, { once: true });

  return {
    element,
    now() {
      if (frame !== null) cancelAnimationFrame(frame);
      draw();
    },
    get isMoving() {
      return isMoving;
    },
    repaint(isUrgent) {
      const wait = isUrgent || keptView === null ? 0 : paintedAt + PACE_MS - performance.now();
      if (wait <= 0) ask();
      else
        pace ??= setTimeout(() => {
          pace = null;
          ask();
        }, wait);
    },
    moved() {
      isMoving = true;
      if (pen !== null) element.classList.add("mz-moving");
      if (rest !== null) clearTimeout(rest);
      rest = setTimeout(() => {
        [isMoving, rest] = [false, null];
        element.classList.remove("mz-moving");
        host.onRest();
        ask();
      }, REST_MS);
      ask();
    },
  };
}

function penOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  return typeof CanvasRenderingContext2D === "undefined" ? null : canvas.getContext("2d");
}

/** Whether enough of the view is in a picture of another view, and sharp enough. */
function isNear(kept: View, view: View): boolean {
  const stretch = view.scale / kept.scale;
  if (stretch > MOST_STRETCH || stretch < 1 / MOST_STRETCH / 2) return false;
  const { left, top, width, height } = placeOf(kept, view);
  const across = Math.min(view.width, left + width) - Math.max(0, left);
  const down = Math.min(view.height, top + height) - Math.max(0, top);
  return across > 0 && down > 0 && across * down >= LEAST_SHARE * Math.min(view.width * view.height, width * height);
}

/** Where a picture of another view stands in this one. */
function placeOf(kept: View, view: View) {
  const stretch = view.scale / kept.scale;
  return {
    left: view.x - kept.x * stretch,
    top: view.y - kept.y * stretch,
    width: kept.width * stretch,
    height: kept.height * stretch,
  };
}

function shift(
  pen: CanvasRenderingContext2D,
  image: HTMLCanvasElement,
  kept: View,
  view: View,
  ratio: number,
  overview: Overview | null,
): void {
  const { left, top, width, height } = placeOf(kept, view);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.globalAlpha = 1;
  pen.imageSmoothingQuality = "low";
  const isWhole = left <= 0 && top <= 0 && left + width >= view.width && top + height >= view.height;
  if (overview !== null && !isWhole) {
    // What comes into sight is seen coarsely until the drawing rests.
    pen.drawImage(overview.image, view.x, view.y, overview.width * view.scale, overview.height * view.scale);
    pen.clearRect(left, top, width, height);
  }
  pen.drawImage(image, left, top, width, height);
}
