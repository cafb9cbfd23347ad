/** Lays graphs out beside the page's own thread; only the layout that was asked for last is told. */

import { drawGraph } from "./draw.ts";
import { sizesFor, type Drawing, type Link } from "./drawing.ts";
import workerSource from "./worker.ts?source";

export interface Asked {
  readonly number: number;
  readonly count: number;
  /** Source and target of each edge, one after the other. */
  readonly ends: Int32Array;
  /** How many layers there is room for side by side; null for as many as there are. */
  readonly columns: number | null;
}

export interface Drawn {
  readonly number: number;
  readonly drawing: Drawing;
}

export interface Layouter {
  /** Calls back at once for a small graph; for a large one later, and never once another was asked for. */
  layOut(count: number, links: readonly Link[], done: (drawing: Drawing) => void, columns?: number | null): void;
}

/** Up to so many tasks and edges a layout takes less than a frame, and a worker would only make it flicker. */
const SMALL = 900;

type Helper = Pick<Worker, "postMessage" | "terminate" | "addEventListener">;

export function createLayouter(signal: AbortSignal, start: () => Helper | null = startWorker): Layouter {
  let number = 0;
  let helper: Helper | null | undefined;
  let waiting: { asked: Asked; links: readonly Link[]; done: (drawing: Drawing) => void } | null = null;

  const stop = () => {
    helper?.terminate();
    helper = null;
  };
  const finish = (drawn: Drawn) => {
    if (waiting === null || drawn.number !== waiting.asked.number) return;
    const { done } = waiting;
    waiting = null;
    done(drawn.drawing);
  };
  /** In a later turn, so that what is known already is on the screen before. */
  const layOutHere = () => {
    const asked = waiting?.asked.number;
    setTimeout(() => {
      if (waiting === null || waiting.asked.number !== asked || signal.aborted) return;
      finish({ number: waiting.asked.number, drawing: drawGraph(waiting.asked.count, waiting.links, sizesFor(waiting.asked.columns)) });
    });
  };
  const helping = (): Helper | null => {
    if (helper !== undefined) return helper;
    helper = start();
    helper?.addEventListener("message", (event) => finish((event as MessageEvent<Drawn>).data));
    // A policy of the page may forbid it only once it is to run.
    helper?.addEventListener("error", (event) => {
      event.preventDefault();
      stop();
      if (waiting !== null) layOutHere();
    });
    return helper;
  };
  signal.addEventListener("abort", () => {
    waiting = null;
    stop();
  }, { once: true });

  return {
    layOut(count, links, done, columns = null) {
      number += 1;
      if (count + links.length <= SMALL) {
        waiting = null;
        done(drawGraph(count, links, sizesFor(columns)));
        return;
      }
      waiting = { asked: { number, count, ends: Int32Array.from(links.flat()), columns }, links, done };
      const beside = helping();
      if (beside === null) layOutHere();
      else beside.postMessage(waiting.asked);
    },
  };
}

function startWorker(): Helper | null {
  if (!workerSource || typeof Worker === "undefined" || typeof URL.createObjectURL !== "function") return null;
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } catch {
    // Some pages forbid workers, or those of blob: addresses.
    return null;
  } finally {
    // What the worker loads is settled by then in every browser.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
