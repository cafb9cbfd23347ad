import { expect, it } from "vitest";
import { decodeGraph, decodeSnapshot } from "./model/decode.ts";
import type { GraphTask, TaskRun } from "./model/run.ts";
import { attemptText, headTimeText, isTicking, optionsText, peakText, remark, reuseText, shortRemark, timeText } from "./story.ts";
import { rawOptions, rawState, rawTask } from "./testing/runs.ts";

type Raw = Readonly<Record<string, unknown>>;

function specOf(options: Raw): GraphTask {
  const { value } = decodeGraph({ name: "x", tasks: [rawTask("a", { options })], edges: [] });
  return value!.tasks[0]!;
}

function taskOf(state: string, more: Raw = {}): TaskRun {
  return decodeSnapshot({ tasks: { a: rawState(state, more) } }).value.tasks.get("a")!;
}

const PLAIN = specOf(rawOptions());
const TRIED = specOf(rawOptions({ retries: 3 }));

it.each([
  { attempt: 2, spec: TRIED, text: "attempt 2 of 4" },
  { attempt: 4, spec: TRIED, text: "attempt 4 of 4" },
  { attempt: 5, spec: TRIED, text: "attempt 5" },
  { attempt: 2, spec: PLAIN, text: "attempt 2" },
  { attempt: 1, spec: PLAIN, text: "attempt 1" },
])("names attempt $attempt: $text", ({ attempt, spec, text }) => {
  expect(attemptText(taskOf("running", { attempt }), spec)).toBe(text);
});

it.each([
  { retry_at: 104.2, state: "retrying", text: "in 5 s", ticks: true },
  { retry_at: 225, state: "retrying", text: "in 2 min 05 s", ticks: true },
  { retry_at: 99, state: "retrying", text: "", ticks: true },
  { retry_at: null, state: "retrying", text: "", ticks: false },
  { retry_at: 104, state: "pending", text: "", ticks: false },
])("says $text for a task that is $state until $retry_at", ({ retry_at, state, text, ticks }) => {
  const task = taskOf(state, { retry_at, started: 10 });
  expect(timeText(task, 100, "wide")).toBe(text);
  expect(isTicking(task)).toBe(ticks);
});

it.each([
  { memory: null, vram: null, text: "" },
  { memory: 0, vram: 0, text: "" },
  { memory: 3.26, vram: null, text: "3.3 MB" },
  { memory: 310.4, vram: 2048, text: "310 MB · 2.0 GB VRAM" },
])("tells a peak as $text", ({ memory, vram, text }) => {
  expect(peakText(taskOf("succeeded", { memory, vram }))).toBe(text);
});

it.each([
  { options: {}, text: "" },
  { options: rawOptions(), text: "" },
  { options: rawOptions({ retries: 1, timeout: 2 }), text: "timeout 2.0 s · 1 retry" },
  { options: rawOptions({ retry_on: ["OSError"] }), text: "" },
  { options: rawOptions({ tags: ["a", "b"], later: 3 }), text: "needs a, b" },
  { options: rawOptions({ deadline: "tomorrow", retries: "many", tags: 3 }), text: "" },
])("tells options as $text", ({ options, text }) => {
  expect(optionsText(specOf(options).options)).toBe(text);
});

it("tells a point in time as a date", () => {
  const { options } = specOf(rawOptions({ deadline: { seconds: 1_900_000_000, is_absolute: true } }));
  expect(optionsText(options)).toMatch(/^due 2030-03-1\d \d\d:\d\d:\d\d$/);
});

it.each([
  { reason: "task 'b', which it depends on, failed", text: "b! failed" },
  { reason: "task 'b', which it depends on, was cancelled", text: "b! was cancelled" },
  { reason: null, text: "b! failed" },
  { reason: "something new", text: "something new" },
])("says that $text", ({ reason, text }) => {
  expect(remark(taskOf("skipped", { root_cause: "b", reason }), PLAIN, (id) => `${id}!`)).toBe(text);
});

it("has plain words for a failure that has some", () => {
  const error = { type: "MemoryLimitError", kind: "out of memory", message: "2 GB", traceback: "", host: null };
  expect(remark(taskOf("failed", { error }), PLAIN, String)).toBe("out of memory: 2 GB");
  expect(remark(taskOf("failed", { error: { ...error, kind: undefined } }), PLAIN, String)).toBe("MemoryLimitError: 2 GB");
});

const TOO_LONG = "task 'svm: a' was stopped: it took longer than its timeout of 6 s";
const errorOf = (type: string, kind: string, message: string) => ({ type, kind, message, traceback: "", host: null });

it.each([
  { state: "pending", more: { reason: "no node could ever fit it: needs 2 GPUs; node a has no GPU" }, text: "needs 2 GPUs; node a has no GPU" },
  { state: "pending", more: { reason: "no node has the tag 'a100': there are none" }, text: "no tag 'a100': there are none" },
  { state: "cancelled", more: { reason: "cancelled while waiting: no node could ever fit it: needs 1 GPU" }, text: "waited: needs 1 GPU" },
  { state: "failed", more: { error: errorOf("TaskTimeoutError", "timed out", TOO_LONG) }, text: "timed out: over 6 s" },
  { state: "failed", more: { error: errorOf("MemoryLimitError", "out of memory", "task 'a' was stopped: it used 9 MB of memory") }, text: "out of memory: used 9 MB of memory" },
  { state: "cancelled", more: { reason: "cancelled while waiting to retry: OSError: gone", error: errorOf("OSError", "", "gone") }, text: "not retried: OSError: gone" },
  { state: "failed", more: { error: errorOf("OSError", "", TOO_LONG) }, text: `OSError: ${TOO_LONG}` },
  { state: "retrying", more: { reason: `timed out: ${TOO_LONG}`, error: errorOf("TaskTimeoutError", "timed out", TOO_LONG) }, text: "attempt 2 of 4 · timed out: over 6 s" },
])("says first what tells most: $text", ({ state, more, text }) => {
  expect(shortRemark(taskOf(state, more), TRIED, String)).toBe(text);
});

it("names the attempt that comes next while it waits for it", () => {
  const task = taskOf("retrying", { retry_at: 103, reason: "OSError: gone", started: 10, finished: 11 });
  expect(remark(task, TRIED, String)).toBe("attempt 2 of 4 · OSError: gone");
  expect(headTimeText(task, TRIED, 100)).toBe("attempt 2 of 4 in 3 s");
  expect(headTimeText(task, TRIED, 104)).toBe("attempt 2 of 4");
  expect(headTimeText(taskOf("succeeded", { started: 10, finished: 12 }), TRIED, 104)).toBe("2.0 s");
});

it.each([
  { reused_from: null, text: "" },
  { reused_from: "", text: "" },
  { reused_from: "cache", text: "from the cache" },
  { reused_from: "run 77aa4c103f9c12ab", text: "from run 77aa4c10…" },
  { reused_from: "run short", text: "from run short" },
  { reused_from: "a friend", text: "from a friend" },
])("tells outputs of $reused_from as $text", ({ reused_from, text }) => {
  const task = taskOf("succeeded", { reused_from, finished: 10 });
  expect(reuseText(task)).toBe(text);
  expect(remark(task, PLAIN, String)).toBe(text);
  expect(timeText(task, 100, "wide")).toBe("");
});

it("says of a task whose scheduler was lost that it was running, and for no longer", () => {
  const task = taskOf("was_running", { started: 10, attempt: 2, gpu_ids: [1] });
  expect(shortRemark(task, TRIED, String)).toBe("was running · GPU 1 · attempt 2 of 4");
  expect(remark(task, TRIED, String)).toBe("GPU 1 · attempt 2 of 4");
  expect(timeText(task, 100, "wide")).toBe("");
  expect(isTicking(task)).toBe(false);
});
