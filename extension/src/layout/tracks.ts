/** One connected part as layers of vertices: its nodes, and a bend for each layer a long edge passes. */

import type { Link } from "./drawing.ts";
import type { Neighbours } from "./order.ts";

export interface Tracks {
  readonly layers: readonly (readonly number[])[];
  readonly neighbours: Neighbours;
  /** For each edge of the part the bends it passes, left to right. */
  readonly bends: readonly (readonly number[])[];
}

/** Beyond so many, the longest edges are drawn straight: bends of a deep graph grow with its square. */
const MOST_BENDS = 6000;

/** Vertices below `count` are nodes, the others bends. */
export function layTracks(count: number, links: readonly Link[], layer: readonly number[]): Tracks {
  const depth = layer.reduce((most, at) => Math.max(most, at), 0) + 1;
  const layers: number[][] = Array.from({ length: depth }, () => []);
  layer.forEach((at, node) => layers[at]!.push(node));
  const back: number[][] = Array.from({ length: count }, () => []);
  const on: number[][] = Array.from({ length: count }, () => []);
  const bends: number[][] = links.map(() => []);
  const span = (index: number) => layer[links[index]![1]]! - layer[links[index]![0]]!;
  const byLength = links.map((_, index) => index).sort((a, b) => span(a) - span(b));
  let vertices = count;
  const join = (from: number, to: number) => {
    on[from]!.push(to);
    back[to]!.push(from);
  };
  for (const index of byLength) {
    const [source, target] = links[index]!;
    const needed = span(index) - 1;
    if (needed > 0 && vertices - count + needed > MOST_BENDS) continue;
    let from = source;
    for (let at = layer[source]! + 1; at < layer[target]!; at += 1) {
      const bend = vertices;
      vertices += 1;
      back.push([]);
      on.push([]);
      layers[at]!.push(bend);
      bends[index]!.push(bend);
      join(from, bend);
      from = bend;
    }
    join(from, target);
  }
  return { layers, neighbours: { back, on }, bends };
}
