// What a kernel answers on runs, nodes and the comparison of two runs; the same at each call.

const NAMES = ["train convolutional network", "nightly report", "parameter sweep", "clean", "<b>bold</b> name", "embeddings of all documents of the archive, once more"];
const STATUSES = ["succeeded", "succeeded", "failed", "running", "succeeded", "cancelled", "interrupted", "succeeded"];
const NOW = Date.now() / 1000;
let everything;

/** Undefined for a question that is none of these. */
export function answerOf(content, options) {
  switch (content.ask) {
    case "runs": return runsPage(content, Number(options.get("runs") ?? 60));
    case "compare": return comparison(content);
    case "nodes": return options.get("nodes") === "none" ? { nodes: [], reason: "this client is offline" } : { nodes: nodes(), reason: "" };
    default: return undefined;
  }
}

function listed(at) {
  const status = STATUSES[at % STATUSES.length];
  const started = NOW - 200 - at * 4000;
  const took = 20 + ((at * 37) % 400);
  const ended = Array.from({ length: 20 }, (_, bar) => (bar * 7 + at * 3) % 11);
  const failed = ended.map((count, bar) => (status === "failed" && bar > 14 ? Math.ceil(count / 2) : 0));
  const counts = { succeeded: 40 + (at % 300), ...(status === "failed" ? { failed: 2 + (at % 5), skipped: 7 } : {}) };
  return {
    run_id: (0x3f9c2a71 + at * 7919).toString(16).padStart(8, "0").repeat(4), workflow_id: "w", name: NAMES[at % NAMES.length], status,
    started, finished: ["running", "interrupted"].includes(status) ? null : started + took,
    counts: status === "running" ? {} : counts, origin: `/home/me/notebooks/book_${at % 9}.ipynb`, nbytes: 10_000 + at, is_here: false,
    sparkline: { seconds: took / 20, ended, failed },
  };
}

function runsPage({ search, statuses, offset, limit }, many) {
  everything ??= Array.from({ length: many }, (_, at) => listed(at));
  const all = everything;
  const found = all.filter(({ name, run_id, status, origin }) => `${name} ${run_id} ${status} ${origin}`.toLowerCase().includes(search.toLowerCase()));
  const chosen = statuses.length ? found.filter(({ status }) => statuses.includes(status)) : found;
  const counts = {};
  for (const { status } of found) counts[status] = (counts[status] ?? 0) + 1;
  return { rows: chosen.slice(offset, offset + limit), offset, matched: chosen.length, total: many, statuses: counts, place: "in /home/me/.maze", note: "" };
}

function task(name, more) {
  return {
    name, before_id: `a${name}`, after_id: `b${name}`, changes: [], before_state: "succeeded", after_state: "succeeded",
    before_seconds: 1.5, after_seconds: 1.4, code: "same", diff: "", inputs: [], options: [], outputs: [], ...more,
  };
}

function comparison({ before, after }) {
  const diff = `@@ -1,6 +1,7 @@
 def train(batches, rate):
-    network = Network(layers=4)
+    network = Network(layers=6, dropout=0.1)
+    network.to("cuda")
     for batch in batches:
         loss = network.step(batch, rate)
     return network, loss`;
  const side = (run_id, status, seconds) => ({ run_id, name: "train convolutional network", status, started: NOW - 900, finished: NOW - 800, seconds, tasks: 34 });
  return {
    before: side(before, "succeeded", 341.2), after: side(after, "failed", 98.4), left_out: 0,
    tasks: [
      task("train", {
        changes: ["code", "inputs", "results"], code: "changed", diff, before_seconds: 262, after_seconds: 71,
        inputs: [{ name: "rate", before: "0.001", after: "0.0005" }, { name: "batches", before: "load.batches", after: "augment.batches" }],
        options: [], outputs: [{ name: "loss", verdict: "differs", before: "0.1934", after: "0.1722" }],
      }),
      task("evaluate", { changes: ["options", "state"], after_state: "failed", after_seconds: 3.1, before_seconds: 12, options: [{ name: "gpu", before: "", after: "1" }, { name: "gpu_mem", before: "", after: "8.0 GB" }] }),
      task("augment", { changes: ["added"], before_id: "", before_state: "", before_seconds: null, after_seconds: 4.2, code: "unknown" }),
      task("resize", { changes: ["removed"], after_id: "", after_state: "", after_seconds: null, before_seconds: 44, code: "unknown" }),
      ...Array.from({ length: 30 }, (_, at) => task(`fold_${at}`, { before_seconds: 1 + at / 10, after_seconds: 2 - at / 20 })),
    ],
    counts: { added: 1, removed: 1, code: 1, inputs: 1, options: 1, results: 1, state: 1, same: 30 },
  };
}

function node(node_id, more) {
  return {
    node_id, host: "10.0.0.4", workers: [], status: "busy", fault: "", tags: [], version: "0.1.0", cpu: 16, cpu_free: 6, cpu_mem: 65536,
    cpu_mem_free: 40960, devices: [], tasks: 2, load: 0.61, memory_used: 30100, joined: NOW - 7200, heard: NOW - 1, ends: null, slots: [], ...more,
  };
}

function nodes() {
  const device = (index, more) => ({ index, name: "NVIDIA H200", uuid: "u", driver: "d", memory: 143771, memory_free: 102400, share_free: 0.5, squeezed: 0, used: 39000, load: 0.82, ...more });
  const slots = (busy, all, names) => Array.from({ length: all }, (_, at) => ({
    worker: `tcp://10.0.0.4:${4000 + at}`, threads: 1, tasks: at < busy ? 1 : 0, ahead: at === 0 ? 3 : 0, is_paused: at === all - 1,
    running: at < busy ? [{ run_id: "3f9c2a713f9c2a713f9c2a713f9c2a71", task_id: `t${at}`, name: names[at % names.length] }] : [],
  }));
  return [
    node("gpu-1", { devices: [device(0), device(1, { memory_free: 20000, squeezed: 24000, share_free: 0, used: 121000, load: 0.97 })], tags: ["a100", "fast"], slots: slots(6, 16, ["train_convolutional_network", "evaluate", "fold_3"]), tasks: 6, ends: NOW + 5400 }),
    node("laptop", { cpu: 4, cpu_free: 4, cpu_mem_free: 65536, status: "available", host: "127.0.0.1", slots: slots(0, 4, ["x"]), tasks: 0, load: 0.08 }),
    node("cpu-7", { status: "draining", slots: slots(2, 8, ["clean", "features"]) }),
    node("cpu-9", { status: "set aside", fault: "task after task failed there", slots: slots(0, 8, ["x"]) }),
    node("gpu-0", { status: "terminated", fault: "its last worker was lost: connection closed", slots: [] }),
  ];
}
