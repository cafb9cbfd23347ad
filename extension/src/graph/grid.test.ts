import { describe, expect, it } from "vitest";
import { SIZES, type Point } from "../layout/drawing.ts";
import { curveThrough } from "./curve.ts";
import { gridOfBoxes, gridOfCurves, nearestCurve } from "./grid.ts";

const box = (x: number, y: number, width = 10, height = 10) => ({ x, y, width, height });

it("finds the boxes near a place, each once", () => {
  const grid = gridOfBoxes([box(0, 0, 500, 10), box(300, 0), box(-90, -90), box(900, 900)], 100);
  expect([...grid.near(box(320, 20))].sort()).toEqual([0, 1]);
  expect([...grid.near(box(-60, -60))]).toEqual([2]);
  expect([...grid.near(box(0, 0, 500, 90))].sort()).toEqual([0, 1]);
  expect([...grid.near(box(500, 500))]).toEqual([]);
});

describe("the nearest curve", () => {
  const curves = [
    [{ x: 0, y: 0 }, { x: 2000, y: 0 }],
    [{ x: 0, y: 100 }, { x: 2000, y: 1100 }],
  ].map((points: Point[]) => curveThrough(points, SIZES));
  const grid = gridOfCurves(curves, 120);
  it.each([
    { name: "on the first", point: { x: 1234, y: 3 }, found: 0 },
    { name: "too far from it", point: { x: 1234, y: 9 }, found: -1 },
    { name: "on the second", point: { x: 1000, y: 604 }, found: 1 },
    { name: "within its box, far from its way", point: { x: 100, y: 1000 }, found: -1 },
  ])("$name", ({ point, found }) => expect(nearestCurve(grid, curves, point, 6)).toBe(found));
});
