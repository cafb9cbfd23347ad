import { describe, expect, it } from "vitest";
import { DIAMOND, rawRun, rawState, rawTask, storeOf } from "../testing/runs.ts";
import { chainSeconds, criticalPath } from "./critical.ts";

const took = (seconds: number) => rawState("succeeded", { started: 1000, finished: 1000 + seconds });
const pathOf = (tasks: Readonly<Record<string, unknown>>, graph = DIAMOND) => {
  const view = storeOf({ run: rawRun("running"), tasks }, graph);
  const path = criticalPath(view.graph!, view);
  return { path: path.join(" "), seconds: chainSeconds(path, view) };
};

describe("the longest chain of a diamond", () => {
  it.each([
    { name: "by one second each where nothing is known", tasks: {}, path: "a b d", seconds: 3 },
    { name: "by what was measured", tasks: { b: took(2), c: took(5) }, path: "a c d", seconds: 7 },
    { name: "by what a running task has taken so far", tasks: { b: rawState("running", { started: 1060 }) }, path: "a b d", seconds: 42 },
    { name: "without what was reused", tasks: { b: rawState("succeeded", { finished: 1, reused_from: "cache" }) }, path: "a c d", seconds: 3 },
    { name: "without what was skipped", tasks: { c: rawState("skipped"), d: rawState("skipped") }, path: "a b", seconds: 2 },
    { name: "with a failed task's time", tasks: { c: rawState("failed", { started: 1000, finished: 1009 }) }, path: "a c d", seconds: 11 },
  ])("$name", ({ tasks, path, seconds }) => {
    const found = pathOf(tasks);
    expect(found.path.startsWith(path)).toBe(true);
    expect(found.seconds).toBeCloseTo(seconds, 0);
  });
});

it("is nothing in an empty graph, and ends in one that goes round", () => {
  expect(pathOf({}, { workflow_id: "", name: "", tasks: [], edges: [] }).path).toBe("");
  const round = { ...DIAMOND, edges: [...(DIAMOND["edges"] as unknown[]), { source: "d", target: "b", names: [] }] };
  expect(pathOf({}, round).path).toBe("a c");
});

it("is found at once in a chain of 20,000", () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => `t${at}`);
  const edges = ids.slice(1).map((target, at) => ({ source: ids[at], target, names: [] }));
  const view = storeOf({ run: rawRun("running") }, { workflow_id: "", name: "", tasks: ids.map((id) => rawTask(id)), edges });
  const start = performance.now();
  expect(criticalPath(view.graph!, view)).toHaveLength(20_000);
  expect(performance.now() - start).toBeLessThan(1000);
});
