import { expect, it } from "vitest";
import { SIZES } from "../layout/drawing.ts";
import { boxOfCurve, curveBetween, curveThrough, middleOf, pointsAlong } from "./curve.ts";

it("goes straight on through bends", () => {
  const curve = curveThrough([{ x: 0, y: 0 }, { x: 100, y: 40 }, { x: 200, y: 40 }], SIZES);
  expect(curve).toHaveLength(2 + 2 * 6);
  expect([...curve.slice(0, 2), ...curve.slice(-2)]).toEqual([0, 0, 200, 40]);
  expect(boxOfCurve(curve)).toEqual({ x: 0, y: 0, width: 200, height: 40 });
});

it("leads from the right of one card to the left of the other", () => {
  const curve = curveBetween({ x: 0, y: 0 }, { x: 300, y: 100 }, [], SIZES);
  const middle = SIZES.nodeHeight / 2;
  expect([...curve.slice(0, 2), ...curve.slice(-2)]).toEqual([SIZES.nodeWidth, middle, 300, 100 + middle]);
  expect(middleOf(curve)).toEqual({ x: (SIZES.nodeWidth + 300) / 2, y: 50 + middle });
});

it("leaps to the next band through the gap above it", () => {
  const curve = curveThrough([{ x: 900, y: 20 }, { x: 0, y: 100 }], SIZES);
  const level = curve[7]!;
  expect(curve[13]).toBe(level);
  expect(level).toBeLessThan(100 - SIZES.nodeHeight / 2);
  expect(level).toBeGreaterThan(20 + SIZES.nodeHeight / 2);
});

it("is followed by points from its start to its end", () => {
  const points = pointsAlong(curveThrough([{ x: 0, y: 0 }, { x: 100, y: 60 }], SIZES));
  expect([points[0], points.at(-1)]).toEqual([{ x: 0, y: 0 }, { x: 100, y: 60 }]);
  for (let at = 1; at < points.length; at += 1) expect(points[at]!.y).toBeGreaterThanOrEqual(points[at - 1]!.y);
});
