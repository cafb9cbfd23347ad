/** Order within layers by barycentre sweeps, after Sugiyama, Tagawa and Toda (1981). */

/** Neighbours of each vertex, one layer back and one layer on. */
export interface Neighbours {
  readonly back: readonly (readonly number[])[];
  readonly on: readonly (readonly number[])[];
}

const SWEEPS = 8;

/** Layers of vertices, reordered so that few edges cross; the best order met is kept. */
export function orderLayers(
  layers: readonly (readonly number[])[],
  neighbours: Neighbours,
): number[][] {
  let current = layers.map((layer) => [...layer]);
  let best = current;
  let fewest = countCrossings(current, neighbours);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    current = sweepOnce(current, neighbours, sweep % 2 === 0);
    const crossings = countCrossings(current, neighbours);
    if (crossings < fewest) [best, fewest] = [current, crossings];
  }
  return best;
}

function sweepOnce(layers: number[][], neighbours: Neighbours, isForward: boolean): number[][] {
  const place = placesOf(layers);
  const next = layers.map((layer) => [...layer]);
  const beside = isForward ? neighbours.back : neighbours.on;
  for (let step = 0; step < layers.length; step += 1) {
    const layer = next[isForward ? step : layers.length - 1 - step]!;
    const centre = new Map(layer.map((vertex) => [vertex, barycentre(vertex, beside, place)]));
    layer.sort((a, b) => centre.get(a)! - centre.get(b)! || place[a]! - place[b]!);
    layer.forEach((vertex, index) => (place[vertex] = index));
  }
  return next;
}

function barycentre(
  vertex: number,
  beside: readonly (readonly number[])[],
  place: readonly number[],
): number {
  const others = beside[vertex]!;
  if (others.length === 0) return place[vertex]!;
  let sum = 0;
  for (const other of others) sum += place[other]!;
  return sum / others.length;
}

function placesOf(layers: readonly (readonly number[])[]): number[] {
  const place: number[] = [];
  for (const layer of layers) layer.forEach((vertex, index) => (place[vertex] = index));
  return place;
}

/** Pairs of edges that cross, by an accumulator tree: Barth, Mutzel and Jünger (2004). */
function countCrossings(
  layers: readonly (readonly number[])[],
  { on }: Neighbours,
): number {
  const place = placesOf(layers);
  let crossings = 0;
  for (let index = 0; index + 1 < layers.length; index += 1) {
    let size = 1;
    while (size < layers[index + 1]!.length) size *= 2;
    const tree = new Array<number>(2 * size).fill(0);
    for (const vertex of layers[index]!) {
      const targets = on[vertex]!.map((target) => place[target]!).sort((a, b) => a - b);
      for (const target of targets) {
        for (let at = target + size; at > 1; at = at >> 1) {
          if (at % 2 === 0) crossings += tree[at + 1]!;
        }
      }
      for (const target of targets) {
        for (let at = target + size; at > 0; at = at >> 1) tree[at]! += 1;
      }
    }
  }
  return crossings;
}
