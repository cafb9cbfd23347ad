import { describe, expect, it } from "vitest";
import { drawGraph } from "./draw.ts";
import { SIZES, sizesFor, type Drawing, type Link } from "./drawing.ts";

const chain = (length: number): Link[] =>
  Array.from({ length: length - 1 }, (_, node): Link => [node, node + 1]);
const fan = (width: number): Link[] =>
  Array.from({ length: width }, (_, at): Link[] => [
    [0, at + 1],
    [at + 1, width + 1],
  ]).flat();

const CASES: { name: string; count: number; links: Link[] }[] = [
  { name: "nothing", count: 0, links: [] },
  { name: "one task", count: 1, links: [] },
  { name: "a chain of 5", count: 5, links: chain(5) },
  { name: "a chain of 40, folded", count: 40, links: chain(40) },
  { name: "a diamond", count: 4, links: [[0, 1], [0, 2], [1, 3], [2, 3]] },
  { name: "a diamond with a short cut", count: 4, links: [[0, 1], [0, 2], [1, 3], [2, 3], [0, 3]] },
  { name: "three parts and loose tasks", count: 9, links: [[0, 1], [2, 3], [2, 4], [5, 6]] },
  { name: "a fan of 100", count: 102, links: fan(100) },
  { name: "a loop and a cycle", count: 4, links: [[0, 0], [1, 2], [2, 3], [3, 1]] },
  { name: "the same edge twice", count: 2, links: [[0, 1], [0, 1]] },
];

function overlaps({ x, y }: Drawing): [number, number][] {
  const pairs: [number, number][] = [];
  x.forEach((left, a) => {
    for (let b = a + 1; b < x.length; b += 1) {
      const apart =
        Math.abs(left - x[b]!) >= SIZES.nodeWidth || Math.abs(y[a]! - y[b]!) >= SIZES.nodeHeight;
      if (!apart) pairs.push([a, b]);
    }
  });
  return pairs;
}

describe.each(CASES)("$name", ({ count, links }) => {
  const drawing = drawGraph(count, links);

  it("gives each task a place of its own inside the drawing", () => {
    expect(drawing.x).toHaveLength(count);
    expect(drawing.routes).toHaveLength(links.length);
    expect(overlaps(drawing)).toEqual([]);
    drawing.x.forEach((left, node) => {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + SIZES.nodeWidth).toBeLessThanOrEqual(drawing.width + 1);
      expect(drawing.y[node]!).toBeGreaterThanOrEqual(0);
      expect(drawing.y[node]! + SIZES.nodeHeight).toBeLessThanOrEqual(drawing.height + 1);
    });
  });

  it("comes out the same each time", () => {
    expect(drawGraph(count, links)).toEqual(drawing);
  });
});

it("runs left to right", () => {
  const { x } = drawGraph(5, [[0, 1], [1, 2], [0, 3], [3, 4], [2, 4]]);
  for (const [source, target] of [[0, 1], [1, 2], [0, 3], [3, 4], [2, 4]] as const) {
    expect(x[source]!).toBeLessThan(x[target]!);
  }
});

it("draws a chain straight and a diamond level", () => {
  expect(new Set(drawGraph(6, chain(6)).y).size).toBe(1);
  const { y } = drawGraph(4, [[0, 1], [0, 2], [1, 3], [2, 3]]);
  expect(y[0]).toBe(y[3]);
  expect(y[0]).toBeCloseTo((y[1]! + y[2]!) / 2, 0);
});

it("leads an edge past the tasks between its ends", () => {
  const { routes, y } = drawGraph(3, [[0, 1], [1, 2], [0, 2]]);
  expect(routes[2]).toHaveLength(2);
  expect(routes[2]![0]!.y).toBe(routes[2]![1]!.y);
  const inside = routes[2]![0]!.y > y[1]! && routes[2]![0]!.y < y[1]! + SIZES.nodeHeight;
  expect(inside).toBe(false);
});

it("uncrosses what need not cross", () => {
  const { y } = drawGraph(6, [[0, 1], [0, 2], [1, 4], [2, 3], [3, 5], [4, 5]]);
  expect(Math.sign(y[1]! - y[2]!)).toBe(Math.sign(y[4]! - y[3]!));
});

it.each([
  { name: "a chain of 2,000", count: 2000, links: chain(2000), limit: 1000, slimmest: 3 },
  {
    name: "a chain of 2,000 with an edge from its start to each link",
    count: 2000,
    links: [...chain(2000), ...Array.from({ length: 1998 }, (_, at): Link => [0, at + 2])],
    limit: 2000,
    slimmest: 20,
  },
  { name: "a fan of 1,000", count: 1002, links: fan(1000), limit: 1000, slimmest: 3 },
  {
    name: "20 layers of 50",
    count: 1000,
    links: Array.from({ length: 950 * 2 }, (_, at): Link => {
      const node = at >> 1;
      const layer = Math.floor(node / 50);
      return [node, (layer + 1) * 50 + ((node * 7 + (at % 2) * 13) % 50)];
    }),
    limit: 1500,
    slimmest: 3,
  },
])("draws $name in time", ({ count, links, limit, slimmest }) => {
  const start = performance.now();
  const { width, height } = drawGraph(count, links);
  expect(performance.now() - start).toBeLessThan(limit);
  expect(width / height).toBeGreaterThan(0.5);
  expect(width / height).toBeLessThan(slimmest);
});

it.each([2, 3, 4])("goes on below where there is room for %i layers side by side", (columns) => {
  const sizes = sizesFor(columns);
  const drawing = drawGraph(6, chain(6), sizes);
  expect(drawing.width).toBeLessThanOrEqual(sizes.widestLine + 2 * sizes.leapRoom);
  expect(new Set(drawing.y).size).toBe(Math.ceil(6 / columns));
  expect(overlaps(drawing)).toEqual([]);
});
