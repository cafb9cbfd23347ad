/** A canvas context that writes down what is painted, for tests in a page without a canvas. */

import type { Pen } from "../graph/paint.ts";

export interface Stroke {
  readonly what: string;
  readonly with: readonly unknown[];
  readonly fill: string;
  readonly stroke: string;
  readonly alpha: number;
}

export interface RecordingPen {
  readonly pen: Pen;
  readonly strokes: Stroke[];
  /** How often it was called so. */
  count(what: string): number;
}

export function recordingPen(): RecordingPen {
  const strokes: Stroke[] = [];
  const state: Record<string, unknown> = { fillStyle: "", strokeStyle: "", globalAlpha: 1 };
  const pen = new Proxy(state, {
    get(target, name) {
      if (typeof name !== "string") return undefined;
      if (name in target) return target[name];
      if (name === "measureText") return (text: string) => ({ width: text.length * 7 });
      return (...given: unknown[]) => {
        const [fill, stroke, alpha] = [target["fillStyle"], target["strokeStyle"], target["globalAlpha"]];
        strokes.push({ what: name, with: given, fill: String(fill), stroke: String(stroke), alpha: Number(alpha) });
      };
    },
  });
  return {
    // Only what is called of a context is there.
    pen: pen as unknown as Pen,
    strokes,
    count: (what) => strokes.filter((each) => each.what === what).length,
  };
}
