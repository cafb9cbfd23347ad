// Graphs of several sizes and what a run of each looks like at some moment, the same at each call.

// The moment that is shown is now, so that what still runs has run for seconds.
let START = 0;
const RESOURCES = { cpu: 1, cpu_mem: 512, gpu: 0, gpu_mem: 0 };
const TRACEBACK = `Traceback (most recent call last):
  File "/work/maze_nb/runners/python.py", line 41, in execute
    return spec.function(**inputs)
  File "<cell 4: train_convolutional_network>", line 12, in train_convolutional_network
    loss = criterion(network(batch), labels)
  File "/opt/venv/lib/python3.11/site-packages/torch/nn/modules/loss.py", line 1310, in forward
    return F.cross_entropy(input, target, weight=self.weight)
ValueError: Expected input batch_size (64) to match target batch_size (32). <b>not bold</b>`;

const PREVIEWS = {
  X: ["ndarray", "1797 × 64, float64", "[[ 0.  0.  5. 13.  9.  1.]\n [ 0.  0.  0. 12. 13.  5.]\n [ 0.  0.  0.  4. 15. 12.]]"],
  y: ["ndarray", "1797, int64", "[0 1 2 ... 8 9 8]"],
  scores: ["DataFrame", "3 × 3", "    model  accuracy  seconds\n0     svm     0.989     1.21\n1     cnn     0.993    48.02\n2  forest     0.976     0.84"],
};

export async function runOf(size, state) {
  const graph = await graphOf(size);
  return { graph, snapshot: state === "new" ? {} : snapshotOf(graph, state) };
}

async function graphOf(size) {
  switch (size) {
    case "0": return { workflow_id: "wf", name: "empty", tasks: [], edges: [] };
    case "6": return (await fetch("six.json")).json();
    case "chain": return madeOf("chain", Array.from({ length: 24 }, (_, at) => [`step_${at + 1}`, at ? [at - 1] : []]));
    case "kinds": return kindsOf(await graphOf("6"));
    case "60": return madeOf("cross_validation", sixty());
    case "1000": return madeOf("parameter sweep", thousand());
    case "10000": return madeOf("twenty stages", stages(20, 500));
    case "links": return madeOf("a long chain", Array.from({ length: 2000 }, (_, at) => [`link ${at % 2 ? "b" : "a"} ${at}`, at ? [at - 1] : []]));
    default: throw new Error(`no graph of size ${size}`);
  }
}

/** The same with tasks that are not just Python. */
function kindsOf(graph) {
  const kinds = ["container", "command", "python", "shell", "container", "notebook"];
  return { ...graph, tasks: graph.tasks.map((task, at) => ({ ...task, kind: kinds[at] })) };
}

function sixty() {
  const tasks = [["load", []], ["clean", [0]], ["features", [1]], ["folds", [1, 2]]];
  for (let fold = 0; fold < 10; fold += 1) {
    const first = tasks.length;
    tasks.push([`fold_${fold}_train`, [3]]);
    for (const model of ["svm", "forest", "boost"]) tasks.push([`fold_${fold}_${model}`, [first]]);
    tasks.push([`fold_${fold}_score`, [first + 1, first + 2, first + 3]]);
  }
  const scores = tasks.flatMap(([name], at) => (name.endsWith("score") ? at : []));
  tasks.push(["summary", scores], ["figure", [tasks.length]], ["report", [tasks.length, tasks.length + 1]]);
  tasks.push(["log_versions", []], ["environment", []], ["notify", []]);
  return tasks;
}

function thousand() {
  const tasks = [["load", []], ["grid", [0]]];
  for (let at = 0; at < 332; at += 1) {
    const first = tasks.length;
    tasks.push([`fit_${at}`, [1]], [`predict_${at}`, [first]], [`score_${at}`, [first + 1]]);
  }
  tasks.push(["best", tasks.flatMap(([name], at) => (name.startsWith("score") ? at : []))], ["report", [tasks.length]]);
  return tasks;
}

/** Stages of many tasks each, every task after two of the stage before. */
function stages(count, size) {
  return Array.from({ length: count * size }, (_, at) => {
    const [stage, place] = [Math.floor(at / size), at % size];
    const before = stage === 0 ? [] : [place, (place + 17 * stage) % size].map((other) => (stage - 1) * size + other);
    return [`${STAGES[stage]}_${place + 1}`, [...new Set(before)]];
  });
}

const STAGES = [
  "load", "check", "clean", "join", "split", "scale", "encode", "select", "train", "tune",
  "predict", "score", "rank", "merge", "explain", "plot", "export", "verify", "archive", "report",
];

function madeOf(name, rows) {
  const id = (at) => `t${at + 1}`;
  return {
    workflow_id: `wf-${name}`,
    name,
    tasks: rows.map(([task, before], at) => ({
      id: id(at), name: task, kind: "python", resources: RESOURCES,
      inputs: before.map((source) => rows[source][0]), outputs: [task],
    })),
    edges: rows.flatMap(([, before], at) =>
      before.map((source) => ({ source: id(source), target: id(at), names: [rows[source][0]] })),
    ),
  };
}

/** The states of a run that has not come to its end. */
const CUT = new Set(["running", "interrupted"]);

/** Plays the run with eight slots up to the moment that the state asks for. */
function snapshotOf(graph, state) {
  const { tasks, messages, end } = play(graph, state);
  const isOver = !CUT.has(state);
  const counts = {};
  for (const task of Object.values(tasks)) counts[task.state] = (counts[task.state] ?? 0) + 1;
  const run = {
    run_id: "3f9c2a71-5b0e-4c7d-9a57-2f6c1f1f9e10",
    status: { failed: "failed", finished: "succeeded", cached: "succeeded" }[state] ?? state,
    started: START, finished: isOver ? end : null, counts,
    reused: Object.values(tasks).filter((task) => task.reused_from).length, resumes: 0, away: 0,
  };
  return { run, tasks, messages, usage: usageOf(tasks, run.finished ?? messages.at(-1)?.time ?? START) };
}

function play(graph, state) {
  const broken = state === "failed" ? graph.tasks.at(Math.floor(graph.tasks.length * 0.55)).id : null;
  const name = new Map(graph.tasks.map((task) => [task.id, task.name]));
  const before = new Map(graph.tasks.map((task) => [task.id, []]));
  for (const { source, target } of graph.edges) before.get(target).push(source);
  const runs = scheduleOf(graph, before);
  const ends = [...runs.values()].map((run) => run.finished).sort((a, b) => a - b);
  const now = CUT.has(state) ? ends[Math.floor(ends.length * 0.58)] : Infinity;
  // An interrupted run is found an hour later.
  START = Math.floor(Date.now() / 1000) - Math.min(now, ends.at(-1)) - (state === "interrupted" ? 3600 : 0);
  const events = [];
  const tasks = {};
  const causes = new Map();
  for (const spec of graph.tasks) {
    const { id } = spec;
    const cause = before.get(id).map((other) => (other === broken ? broken : causes.get(other))).find(Boolean);
    if (cause) causes.set(id, cause);
    tasks[id] = stateOf(spec, runs.get(id), { now, broken, cause, before: before.get(id), tasks, events, name, state });
  }
  const messages = events
    .sort((a, b) => a.time - b.time)
    .map((event, at) => ({ seq: at + 1, task_name: name.get(event.task_id) ?? null, ...event }));
  return { tasks, messages, end: START + ends.at(-1) };
}

/** Of the tasks of a run that was cached in part: where the outputs of one come from, if it did not run. */
function sourceOf(id) {
  const number = Number(id.slice(1));
  if (number % 5 === 4) return null;
  return number % 3 === 0 ? "run 77aa4c103f9c12ab" : "cache";
}

/** Seconds after the start at which each task starts and finishes on eight slots. */
function scheduleOf(graph, before) {
  const slots = new Array(8).fill(0);
  const runs = new Map();
  for (const { id } of graph.tasks) {
    const ready = Math.max(0, ...before.get(id).map((other) => runs.get(other).finished));
    const slot = slots.indexOf(Math.min(...slots));
    const started = Math.max(ready, slots[slot]) + 0.02;
    const finished = started + 0.4 + ((Number(id.slice(1)) * 37) % 50) / 8;
    slots[slot] = finished;
    runs.set(id, { ready, started, finished, slot });
  }
  return runs;
}

function stateOf(spec, { ready, started, finished, slot }, { now, broken, cause, before, tasks, events, name, state }) {
  const { id } = spec;
  const blank = {
    state: "waiting", attempt: 1, started: null, finished: null, node_id: null, node_ip: null, worker: null,
    gpu_ids: [], reason: null, error: null, root_cause: null, outputs: [],
  };
  if (cause) {
    events.push({ time: START + finished, type: "task_skipped", task_id: id, text: `${name.get(cause)} failed` });
    return { ...blank, state: "skipped", root_cause: cause };
  }
  if (started > now) {
    const isReady = before.every((other) => tasks[other].state === "succeeded");
    if (!isReady || state === "interrupted") return blank;
    return { ...blank, state: "pending", queued: START + ready, reason: "needs 1 core; all 8 cores of node a are in use" };
  }
  const where = {
    ...againOf(id, ready, started, finished, slot),
    node_id: "node-a", node_ip: "10.0.0.4", worker: `tcp://10.0.0.4:4${100 + slot}`,
    gpu_ids: spec.resources.gpu > 0 ? [0] : [],
  };
  events.push({ time: START + started, type: "start_task", task_id: id, text: `on node-a, slot ${slot}` });
  const begun = START + started + (where.past.length > 0 ? (finished - started) / 3 + 0.05 : 0);
  const times = { started: begun, finished: START + finished };
  if (finished > now) {
    return { ...blank, ...where, state: state === "interrupted" ? "was_running" : "running", started: begun };
  }
  if (id === broken) {
    const error = {
      type: "ValueError", message: "Expected input batch_size (64) to match target batch_size (32).",
      traceback: TRACEBACK, host: "node-a",
    };
    events.push({ time: START + finished, type: "task_exception", task_id: id, text: `${error.type}: ${error.message}` });
    return { ...blank, ...where, state: "failed", ...times, error };
  }
  const peak = { memory: spec.resources.cpu_mem * 0.6, vram: spec.resources.gpu_mem * 0.75 };
  const outputs = spec.outputs.map((output) => {
    const [type, summary, preview] = PREVIEWS[output] ?? ["dict", "3 items", `{'name': '${output}', 'value': 0.93}`];
    const place = output === "X" ? "on disk, 50.0 MB" : "";
    return { name: output, type, summary, preview, place, path: place && `node-a:/data/results/3f9c2a71/${id}/${output}.pkl` };
  });
  const source = state === "cached" && sourceOf(id);
  if (source) {
    const text = source === "cache" ? "from the cache" : "from run 77aa4c10…";
    events.push({ time: START + finished, type: "finish_task", task_id: id, text });
    return { ...blank, state: "succeeded", finished: START + finished, outputs, reused_from: source };
  }
  events.push({ time: START + finished, type: "finish_task", task_id: id, text: spec.outputs.join(", ") });
  return { ...blank, ...where, state: "succeeded", ...times, outputs, ...peak };
}

/** Where a task ran, and of each ninth an earlier attempt in the first third of its time. */
function againOf(id, ready, started, finished, slot) {
  if (Number(id.slice(1)) % 9 !== 5) return { slot, queued: START + ready, past: [] };
  const third = (finished - started) / 3;
  const past = {
    attempt: 1, state: "failed", queued: START + ready, started: START + started, finished: START + started + third,
    node_id: "node-a", node_ip: "10.0.0.4", worker: `tcp://10.0.0.4:4${100 + slot}`, slot, gpu_ids: [],
    reason: "OSError: the file is not there yet", memory: 90, vram: null,
  };
  return { slot, queued: START + started + third, past: [past], attempt: 2 };
}

/** What the node used, seen now and then. */
function usageOf(tasks, end) {
  const points = 60;
  const used = Object.values(tasks).filter((task) => task.started);
  return Array.from({ length: points }, (_, at) => {
    const time = START + (end - START) * (at / (points - 1));
    const busy = used.filter((task) => task.started <= time && (task.finished ?? Infinity) >= time);
    const gpus = busy.filter((task) => task.gpu_ids.length > 0).length;
    const wave = 0.5 + Math.sin(at) / 2;
    const device = { index: 0, load: Math.min(1, gpus * (0.6 + 0.4 * wave)), used: 900 + gpus * 5200, total: 16384 };
    const cpu = Math.min(1, busy.length / 8 - 0.1 * wave * Math.sign(busy.length));
    return { time, nodes: [{ node_id: "node-a", cpu, memory: 2200 + busy.length * 640, total: 16384, devices: [device] }] };
  });
}

/** One message to push into a live view. */
export const messageOf = (seq, text) => ({
  seq, time: START + seq / 100, type: "task_log", task_id: null, task_name: null, text,
});
