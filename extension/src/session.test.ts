import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ANSWER_WITHIN_MS, SILENCE_MS, openSession, type Channel, type Ears } from "./session.ts";
import { DIAMOND, FAILED, INTERRUPTED, rawRun, rawState } from "./testing/runs.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open({ snapshot = FAILED as unknown, isBroken = false } = {}) {
  const closing = new AbortController();
  const sent: unknown[] = [];
  let ears: Ears | null = null;
  const channel: Channel = {
    saved: () => ({ graph: DIAMOND, snapshot }),
    send: (message) => {
      if (isBroken) throw new Error("the comm is closed");
      sent.push(message);
    },
    listen: (given) => (ears = given),
  };
  const store = openSession(channel, closing.signal);
  return { store, sent, ears: ears as unknown as Ears, closing };
}

const gap = (seq: number) => ({ kind: "delta", run: rawRun("running"), tasks: {}, messages: [], first_seq: seq, last_seq: seq });

it("shows the saved state at once and asks for the current one", () => {
  const { store, sent } = open();
  expect(store.run?.status).toBe("failed");
  expect(sent).toEqual([{ kind: "sync" }]);
  expect(store.link).toBe("asking");
});

it("is live when answered", () => {
  const { store, ears } = open();
  ears.incoming({ kind: "snapshot", graph: DIAMOND, ...FAILED, run: rawRun("running") });
  vi.advanceTimersByTime(2 * ANSWER_WITHIN_MS);
  expect(store.link).toBe("live");
  expect(store.run?.status).toBe("running");
});

it("says that the state is the saved one when nobody answers, until somebody does", () => {
  const { store, ears } = open();
  vi.advanceTimersByTime(ANSWER_WITHIN_MS - 1);
  expect(store.link).toBe("asking");
  vi.advanceTimersByTime(1);
  expect(store.link).toBe("saved");
  ears.incoming({ kind: "delta", run: rawRun("running"), tasks: {}, messages: [], first_seq: 5, last_seq: 5 });
  expect(store.link).toBe("live");
});

it("says so at once when it cannot even ask", () => {
  expect(open({ isBroken: true }).store.link).toBe("saved");
});

it("takes a renewed trait as a sign of life from a busy kernel", () => {
  const { store, ears } = open({ snapshot: {} });
  vi.advanceTimersByTime(ANSWER_WITHIN_MS);
  ears.savedSnapshot({ ...FAILED, tasks: { a: rawState("running") } });
  expect(store.link).toBe("live");
  expect(store.task("a").state).toBe("running");
});

it("asks once for a gap, however many messages show it", () => {
  const { sent, ears } = open();
  ears.incoming({ kind: "snapshot", ...FAILED });
  vi.advanceTimersByTime(2000);
  for (const seq of [20, 30, 40]) ears.incoming(gap(seq));
  expect(sent).toHaveLength(2);
  ears.incoming({ kind: "snapshot", ...FAILED, last_seq: 40 });
  ears.incoming(gap(50));
  expect(sent).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(3);
});

it("asks anew when the way to the kernel changed", () => {
  const { store, sent, ears } = open();
  ears.incoming({ kind: "snapshot", ...FAILED });
  ears.rewired();
  expect(store.link).toBe("asking");
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(2);
  vi.advanceTimersByTime(ANSWER_WITHIN_MS);
  expect(store.link).toBe("saved");
});

it("asks after a run that goes on in silence, ever more patiently", () => {
  const { store, sent, ears } = open();
  const answer = { kind: "snapshot", ...FAILED, run: rawRun("running") };
  ears.incoming(answer);
  vi.advanceTimersByTime(SILENCE_MS);
  expect(sent).toHaveLength(2);
  ears.incoming(answer);
  vi.advanceTimersByTime(SILENCE_MS);
  expect(sent).toHaveLength(2);
  expect(store.link).toBe("live");
  vi.advanceTimersByTime(SILENCE_MS + ANSWER_WITHIN_MS);
  expect(sent).toHaveLength(3);
  expect(store.link).toBe("saved");
});

it.each([
  { what: "over", snapshot: FAILED },
  { what: "interrupted", snapshot: INTERRUPTED },
])("leaves a run that is $what in peace", ({ snapshot }) => {
  const { store, sent, ears } = open();
  ears.incoming({ kind: "snapshot", ...snapshot });
  vi.advanceTimersByTime(100 * SILENCE_MS);
  expect(sent).toHaveLength(1);
  expect(store.link).toBe("live");
});

it("is silent after it was closed", () => {
  const { store, sent, ears, closing } = open();
  closing.abort();
  vi.advanceTimersByTime(10 * ANSWER_WITHIN_MS);
  ears.incoming(gap(99));
  expect(sent).toHaveLength(1);
  expect(store.link).not.toBe("saved");
});

it.each([null, 3, "x", [], { tasks: 4 }, { run: { status: "running" }, tasks: [1] }].map((snapshot) => ({ snapshot })))("opens on a saved state of $snapshot", ({ snapshot }) => {
  expect(open({ snapshot }).store.graph?.tasks).toHaveLength(4);
});

it("takes a pulse as a sign of life, without asking anything", () => {
  const { store, sent, ears } = open();
  ears.incoming({ kind: "snapshot", ...FAILED, run: rawRun("running") });
  for (let beat = 0; beat < 100; beat += 1) {
    vi.advanceTimersByTime(1500);
    ears.incoming({ kind: "pulse", now: Date.now() / 1000 });
  }
  expect(sent).toHaveLength(1);
  expect([store.link, store.problems]).toEqual(["live", []]);
});

it("is live again with a pulse, however long nobody answered", () => {
  const { store, ears } = open({ snapshot: { ...FAILED, run: rawRun("running") } });
  vi.advanceTimersByTime(ANSWER_WITHIN_MS);
  expect(store.link).toBe("saved");
  ears.incoming({ kind: "pulse", now: null });
  expect(store.link).toBe("live");
});

it("carries a question after items", () => {
  const { store, sent } = open();
  store.askItems({ task_id: "m", state: "failed", offset: 50 });
  expect(sent.at(-1)).toEqual({ kind: "items", task_id: "m", state: "failed", offset: 50 });
});

const OTHER = "fedcba9876543210";
const snapshotOf = (run_id: string, status: string) => ({
  kind: "snapshot", run_id, graph: DIAMOND, ...FAILED, run: rawRun(status, { run_id }),
});

it("shows another run, and then hears nothing of the first", () => {
  const { store, sent, ears } = open();
  const first = store.run!.run_id;
  vi.advanceTimersByTime(2000);
  store.open(OTHER);
  expect(store.run).toBeNull();
  expect(sent.at(-1)).toEqual({ kind: "sync", run_id: OTHER });
  ears.incoming(snapshotOf(first, "running"));
  ears.savedSnapshot({ ...FAILED });
  expect(store.run).toBeNull();
  ears.incoming(snapshotOf(OTHER, "succeeded"));
  expect(store.run?.run_id).toBe(OTHER);
  ears.incoming(snapshotOf(first, "failed"));
  expect(store.run?.run_id).toBe(OTHER);
  store.askItems({ task_id: "a", state: "", offset: 0 });
  expect(sent.at(-1)).toMatchObject({ kind: "items", run_id: OTHER });
});

it("says why a run cannot be shown", () => {
  const { store, ears } = open();
  store.open("nobody");
  ears.incoming({ kind: "no_run", run_id: "nobody", error: "there is no run nobody" });
  expect(store.absent).toBe("there is no run nobody");
});

it("gets the answer to its question and to no other", async () => {
  const { store, sent, ears } = open();
  const twice = store.ask("double", { number: 3 }, (raw) => raw);
  const asked = sent.at(-1) as { ask_id: number };
  expect(asked).toMatchObject({ kind: "ask", ask: "double", number: 3, run_id: store.run!.run_id });
  ears.incoming({ kind: "answer", ask_id: asked.ask_id + 1, error: "", value: 5 });
  ears.incoming({ kind: "answer", ask_id: asked.ask_id, error: "", value: 6 });
  expect(await twice).toBe(6);
});

it("is told why there is no answer", async () => {
  const { store, sent, ears, closing } = open();
  const outcome = (promise: Promise<unknown>) => promise.catch((error: Error) => `${error.name}: ${error.message}`);
  const refused = outcome(store.ask("x", {}, (raw) => raw));
  ears.incoming({ kind: "answer", ask_id: (sent.at(-1) as { ask_id: number }).ask_id, error: "no: do that", value: {} });
  expect(await refused).toBe("AskError: no: do that");
  const late = outcome(store.ask("x", {}, (raw) => raw));
  vi.advanceTimersByTime(61_000);
  expect(await late).toContain("no answer came");
  const closed = outcome(store.ask("x", {}, (raw) => raw));
  closing.abort();
  expect(await closed).toContain("the view was closed");
  expect(await outcome(open({ isBroken: true }).store.ask("x", {}, (raw) => raw))).toContain("the connection is lost");
});

it("gives up what was asked over a connection that is gone", async () => {
  const { store, ears } = open();
  const asked = store.ask("x", {}, (raw) => raw).catch((error: Error) => error.message);
  ears.rewired();
  expect(await asked).toContain("the connection was lost");
});
