import { expect, it } from "vitest";
import { decodeGraph } from "../model/decode.ts";
import { createTopology } from "../model/topology.ts";
import { DIAMOND } from "../testing/runs.ts";
import { stepFrom, type Arrow } from "./walk.ts";

const topology = createTopology(decodeGraph(DIAMOND).value!);
const places = new Map([
  ["a", { x: 0, y: 50 }],
  ["b", { x: 200, y: 0 }],
  ["c", { x: 200, y: 100 }],
  ["d", { x: 400, y: 55 }],
]);

it.each<[string, Arrow, string | null]>([
  ["a", "ArrowRight", "b"],
  ["b", "ArrowDown", "c"],
  ["c", "ArrowUp", "b"],
  ["c", "ArrowRight", "d"],
  ["d", "ArrowLeft", "c"],
  ["d", "ArrowRight", null],
  ["a", "ArrowLeft", null],
  ["b", "ArrowUp", null],
])("from %s by %s to %s", (from, arrow, to) => {
  expect(stepFrom(from, arrow, places, topology)).toBe(to);
});

it("knows the way through a task", () => {
  expect(topology.pathThrough("b")).toEqual({ before: new Set(["b", "a"]), after: new Set(["b", "d"]) });
});
