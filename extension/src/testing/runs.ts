/** Raw wire data and stores that hold it, for tests. */

import { decodeGraph, decodeIncoming } from "../model/decode.ts";
import { RunStore } from "../model/store.ts";

type Raw = Readonly<Record<string, unknown>>;

export const NASTY = `<img src=x onerror="window.broken=1">`;

export function rawTask(id: string, more: Raw = {}): Raw {
  const resources = { cpu: 1, cpu_mem: 512, gpu: 0, gpu_mem: 0 };
  return { id, name: `name_${id}`, kind: "python", resources, options: {}, inputs: [], outputs: ["out"], ...more };
}

/** A diamond: a, then b and c, then d. */
export const DIAMOND: Raw = {
  workflow_id: "wf",
  name: "diamond",
  tasks: [
    rawTask("a", { outputs: ["xs"] }),
    rawTask("b", { inputs: ["xs"], resources: { cpu: 2, cpu_mem: 2048, gpu: 0.5, gpu_mem: 8192 } }),
    rawTask("c", { inputs: ["xs", "depth"] }),
    rawTask("d", { name: NASTY }),
  ],
  edges: [
    { source: "a", target: "b", names: ["xs"] },
    { source: "a", target: "c", names: ["xs"] },
    { source: "b", target: "d", names: ["out"] },
    { source: "c", target: "d", names: ["out"] },
  ],
};

export function rawRun(status: string, more: Raw = {}): Raw {
  return { run_id: "0123456789abcdef", status, started: 1000, finished: null, counts: {}, reused: 0, resumes: 0, away: 0, stopped: null, ...more };
}

export function rawState(state: string, more: Raw = {}): Raw {
  return {
    state, attempt: 1, started: null, finished: null, node_id: null, node_ip: null, worker: null,
    gpu_ids: [], reason: null, progress: null, error: null, root_cause: null, outputs: [],
    retry_at: null, memory: null, vram: null, reused_from: null, ...more,
  };
}

export function rawOptions(more: Raw = {}): Raw {
  return {
    timeout: null, isolation: "auto", retries: 0, backoff: 1, retry_on: [], priority: 0,
    deadline: null, tags: [], prefer: [], ...more,
  };
}

export function rawMessage(seq: number, more: Raw = {}): Raw {
  return { seq, time: 1000 + seq, type: "start_task", task_id: "a", task_name: "name_a", text: `text ${seq}`, ...more };
}

export function rawMessages(first: number, last: number): Raw[] {
  return Array.from({ length: last - first + 1 }, (_, at) => rawMessage(first + at));
}

export const TRACEBACK = "Traceback (most recent call last):\n  File \"<cell>\"\nValueError: no";

/** The diamond with b failed, d skipped for it, c pending. */
export const FAILED: Raw = {
  run: rawRun("failed", { finished: 1062.5, counts: { succeeded: 1, failed: 1, pending: 1, skipped: 1 } }),
  tasks: {
    a: rawState("succeeded", {
      started: 1000, finished: 1001.25, node_id: "node-a", node_ip: "10.0.0.4", worker: "tcp://10.0.0.4:41",
      memory: 310,
      outputs: [{ name: "xs", type: "ndarray", summary: "3 × 3", preview: `[[1 2 3]] ${NASTY}` }],
    }),
    b: rawState("failed", {
      attempt: 2, started: 1002, finished: 1062, node_id: "node-a", gpu_ids: [0],
      error: { type: "ValueError", message: "no\nreally", traceback: TRACEBACK, host: "node-a" },
    }),
    c: rawState("pending", { reason: "needs 12 GB VRAM on one device" }),
    d: rawState("skipped", { root_cause: "b" }),
  },
  messages: rawMessages(0, 4),
  last_seq: 4,
};

/** The diamond as its scheduler left it, long before the test's now: a from the cache, c was running. */
export const INTERRUPTED: Raw = {
  run: rawRun("interrupted", { counts: { succeeded: 2, was_running: 1, waiting: 1 }, reused: 1 }),
  tasks: {
    a: rawState("succeeded", {
      finished: 1001, reused_from: "cache",
      outputs: [{
        name: "xs", type: "ndarray", summary: "3 × 3", preview: null,
        place: "on disk, 50.0 MB", path: "node-a:/results/r/a/xs.pkl",
      }],
    }),
    b: rawState("succeeded", { started: 1001, finished: 1003, node_id: "node-a" }),
    c: rawState("was_running", { started: 1002, node_id: "node-a", attempt: 2 }),
    d: rawState("waiting"),
  },
  messages: [
    ...rawMessages(0, 3),
    rawMessage(4, { type: "finish_task", text: "from the cache" }),
  ],
  last_seq: 4,
};

/** A store as after one snapshot from a kernel. */
export function storeOf(snapshot: Raw, graph: Raw | null = DIAMOND, now = () => 1100): RunStore {
  const store = new RunStore(now);
  store.setGraph(decodeGraph(graph).value);
  store.setLink("live");
  tell(store, { kind: "snapshot", ...snapshot });
  return store;
}

export function tell(store: RunStore, raw: unknown): boolean {
  return store.fold(decodeIncoming(raw).value).has_gap;
}
