import { expect, it } from "vitest";
import { SIZES } from "../layout/drawing.ts";
import { pathThrough } from "./edges.ts";

it("goes straight on through bends", () => {
  const path = pathThrough([{ x: 0, y: 0 }, { x: 100, y: 40 }, { x: 200, y: 40 }], SIZES);
  expect(path.match(/C/g)).toHaveLength(2);
  expect(path.startsWith("M0 0")).toBe(true);
  expect(path.endsWith("200 40")).toBe(true);
});

it("leaps to the next band through the gap above it", () => {
  const path = pathThrough([{ x: 900, y: 20 }, { x: 0, y: 100 }], SIZES);
  const levels = [...path.matchAll(/L(\S+) (\S+)C/g)].map((match) => Number(match[2]));
  expect(levels).toHaveLength(1);
  expect(levels[0]).toBeLessThan(100 - SIZES.nodeHeight / 2);
  expect(levels[0]).toBeGreaterThan(20 + SIZES.nodeHeight / 2);
});
