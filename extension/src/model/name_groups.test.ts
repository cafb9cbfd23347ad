import { describe, expect, it } from "vitest";
import { rawTask } from "../testing/runs.ts";
import { circlesOf } from "./circles.ts";
import { decodeGraph } from "./decode.ts";
import { foldGraph, groupsOf, turnedFor } from "./groups.ts";
import { groupsByName } from "./name_groups.ts";

type Pair = readonly [string, string];

const numbers = (stem: string, count: number, from = 1) => Array.from({ length: count }, (_, at) => `${stem}${at + from}`);
const graphOf = (names: readonly string[], edges: readonly Pair[] = [], group = "") =>
  decodeGraph({
    workflow_id: "w", name: "w",
    tasks: names.map((name, at) => rawTask(`t${at}`, { name, group })),
    edges: edges.map(([source, target]) => ({ source, target, names: [] })),
  }).value!;
const groups = (names: readonly string[], group = "") => {
  const found = groupsByName(graphOf(names, [], group));
  return [...new Set(Array.from(found.values(), (path) => path.join("/")))].filter(Boolean);
};

describe("groups that names tell of", () => {
  it.each([
    { name: "prefixes", names: ["train/svm", "train.knn", "load", "test"], found: ["train*"] },
    { name: "a prefix of one is none", names: ["train/svm", "load", "test"], found: [] },
    { name: "prefixes in prefixes", names: ["a/b/x", "a/b/y", "a/z", "load"], found: ["a*/b*", "a*"] },
    { name: "what all have in common tells nothing apart", names: ["a.x", "a.y"], found: [] },
    { name: "a number with a dot is no prefix", names: ["lr=0.1", "lr=0.01", "load"], found: [] },
    { name: "numbered names", names: ["load", ...numbers("fit_", 10)], found: ["fit_*"] },
    { name: "few numbered names", names: ["load", ...numbers("fit_", 9)], found: [] },
    { name: "equal names", names: ["load", ...new Array<string>(10).fill("fit")], found: ["fit*"] },
    { name: "numbers in brackets", names: ["load", ...numbers("fit[", 12).map((name) => `${name}]`)], found: ["fit[*"] },
    { name: "numbered within a prefix", names: ["load", "train/all", ...numbers("train/fit", 12)], found: ["train*", "train*/fit*"] },
    { name: "only numbers", names: ["load", ...numbers("", 12)], found: [] },
    { name: "a slash left in a name stays within it", names: ["load", "/"], found: [] },
  ])("$name", ({ names, found }) => expect(groups(names)).toEqual(found));

  it("stand within sub-workflows", () => {
    expect(groups(["load", ...numbers("fit_", 12)], "prep/clean")).toEqual(["prep/clean", "prep/clean/fit_*"]);
  });
});

describe("which of them are closed at first", () => {
  const cards = (names: readonly string[]) => foldGraph(graphOf(names), new Set()).graph.tasks.map((task) => task.name);
  it.each([
    { name: "many of a name", names: ["load", "split", ...numbers("fit_", 12), "best"], count: 4 },
    { name: "few under a prefix in a small graph stay open", names: ["load", ...numbers("fit/", 6), "best", "end"], count: 9 },
    { name: "a small graph never comes down to next to nothing", names: ["load", ...numbers("fit_", 40)], count: 41 },
    { name: "a large one does", names: ["load", ...numbers("fit_", 400)], count: 2 },
  ])("$name", ({ names, count }) => expect(cards(names)).toHaveLength(count));
});

it("skips a group that would make a circle, and no other", () => {
  // fit_1 → check → fit_2, and ten more of each name that stay apart.
  const names = ["check", ...numbers("fit_", 40), ...numbers("load_", 40)];
  const graph = graphOf(names, [["t1", "t0"], ["t0", "t2"], ["t50", "t1"]]);
  const folded = foldGraph(graph, new Set());
  expect(circlesOf(folded.graph)).toEqual([]);
  expect(folded.graph.tasks.map((task) => task.name)).toContain("load_*");
  expect(folded.graph.tasks).toHaveLength(42);
});

it("opens a group of names rather than the sub-workflow that it meets on a circle", () => {
  const tasks = [
    ...numbers("s", 4).map((id) => rawTask(id, { group: "prep" })),
    ...numbers("fit_", 80).map((id) => rawTask(id, { name: id })),
  ];
  const edges = [["s1", "fit_1"], ["fit_2", "s2"]].map(([source, target]) => ({ source, target, names: [] }));
  const graph = decodeGraph({ workflow_id: "w", name: "w", tasks, edges }).value!;
  const ids = foldGraph(graph, new Set()).graph.tasks.map((task) => task.id);
  expect(ids).toContain("group:prep");
  expect(ids).toHaveLength(81);
});

it("opens and closes all", () => {
  const graph = graphOf(["load", "x/a", "x/b", ...numbers("fit_", 80)]);
  expect(groupsOf(graph)).toEqual(["x*", "fit_*"]);
  expect(foldGraph(graph, turnedFor(graph, true)).graph.tasks).toHaveLength(83);
  expect(foldGraph(graph, turnedFor(graph, false)).graph.tasks).toHaveLength(3);
});

it("finds circles that meet, and none in a long chain", () => {
  const names = numbers("n", 6);
  expect(circlesOf(graphOf(names, [["t0", "t1"], ["t1", "t2"], ["t2", "t0"], ["t2", "t3"], ["t4", "t5"]]))).toHaveLength(1);
  const many = numbers("n", 20_000);
  const chain = many.slice(1).map((_, at): Pair => [`t${at}`, `t${at + 1}`]);
  const start = performance.now();
  expect(circlesOf(graphOf(many, chain))).toEqual([]);
  expect(performance.now() - start).toBeLessThan(2000);
});
