/** Heights within layers: each vertex as near to its neighbours as order and spacing allow. */

import type { Neighbours } from "./order.ts";

/** Half the room each vertex takes, top to bottom, gap included. */
export type HalfRoom = (vertex: number) => number;

const PASSES = 8;

/** Centre of every vertex, by its index; `given` centres of vertices outside the layers stay. */
export function alignLayers(
  layers: readonly (readonly number[])[],
  neighbours: Neighbours,
  halfRoom: HalfRoom,
  given?: readonly number[],
): number[] {
  const centre: number[] = [...(given ?? [])];
  for (const layer of given === undefined ? layers : []) {
    const offsets = stack(layer, halfRoom);
    const middle = (offsets.at(-1) ?? 0) / 2;
    layer.forEach((vertex, index) => (centre[vertex] = offsets[index]! - middle));
  }
  for (let pass = 0; pass < PASSES; pass += 1) {
    const isForward = pass % 2 === 0;
    const isLast = pass >= PASSES - 2;
    for (let step = 0; step < layers.length; step += 1) {
      const layer = layers[isForward ? step : layers.length - 1 - step]!;
      const wanted = layer.map((vertex) => {
        const beside = isForward ? neighbours.back[vertex]! : neighbours.on[vertex]!;
        const both = [...neighbours.back[vertex]!, ...neighbours.on[vertex]!];
        const pull = isLast || beside.length === 0 ? both : beside;
        return pull.length === 0 ? centre[vertex]! : mean(pull, centre);
      });
      const settled = spread(wanted, stack(layer, halfRoom));
      layer.forEach((vertex, index) => (centre[vertex] = settled[index]!));
    }
  }
  return centre;
}

/** Least places of a layer's vertices, one below the other, the first at 0. */
function stack(layer: readonly number[], halfRoom: HalfRoom): number[] {
  let at = 0;
  return layer.map((vertex, index) => {
    if (index > 0) at += halfRoom(layer[index - 1]!) + halfRoom(vertex);
    return at;
  });
}

function mean(vertices: readonly number[], centre: readonly number[]): number {
  let sum = 0;
  for (const vertex of vertices) sum += centre[vertex]!;
  return sum / vertices.length;
}

/**
 * The places nearest to those wanted (least squares) that keep at least the given offsets apart:
 * isotonic regression by pooling adjacent violators, in linear time.
 */
function spread(wanted: readonly number[], offsets: readonly number[]): number[] {
  const pools: { sum: number; size: number }[] = [];
  wanted.forEach((want, index) => {
    let pool = { sum: want - offsets[index]!, size: 1 };
    for (let above = pools.at(-1); above !== undefined; above = pools.at(-1)) {
      if (above.sum / above.size <= pool.sum / pool.size) break;
      pool = { sum: pool.sum + above.sum, size: pool.size + above.size };
      pools.pop();
    }
    pools.push(pool);
  });
  return pools
    .flatMap(({ sum, size }) => new Array<number>(size).fill(sum / size))
    .map((value, index) => value + offsets[index]!);
}
