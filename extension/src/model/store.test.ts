import { expect, it } from "vitest";
import type { Change } from "./change.ts";
import { DIAMOND, FAILED, INTERRUPTED, rawMessage, rawMessages, rawRun, rawState, storeOf, tell } from "../testing/runs.ts";

const running = { run: rawRun("running"), tasks: {}, messages: [], last_seq: -1 };
const delta = (first: number, last: number, tasks: object = {}) => ({
  kind: "delta", run: rawRun("running"), tasks, messages: rawMessages(first, last), first_seq: first, last_seq: last,
});
const seqs = (store: ReturnType<typeof storeOf>) => store.messages.map((message) => message.seq);

it("folds deltas in order", () => {
  const store = storeOf(running);
  expect(tell(store, delta(0, 1, { a: rawState("running", { started: 1000 }) }))).toBe(false);
  expect(tell(store, delta(2, 4, { a: rawState("succeeded"), b: rawState("running") }))).toBe(false);
  expect(seqs(store)).toEqual([0, 1, 2, 3, 4]);
  expect([store.task("a").state, store.task("b").state, store.task("c").state]).toEqual(["succeeded", "running", "waiting"]);
});

it("takes nothing twice", () => {
  const store = storeOf(running);
  tell(store, delta(0, 2, { a: rawState("running") }));
  tell(store, delta(3, 5, { a: rawState("succeeded") }));
  expect(tell(store, delta(0, 2, { a: rawState("running") }))).toBe(false);
  expect(store.task("a").state).toBe("succeeded");
  expect(tell(store, delta(4, 7, { b: rawState("running") }))).toBe(false);
  expect(seqs(store)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it.each([
  { name: "in the middle", told: [delta(0, 2), delta(5, 6)], gaps: [false, true] },
  { name: "at the start", told: [delta(3, 4)], gaps: [true] },
  { name: "in the graph", told: [delta(0, 0, { zz: rawState("running") })], gaps: [true] },
])("notices a gap $name, and shows what it knows", ({ told, gaps }) => {
  const store = storeOf(running);
  expect(told.map((message) => tell(store, message))).toEqual(gaps);
  expect(store.messages.at(-1)?.seq).toBe(told.at(-1)?.last_seq);
});

it("mends a gap by a snapshot, and keeps older messages that the snapshot leaves out", () => {
  const store = storeOf(running);
  tell(store, delta(0, 2));
  tell(store, delta(6, 7));
  tell(store, { kind: "snapshot", run: rawRun("running"), tasks: { a: rawState("failed") }, messages: rawMessages(2, 8), last_seq: 8 });
  expect(seqs(store)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(store.task("a").state).toBe("failed");
  expect(tell(store, delta(9, 9))).toBe(false);
});

it("forgets one run when another begins, but not when a run gets its name", () => {
  const store = storeOf({ ...running, run: rawRun("pending", { run_id: "" }) });
  tell(store, delta(0, 1, { a: rawState("running") }));
  expect(store.task("a").state).toBe("running");
  tell(store, { ...delta(0, 0, { b: rawState("running") }), run: rawRun("running", { run_id: "another" }) });
  expect(store.task("a").state).toBe("waiting");
  expect(seqs(store)).toEqual([0]);
});

it("shows tasks that come without a graph", () => {
  const store = storeOf(FAILED, null);
  expect(store.graph?.tasks.map((task) => task.id)).toEqual(["a", "b", "c", "d"]);
});

it("lists an unreadable message, and notes one of an unknown kind", () => {
  const store = storeOf(running);
  tell(store, { ...delta(0, 1), messages: [rawMessage(0), "what"] });
  expect(store.messages.map((message) => message.type)).toEqual(["start_task", "unknown"]);
  tell(store, { kind: "sonnet", lines: 14 });
  expect(store.problems.at(-1)).toContain("sonnet");
});

it("tells listeners what changed until they leave", () => {
  const store = storeOf(running);
  const heard: Change[] = [];
  const leaving = new AbortController();
  store.subscribe((change) => heard.push(change), leaving.signal);
  tell(store, delta(0, 0, { b: rawState("running") }));
  expect(heard).toEqual([{ graph: false, run: true, tasks: new Set(["b"]), messages: true, link: false }]);
  leaving.abort();
  tell(store, delta(1, 1));
  expect(heard).toHaveLength(1);
});

it("reads the kernel's clock, and stops it when the kernel is gone", () => {
  let now = 5000;
  const store = storeOf(running, DIAMOND, () => now);
  tell(store, { ...delta(0, 0), messages: [rawMessage(0, { time: 1400 })] });
  now += 10;
  expect(store.kernelTime()).toBe(1410);
  store.setLink("saved");
  expect(store.kernelTime()).toBe(1400);
});

it("takes 100,000 messages in little time", () => {
  const store = storeOf(running);
  const start = performance.now();
  for (let first = 0; first < 100_000; first += 100) tell(store, delta(first, first + 99));
  expect(store.messages).toHaveLength(100_000);
  expect(performance.now() - start).toBeLessThan(2000);
});

it("knows the time of a run that it joined late", () => {
  const store = storeOf(running, DIAMOND, () => 5000);
  tell(store, { ...delta(0, 0), messages: [rawMessage(0, { time: 1400 })], now: 4990 });
  expect(store.kernelTime()).toBe(4990);
  tell(store, { ...delta(1, 1), messages: [rawMessage(1, { time: 4995 })], now: 4990 });
  expect(store.kernelTime()).toBe(4995);
});

it("stops the clock of a run whose scheduler is gone, until it is resumed", () => {
  const store = storeOf(INTERRUPTED, DIAMOND, () => 5000);
  expect(store.kernelTime()).toBe(1004);
  const resumed = rawMessage(5, { type: "resume_workflow", task_id: null, time: 4999 });
  tell(store, { kind: "delta", run: rawRun("running", { resumes: 1 }), tasks: { c: rawState("waiting") }, messages: [resumed], first_seq: 5, last_seq: 5 });
  expect(store.kernelTime()).toBe(4999);
  expect(store.task("c").state).toBe("waiting");
});
