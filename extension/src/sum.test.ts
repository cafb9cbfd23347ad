import { expect, it } from "vitest";
import { sumOf, sumOfMap } from "./sum.ts";
import { DIAMOND, rawMessage, rawRun, rawState, rawTask, storeOf } from "./testing/runs.ts";

const MAPPED = { ...DIAMOND, tasks: [rawTask("m", { kind: "map" })], edges: [] };

function storeWith(status: string, counts: Readonly<Record<string, number>>, map = "waiting") {
  const count = Object.values(counts).reduce((sum, number) => sum + number, 0);
  return storeOf({
    run: rawRun(status),
    tasks: { m: rawState(map) },
    maps: { m: { count, counts, started: 1000, finished: null, items: [] } },
    messages: [rawMessage(1)],
    last_seq: 1,
  }, MAPPED);
}

it.each([
  { status: "running", counts: { succeeded: 315, pending: 1, waiting: 84 }, face: "running" },
  { status: "running", counts: { succeeded: 1, running: 1, waiting: 1 }, face: "running" },
  { status: "running", counts: { waiting: 400 }, face: "waiting" },
  { status: "running", counts: { pending: 1, waiting: 399 }, face: "pending" },
  { status: "running", counts: { failed: 1, succeeded: 5, waiting: 3 }, face: "failed" },
  { status: "interrupted", counts: { succeeded: 5, waiting: 3 }, face: "waiting" },
])("of a run that is $status shows $counts as $face", ({ status, counts, face }) => {
  const store = storeWith(status, counts);
  expect(sumOf(["m"], store).face).toBe(face);
  expect(sumOfMap("m", store).face).toBe(face);
});
