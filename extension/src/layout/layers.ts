/** Longest-path layering: every edge points from a lower to a higher layer, in linear time. */

import type { Link } from "./drawing.ts";

export interface Layering {
  readonly layer: readonly number[];
  /** Edges that point forward; an edge that closes a cycle, or a loop, is left out. */
  readonly isForward: readonly boolean[];
}

export function assignLayers(count: number, links: readonly Link[]): Layering {
  const { order, isForward } = sortTopologically(count, links);
  const layer = new Array<number>(count).fill(0);
  const outOf = edgesBy(count, links, isForward, 0);
  const into = edgesBy(count, links, isForward, 1);
  for (const node of order) {
    for (const target of outOf[node]!) layer[target] = Math.max(layer[target]!, layer[node]! + 1);
  }
  // A source that is needed late stands beside its first consumer instead of at the far left.
  for (let i = order.length - 1; i >= 0; i -= 1) {
    const node = order[i]!;
    const targets = outOf[node]!;
    if (into[node]!.length > 0 || targets.length === 0) continue;
    layer[node] = targets.reduce((least, target) => Math.min(least, layer[target]!), Infinity) - 1;
  }
  return { layer, isForward };
}

function sortTopologically(count: number, links: readonly Link[]) {
  const waitsFor = new Array<number>(count).fill(0);
  const outOf = links.reduce<number[][]>(
    (lists, [source], index) => (lists[source]!.push(index), lists),
    Array.from({ length: count }, () => []),
  );
  for (const [source, target] of links) if (source !== target) waitsFor[target]! += 1;
  const isDone = new Array<boolean>(count).fill(false);
  const isForward = links.map(() => false);
  const order: number[] = [];
  const take = (node: number) => {
    isDone[node] = true;
    order.push(node);
  };
  for (let node = 0; node < count; node += 1) if (waitsFor[node] === 0) take(node);
  let suspect = 0;
  for (let seen = 0; seen < count; seen += 1) {
    if (seen === order.length) {
      // Only cycles are left: break one at its first node.
      while (isDone[suspect]) suspect += 1;
      take(suspect);
    }
    for (const index of outOf[order[seen]!]!) {
      const target = links[index]![1];
      if (isDone[target]) continue;
      isForward[index] = true;
      waitsFor[target]! -= 1;
      if (waitsFor[target] === 0) take(target);
    }
  }
  return { order, isForward };
}

function edgesBy(
  count: number,
  links: readonly Link[],
  isForward: readonly boolean[],
  end: 0 | 1,
): number[][] {
  const lists: number[][] = Array.from({ length: count }, () => []);
  links.forEach((link, index) => {
    if (isForward[index]) lists[link[end]]!.push(link[1 - end]!);
  });
  return lists;
}
