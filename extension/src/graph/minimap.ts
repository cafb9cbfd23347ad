/** The whole drawing in a corner, with the part that is in sight; dragging in it moves the view. */

import { h } from "../dom.ts";
import type { Overview } from "./ground.ts";
import type { Palette } from "./palette.ts";
import type { Viewport } from "./viewport.ts";

const WIDEST = 168;
const HIGHEST = 96;
/** It covers no more than this share of the view, either way. */
const SHARE = 0.22;
/** A little that is out of sight needs no map. */
const WORTH = 1.06;

export interface Minimap {
  readonly element: HTMLElement;
  /** Whether there is a map to see, and so an overview to keep. */
  isNeeded(size: { readonly width: number; readonly height: number }): boolean;
  draw(overview: Overview | null, palette: Palette): void;
}

export function createMinimap(viewport: () => Viewport, signal: AbortSignal): Minimap {
  const canvas = h("canvas", { class: "mz-minimap", "aria-hidden": "true", hidden: true });
  const pen = typeof CanvasRenderingContext2D === "undefined" ? null : canvas.getContext("2d");
  let scale = 1;

  const moveTo = (event: PointerEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    viewport().centreOn((event.clientX - left) / scale, (event.clientY - top) / scale);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    moveTo(event);
    event.stopPropagation();
  }, { signal });
  // The focus stays in the graph.
  canvas.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) moveTo(event);
  }, { signal });

  return {
    element: canvas,
    isNeeded({ width, height }) {
      const seen = viewport().visible();
      const isOut = seen.x > 0 || seen.y > 0 || seen.x + seen.width < width || seen.y + seen.height < height;
      return isOut && (width > seen.width * WORTH || height > seen.height * WORTH);
    },
    draw(overview, palette) {
      canvas.hidden = overview === null;
      if (overview === null || pen === null) return;
      const seen = viewport().visible();
      const most = (limit: number, room: number) => Math.min(limit, SHARE * room * viewport().scale);
      scale = Math.min(most(WIDEST, seen.width) / overview.width, most(HIGHEST, seen.height * 1.3) / overview.height);
      const [width, height] = [Math.max(24, overview.width * scale), Math.max(16, overview.height * scale)];
      const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
      Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.drawImage(overview.image, 0, 0, overview.width * scale, overview.height * scale);
      pen.strokeStyle = palette.accent;
      pen.lineWidth = 1.5;
      pen.strokeRect(seen.x * scale + 0.75, seen.y * scale + 0.75, Math.max(3, seen.width * scale - 1.5), Math.max(3, seen.height * scale - 1.5));
    },
  };
}
