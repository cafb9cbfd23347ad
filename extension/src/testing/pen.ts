/** A canvas that notes what is painted on it: there is none in the tests' page. */

export interface Stroke {
  readonly what: string;
  readonly args: readonly unknown[];
  readonly fill: unknown;
}

/** Has all canvases note their strokes in one list until the test is over; returns how to stop. */
export function notePainting(): { readonly strokes: Stroke[]; stop(): void } {
  const strokes: Stroke[] = [];
  const state: Record<string, unknown> = {};
  const pen = new Proxy(state, {
    get: (own, name) => {
      if (typeof name !== "string" || name in own) return own[name as string];
      return (...args: unknown[]) => {
        strokes.push({ what: name, args, fill: own["fillStyle"] });
        return name === "createPattern" ? "hatched" : undefined;
      };
    },
    set: (own, name, value) => {
      own[name as string] = value;
      return true;
    },
  });
  const before = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = (() => pen) as unknown as typeof before;
  return { strokes, stop: () => (HTMLCanvasElement.prototype.getContext = before) };
}
