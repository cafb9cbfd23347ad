/** Runs the layout in a Web Worker: one drawing for each message, in the order of their numbers. */

import { drawGraph } from "./draw.ts";
import { sizesFor } from "./drawing.ts";
import type { Asked, Drawn } from "./layouter.ts";

self.addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  const links = Array.from({ length: data.ends.length / 2 }, (_, at) => [data.ends[2 * at]!, data.ends[2 * at + 1]!] as const);
  const drawn: Drawn = { number: data.number, drawing: drawGraph(data.count, links, sizesFor(data.columns)) };
  self.postMessage(drawn);
});
