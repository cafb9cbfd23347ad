import { describe, expect, it } from "vitest";
import { rawTask } from "../testing/runs.ts";
import { decodeGraph } from "./decode.ts";
import { foldGraph, isOpenIn, membersOf } from "./groups.ts";

const edge = (pair: string) => {
  const [source, target] = pair.split(">");
  return { source, target, names: [`${source}_out`] };
};
const graphOf = (groups: Readonly<Record<string, string>>, edges: readonly string[]) =>
  decodeGraph({
    workflow_id: "w",
    name: "w",
    tasks: Object.entries(groups).map(([id, group]) => rawTask(id, { group })),
    edges: edges.map(edge),
  }).value!;

const NESTED = graphOf(
  { load: "", a: "prep", b: "prep/clean", c: "prep/clean", d: "prep", x: "few", y: "few", end: "" },
  ["load>a", "a>b", "b>c", "c>d", "d>x", "x>y", "y>end", "load>d"],
);
const cards = (turned: readonly string[]) => foldGraph(NESTED, new Set(turned)).graph.tasks.map((task) => task.id);

describe("which cards there are", () => {
  it.each([
    { turned: [], ids: ["load", "group:prep", "x", "y", "end"] },
    { turned: ["prep"], ids: ["load", "a", "b", "c", "d", "x", "y", "end"] },
    { turned: ["prep", "prep/clean"], ids: ["load", "a", "group:prep/clean", "d", "x", "y", "end"] },
    { turned: ["few"], ids: ["load", "group:prep", "group:few", "end"] },
  ])("$turned", ({ turned, ids }) => expect(cards(turned)).toEqual(ids));
});

it("merges edges and their names, and knows who is on which card", () => {
  const folded = foldGraph(NESTED, new Set());
  expect(folded.graph.edges.map(({ source, target, names }) => [source, target, names.length])).toEqual([
    ["load", "group:prep", 1], ["group:prep", "x", 1], ["x", "y", 1], ["y", "end", 1],
  ]);
  expect(folded.members.get("group:prep")).toEqual(["a", "b", "c", "d"]);
  expect(["b", "end", "end.3", "group:prep"].map(folded.cardOf)).toEqual(["group:prep", "end", "end", "group:prep"]);
  expect(folded.open).toEqual([{ path: "few", cards: ["x", "y"] }]);
  expect(membersOf("prep/clean", NESTED)).toEqual(["b", "c"]);
  expect([isOpenIn("prep", NESTED, new Set()), isOpenIn("few", NESTED, new Set())]).toEqual([false, true]);
});

it("leaves a sub-workflow open that others go through, since it would be before and after them", () => {
  const groups = { a: "g", b: "g", c: "g", d: "g", out: "" };
  const ids = (edges: readonly string[]) => foldGraph(graphOf(groups, edges), new Set()).graph.tasks.map((task) => task.id);
  expect(ids(["a>b", "b>c", "c>d", "d>out"])).toEqual(["group:g", "out"]);
  expect(ids(["a>b", "b>out", "out>c", "c>d"])).toEqual(["a", "b", "c", "d", "out"]);
});

it("folds ten thousand tasks of a hundred sub-workflows at once", () => {
  const groups = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`t${at}`, `g${at % 100}`]));
  const graph = graphOf(groups, Array.from({ length: 9_900 }, (_, at) => `t${at}>t${at + 100}`));
  const start = performance.now();
  expect(foldGraph(graph, new Set()).graph.tasks).toHaveLength(100);
  expect(performance.now() - start).toBeLessThan(2000);
});
