/** What a timeline shows: a bar for each attempt at a task, in rows of lanes; plain data, nothing of the page. */

import { faceOf, type Face } from "../glyphs.ts";
import { isMap } from "../model/items.ts";
import type { AttemptRun, GraphTask, TaskRun } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { sumOfMap } from "../sum.ts";

export type LaneBy = "slot" | "device" | "task";

export interface Bar {
  readonly task: string;
  readonly name: string;
  readonly attempt: number;
  /** An earlier attempt; how it ended is in `word`. */
  readonly isPast: boolean;
  /** Stands for the many items of a map, of which the kernel tells in figures. */
  readonly isMany: boolean;
  /** An item of a map: of those only some are known, so its place may have been busy with others while it waited. */
  readonly isItem: boolean;
  readonly face: Face;
  readonly word: string;
  /** Seconds since the epoch. When it became ready, began and ended; what has not come yet is null. */
  readonly queued: number | null;
  readonly started: number | null;
  readonly finished: number | null;
  readonly node: string;
  readonly slot: number | null;
  readonly worker: string;
  readonly gpus: readonly number[];
  readonly note: string;
}

/** Bars one after the other. */
export interface LaneRow {
  readonly bars: readonly Bar[];
}

export interface Lane {
  readonly title: string;
  readonly rows: readonly LaneRow[];
  /** Bars of tasks that have no place yet and stand here only to be seen. */
  readonly isQueue: boolean;
  readonly hidden: number;
}

/** Of what waits for a place no more rows than this are drawn. */
const MOST_QUEUE_ROWS = 12;

const BETWEEN = " · ";

const WORDS: Readonly<Record<string, Face>> = {
  failed: "failed", lost: "retrying", succeeded: "succeeded", cancelled: "cancelled",
};

/** All bars of a run. */
export function barsOf(view: RunView): readonly Bar[] {
  const bars: Bar[] = [];
  for (const spec of view.graph?.tasks ?? []) {
    if (isMap(spec) && view.map(spec.id) !== null) addMap(bars, spec, view);
    else addTask(bars, spec.id, spec.name, view.task(spec.id));
  }
  return bars;
}

function addMap(bars: Bar[], spec: GraphTask, view: RunView): void {
  const map = view.map(spec.id)!;
  for (const id of map.items) addTask(bars, id, `${spec.name}[${id.slice(spec.id.length + 1)}]`, view.task(id), true);
  if (map.count === null || map.count <= map.items.length || map.started === null) return;
  const face = sumOfMap(spec.id, view).face;
  bars.push({
    task: spec.id, name: `${spec.name} × ${map.count}`, attempt: 1, isPast: false, isMany: true, isItem: false, face, word: "",
    queued: null, started: map.started, finished: map.finished, node: "", slot: null, worker: "", gpus: [],
    note: Object.entries(map.counts).map(([state, count]) => `${count} ${state}`).join(" · "),
  });
}

function addTask(bars: Bar[], id: string, name: string, task: TaskRun, isItem = false): void {
  for (const past of task.past) bars.push(pastBar(id, name, past, isItem));
  const isOpen = task.state === "pending" || task.state === "retrying";
  const last = task.past.at(-1);
  // While it waits to be tried again, the row still tells of the attempt before.
  const isShelved = isOpen && last !== undefined && last.started === task.started;
  const started = isShelved ? null : task.started;
  if (task.reused_from !== null || (started === null && !(isOpen && task.queued !== null))) return;
  bars.push({
    task: id, name, attempt: isShelved ? task.attempt + 1 : task.attempt, isPast: false, isMany: false, isItem,
    face: faceOf(task), word: "", queued: task.queued, started,
    finished: started === null ? null : task.finished,
    node: task.node_id ?? "", slot: task.slot, worker: task.worker ?? "", gpus: task.gpu_ids,
    note: task.error === null ? task.reason ?? "" : `${task.error.type}: ${task.error.message}`,
  });
}

function pastBar(task: string, name: string, past: AttemptRun, isItem: boolean): Bar {
  const { attempt, queued, started, finished, slot } = past;
  return {
    task, name, attempt, isPast: true, isMany: false, isItem, face: WORDS[past.state] ?? "unknown", word: past.state,
    queued, started, finished: finished ?? started, node: past.node_id ?? "", slot, worker: past.worker ?? "",
    gpus: past.gpu_ids, note: past.reason ?? "",
  };
}

/** When a bar ends; one that goes on ends now. */
export function endOf({ finished }: Bar, now: number): number {
  return finished ?? now;
}

/** When there is first something to see of a bar. */
export function beginOf(bar: Bar): number {
  return bar.queued === null ? bar.started ?? 0 : Math.min(bar.queued, bar.started ?? Infinity);
}

/** Lanes in the order of their names, each with as few rows as its bars need not to overlap. */
export function lanesOf(bars: readonly Bar[], by: LaneBy, now: number): readonly Lane[] {
  return by === "task" ? lanePerTask(bars) : lanesByPlace(bars, by, now);
}

function lanePerTask(bars: readonly Bar[]): readonly Lane[] {
  const rows = new Map<string, Bar[]>();
  for (const bar of bars) listAt(rows, bar.task).push(bar);
  const found = [...rows.values()].map((own) => own.sort((a, b) => a.attempt - b.attempt));
  found.sort((a, b) => beginOf(a[0]!) - beginOf(b[0]!));
  return found.map((own) => ({
    title: own[0]!.name, rows: [{ bars: own }], isQueue: false, hidden: 0,
  }));
}

function lanesByPlace(bars: readonly Bar[], by: LaneBy, now: number): readonly Lane[] {
  const placed = new Map<string, Bar[]>();
  const many: Bar[] = [];
  const queue: Bar[] = [];
  for (const bar of bars) {
    if (bar.isMany) many.push(bar);
    else if (bar.started === null) queue.push(bar);
    else for (const title of titlesOf(bar, by)) listAt(placed, title).push(bar);
  }
  const keys = [...placed.keys()].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const nodes = new Set([...placed.values()].flat().map((bar) => bar.node));
  const lanes = keys.map((key): Lane => {
    // Where there is one node only, its name would say nothing.
    const title = nodes.size === 1 && key.includes(BETWEEN) ? key.slice(key.indexOf(BETWEEN) + BETWEEN.length) : key;
    return { title, rows: packed(placed.get(key)!, now, started), isQueue: false, hidden: 0 };
  });
  if (many.length > 0) lanes.push({ title: "maps", rows: packed(many, now, started), isQueue: false, hidden: 0 });
  if (queue.length > 0) {
    const shown = [...queue].sort((a, b) => beginOf(a) - beginOf(b)).slice(0, MOST_QUEUE_ROWS);
    lanes.push({
      title: "no place yet", rows: shown.map((bar) => ({ bars: [bar] })), isQueue: true,
      hidden: queue.length - shown.length,
    });
  }
  return lanes;
}

function started(bar: Bar): number {
  return bar.started ?? beginOf(bar);
}

function titlesOf(bar: Bar, by: LaneBy): readonly string[] {
  const node = bar.node === "" ? "somewhere" : bar.node;
  if (by === "device") {
    return bar.gpus.length === 0 ? [`${node}${BETWEEN}no GPU`] : bar.gpus.map((gpu) => `${node}${BETWEEN}GPU ${gpu}`);
  }
  if (bar.slot !== null) return [`${node}${BETWEEN}slot ${bar.slot}`];
  return [bar.worker === "" ? node : `${node}${BETWEEN}${bar.worker.replace(/^\w+:\/\//, "")}`];
}

/** The first row that is free by then takes a bar. */
function packed(bars: readonly Bar[], now: number, from: (bar: Bar) => number): readonly LaneRow[] {
  const sorted = [...bars].sort((a, b) => from(a) - from(b));
  const rows: Bar[][] = [];
  const free: number[] = [];
  for (const bar of sorted) {
    let at = free.findIndex((end) => end <= from(bar) + OVERLAP);
    if (at < 0) at = rows.push([]) - 1;
    rows[at]!.push(bar);
    free[at] = Math.max(endOf(bar, now), from(bar));
  }
  return rows.map((own) => ({ bars: own }));
}

/** Clocks of workers differ by this much, in seconds. */
const OVERLAP = 0.005;

export interface Depth {
  /** Seconds since the epoch, and how many tasks were ready and not running from then on. */
  readonly times: readonly number[];
  readonly counts: readonly number[];
  readonly most: number;
}

/** How many tasks waited for a place over time. */
export function queueDepth(bars: readonly Bar[], now: number): Depth {
  const steps: (readonly [time: number, by: number])[] = [];
  for (const { queued, started: begun } of bars) {
    const until = begun ?? now;
    if (queued === null || until <= queued) continue;
    steps.push([queued, 1], [until, -1]);
  }
  steps.sort((a, b) => a[0] - b[0]);
  const times: number[] = [];
  const counts: number[] = [];
  let [depth, most] = [0, 0];
  for (const [time, by] of steps) {
    depth += by;
    most = Math.max(most, depth);
    if (times.at(-1) === time) counts[counts.length - 1] = depth;
    else {
      times.push(time);
      counts.push(depth);
    }
  }
  return { times, counts, most };
}

/** The time from the first to the last thing there is to see. */
export function spanOf(bars: readonly Bar[], view: RunView, now: number): readonly [number, number] {
  let start = view.run?.started ?? Infinity;
  let end = view.run?.finished ?? -Infinity;
  for (const bar of bars) {
    start = Math.min(start, beginOf(bar));
    end = Math.max(end, endOf(bar, now));
  }
  if (view.run !== null && view.run.finished === null) end = Math.max(end, now);
  if (!Number.isFinite(start) || !Number.isFinite(end)) return [0, 1];
  return [start, Math.max(end, start + 0.1)];
}

function listAt<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}
