/** The parts of a graph that no edge joins. */

import type { Link } from "./drawing.ts";

/** Node lists, each in the given order; parts in the order of their first nodes. */
export function splitParts(count: number, links: readonly Link[]): number[][] {
  const parent = Array.from({ length: count }, (_, node) => node);
  const rootOf = (node: number): number => {
    let root = node;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = node; parent[at] !== root; ) [at, parent[at]] = [parent[at]!, root];
    return root;
  };
  for (const [source, target] of links) {
    const [a, b] = [rootOf(source), rootOf(target)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  const parts = new Map<number, number[]>();
  for (let node = 0; node < count; node += 1) {
    const root = rootOf(node);
    const part = parts.get(root);
    if (part === undefined) parts.set(root, [node]);
    else part.push(node);
  }
  return [...parts.values()];
}
