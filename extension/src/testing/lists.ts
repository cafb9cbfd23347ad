/** Lists of runs and nodes, and a comparison, as a kernel tells them. */

import { NASTY } from "./runs.ts";

type Raw = Record<string, unknown>;

export const NOW = 1_700_000_000;

export function rawListed(run_id: string, more: Raw = {}): Raw {
  return {
    run_id, workflow_id: "w", name: `flow ${run_id}`, status: "succeeded", started: NOW - 600, finished: NOW - 540,
    counts: { succeeded: 4 }, origin: "/home/me/a.ipynb", nbytes: 1000, is_here: false,
    sparkline: { seconds: 4, ended: [1, 0, 3], failed: [0, 0, 0] }, ...more,
  };
}

export function rawPage(rows: readonly unknown[], more: Raw = {}): Raw {
  return { rows, offset: 0, matched: rows.length, total: rows.length, statuses: {}, place: "in /home/me/.maze", note: "", ...more };
}

export function rawNode(node_id: string, more: Raw = {}): Raw {
  return {
    node_id, host: "10.0.0.4", workers: ["tcp://10.0.0.4:41"], status: "busy", fault: "", tags: ["a100"], version: "1",
    cpu: 8, cpu_free: 2, cpu_mem: 16384, cpu_mem_free: 12288, tasks: 1, load: 0.5, memory_used: 5000,
    joined: NOW - 100, heard: NOW - 1, ends: null, results_dir: "",
    devices: [{
      index: 0, name: "H200", uuid: "u", driver: "d", memory: 40960, memory_free: 8192, share_free: 0.5, squeezed: 4096,
      used: 30000, load: 0.9,
    }],
    slots: [
      { worker: "tcp://10.0.0.4:41", threads: 1, tasks: 1, running: [{ run_id: "r1", task_id: "t1", name: NASTY }], ahead: 2, is_paused: false },
      { worker: "tcp://10.0.0.4:42", threads: 1, tasks: 0, running: [], ahead: 0, is_paused: true },
    ],
    ...more,
  };
}

export function rawCompared(name: string, more: Raw = {}): Raw {
  return {
    name, before_id: `a-${name}`, after_id: `b-${name}`, changes: [], before_state: "succeeded", after_state: "succeeded",
    before_seconds: 1, after_seconds: 1, code: "same", diff: "", inputs: [], options: [], outputs: [], ...more,
  };
}

export const COMPARISON: Raw = {
  before: { run_id: "aaaa1111aaaa1111", name: "train", status: "succeeded", started: NOW - 900, finished: NOW - 800, seconds: 100, tasks: 4 },
  after: { run_id: "bbbb2222bbbb2222", name: "train", status: "failed", started: NOW - 600, finished: NOW - 520, seconds: 80, tasks: 4 },
  tasks: [
    rawCompared("load", {
      changes: ["code", "inputs", "results"], code: "changed", after_seconds: 31,
      diff: `@@ -1 +1 @@\n-return old\n+return ${NASTY}`,
      inputs: [{ name: "n", before: "5", after: "6" }],
      outputs: [{ name: "xs", verdict: "differs", before: "[1]", after: NASTY }, { name: "ys", verdict: "alike", before: "1", after: "1" }],
    }),
    rawCompared("fit", { changes: ["state", "options"], after_state: "failed", after_seconds: null, options: [{ name: "gpu", before: "", after: "1" }] }),
    rawCompared("save", { changes: ["added"], before_id: "", before_state: "", before_seconds: null, code: "unknown" }),
    rawCompared("plot", { before_seconds: 4, after_seconds: 2.5 }),
  ],
  left_out: 0,
  counts: { added: 1, removed: 0, code: 1, inputs: 1, options: 1, results: 1, state: 1, same: 1 },
};
