import { describe, expect, it } from "vitest";
import { DIAMOND, FAILED, rawMessage, rawState } from "../testing/runs.ts";
import { decodeGraph, decodeIncoming, decodeSnapshot } from "./decode.ts";

const JUNK: unknown[] = [undefined, null, 0, 1, "", "text", true, [], [1, null], {}, { kind: 3 }, Number.NaN];

it("reads a whole graph without complaint", () => {
  const { value, problems } = decodeGraph(DIAMOND);
  expect(problems).toEqual([]);
  expect(value?.tasks.map((task) => task.id)).toEqual(["a", "b", "c", "d"]);
  expect(value?.tasks[1]?.resources).toEqual({ cpu: 2, cpu_mem: 2048, gpu: 0.5, gpu_mem: 8192 });
  expect(value?.edges).toHaveLength(4);
});

it("reads a whole snapshot without complaint", () => {
  const { value, problems } = decodeSnapshot(FAILED);
  expect(problems).toEqual([]);
  expect(value.run?.status).toBe("failed");
  expect(value.tasks.get("b")?.error?.type).toBe("ValueError");
  expect(value.tasks.get("a")?.outputs[0]?.summary).toBe("3 × 3");
  expect(value.messages).toHaveLength(5);
  expect(value.last_seq).toBe(4);
});

it.each(JUNK.map((junk) => ({ junk })))("makes something of $junk in every place", ({ junk }) => {
  expect(() => decodeGraph(junk)).not.toThrow();
  expect(() => decodeSnapshot(junk)).not.toThrow();
  expect(decodeIncoming(junk).value.kind).toBe("unknown");
  for (const name of ["tasks", "edges", "name", "workflow_id"]) {
    expect(() => decodeGraph({ ...DIAMOND, [name]: junk })).not.toThrow();
  }
  for (const name of ["run", "tasks", "messages", "last_seq"]) {
    expect(() => decodeSnapshot({ ...FAILED, [name]: junk })).not.toThrow();
  }
  for (const name of Object.keys(rawState("running"))) {
    const { value } = decodeSnapshot({ ...FAILED, tasks: { a: { ...rawState("running"), [name]: junk } } });
    expect(value.tasks.get("a")).toBeDefined();
  }
});

describe("what is malformed is left out, and said", () => {
  it.each([
    { name: "a task without an id", graph: { ...DIAMOND, tasks: [{ name: "x" }] }, tasks: 0, edges: 0 },
    { name: "a task that is a word", graph: { ...DIAMOND, tasks: ["a"] }, tasks: 0, edges: 0 },
    {
      name: "an edge to nowhere",
      graph: { ...DIAMOND, edges: [{ source: "a", target: "zz", names: [] }] },
      tasks: 4,
      edges: 0,
    },
  ])("$name", ({ graph, tasks, edges }) => {
    const { value, problems } = decodeGraph(graph);
    expect(value?.tasks).toHaveLength(tasks);
    expect(value?.edges).toHaveLength(edges);
    expect(problems.length).toBeGreaterThan(0);
  });
});

it("keeps the word of a state it does not know", () => {
  const { value, problems } = decodeSnapshot({
    run: { run_id: "r", status: "hibernating" },
    tasks: { a: rawState("dreaming") },
  });
  expect(problems).toEqual([]);
  expect(value.run).toMatchObject({ status: "unknown", status_word: "hibernating" });
  expect(value.tasks.get("a")).toMatchObject({ state: "unknown", state_word: "dreaming" });
});

it("keeps the place of a message it cannot read", () => {
  const { value, problems } = decodeSnapshot({ ...FAILED, messages: [rawMessage(0), 7, { seq: 2 }] });
  expect(value.messages.map((message) => message.type)).toEqual(["start_task", "unknown", "unknown"]);
  expect(value.messages[1]?.text).toContain("7");
  expect(problems).toHaveLength(2);
});

it("ignores fields from the future and null previews", () => {
  const outputs = [{ name: "x", type: "int", summary: "1", preview: null, later: {} }];
  const { value, problems } = decodeSnapshot({ ...FAILED, later: 1, tasks: { a: rawState("succeeded", { outputs, later: [] }) } });
  expect(problems).toEqual([]);
  expect(value.tasks.get("a")?.outputs[0]?.preview).toBe("");
});

it("bounds what it has to say about a broken stream", () => {
  const { problems } = decodeSnapshot({ messages: Array.from({ length: 5000 }, () => "x".repeat(1000)) });
  expect(problems.length).toBeLessThanOrEqual(20);
  expect(Math.max(...problems.map((problem) => problem.length))).toBeLessThan(200);
});
