/** The run as far as it is known here: folds snapshots and deltas, tolerates repeats, notices gaps. */

import { EVERYTHING, NOTHING, type Change } from "./change.ts";
import {
  AS_ALWAYS,
  UNHEARD,
  type Delta,
  type Graph,
  type Incoming,
  type Message,
  type Run,
  type Snapshot,
  type TaskRun,
} from "./run.ts";

/** `asking`: no answer yet. `live`: the kernel speaks. `saved`: nobody answers, the last known state is shown. */
export type Link = "asking" | "live" | "saved";

/** What panels may see of a run. */
export interface RunView {
  readonly graph: Graph | null;
  readonly run: Run | null;
  readonly messages: readonly Message[];
  readonly link: Link;
  /** What of the kernel's data could not be read, newest last. */
  readonly problems: readonly string[];
  task(id: string): TaskRun;
  /** The kernel's clock, seconds since the epoch, as well as it can be told here. */
  kernelTime(): number;
  subscribe(listener: (change: Change) => void, signal: AbortSignal): void;
}

/** Whether what came leaves something unknown that only a new snapshot can tell. */
export interface FoldOutcome {
  readonly has_gap: boolean;
}

const WHOLE: FoldOutcome = { has_gap: false };
const MOST_PROBLEMS = 50;

export class RunStore implements RunView {
  graph: Graph | null = null;
  run: Run | null = null;
  messages: Message[] = [];
  link: Link = "asking";
  problems: string[] = [];

  #tasks = new Map<string, TaskRun>();
  #known = new Set<string>();
  #lastSeq = -1;
  /** Seconds by which this clock is ahead of the kernel's; the smallest delay seen. */
  #skew: number | null = null;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #now: () => number;

  constructor(now: () => number = () => Date.now() / 1000) {
    this.#now = now;
  }

  task(id: string): TaskRun {
    return this.#tasks.get(id) ?? UNHEARD;
  }

  kernelTime(): number {
    if (this.link !== "live" || this.run?.status === "interrupted") return this.#lastHeard();
    return this.#now() - (this.#skew ?? 0);
  }

  subscribe(listener: (change: Change) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  setLink(link: Link): void {
    if (link === this.link) return;
    this.link = link;
    this.#tell({ ...NOTHING, link: true, run: true });
  }

  noteProblems(problems: readonly string[]): void {
    if (problems.length === 0) return;
    this.problems = [...this.problems, ...problems].slice(-MOST_PROBLEMS);
    this.#tell({ ...NOTHING, link: true });
  }

  setGraph(graph: Graph | null): void {
    if (graph === null) return;
    this.graph = graph;
    this.#known = new Set(graph.tasks.map((task) => task.id));
    this.#tell({ ...NOTHING, graph: true, run: true, tasks: "all" });
  }

  fold(incoming: Incoming): FoldOutcome {
    switch (incoming.kind) {
      case "snapshot":
        this.setGraph(incoming.graph);
        this.foldSnapshot(incoming.snapshot);
        return WHOLE;
      case "delta":
        return this.#foldDelta(incoming.delta);
      case "unknown":
        this.noteProblems([`a message this view does not know: ${incoming.what}`]);
        return WHOLE;
      default:
        return never(incoming);
    }
  }

  /** A snapshot is the whole truth about tasks; older messages already here are kept. */
  foldSnapshot(snapshot: Snapshot): void {
    const isSameRun = this.#isSameRun(snapshot.run);
    const newest = lastSeqOf(snapshot.messages) ?? -1;
    // Messages arrive in order, so a snapshot of this run covers all that was folded before it.
    this.#lastSeq = Math.max(isSameRun ? this.#lastSeq : -1, snapshot.last_seq ?? newest);
    this.run = snapshot.run;
    this.#tasks = new Map(snapshot.tasks);
    this.messages = isSameRun
      ? unite(this.messages, snapshot.messages)
      : numbered(snapshot.messages, newest);
    this.#inventGraph();
    this.#tell(EVERYTHING);
  }

  #foldDelta(delta: Delta): FoldOutcome {
    if (delta.run !== null && !this.#isSameRun(delta.run)) this.#forget();
    const first = delta.first_seq ?? delta.messages[0]?.seq ?? null;
    const last = delta.last_seq ?? lastSeqOf(delta.messages);
    if (last !== null && last <= this.#lastSeq) return WHOLE;
    const has_gap =
      (first !== null && first > this.#lastSeq + 1) ||
      [...delta.tasks.keys()].some((id) => !this.#known.has(id));
    for (const [id, task] of delta.tasks) this.#tasks.set(id, task);
    if (delta.run !== null) this.run = delta.run;
    // Of a run that was joined late, the messages are old: they do not tell what time it is.
    if (delta.now !== null) this.#noteTime(delta.now);
    this.#append(delta.messages, last);
    if (last !== null) this.#lastSeq = last;
    this.#inventGraph();
    this.#tell({
      ...NOTHING,
      run: delta.run !== null,
      tasks: new Set(delta.tasks.keys()),
      messages: delta.messages.length > 0,
    });
    return { has_gap };
  }

  #append(messages: readonly Message[], last: number | null): void {
    const newest = this.messages.at(-1)?.seq ?? -1;
    for (const message of numbered(messages, last ?? newest + 1)) {
      if (message.seq > newest) this.messages.push(message);
    }
    const time = messages.at(-1)?.time ?? null;
    if (time !== null) this.#noteTime(time);
  }

  #noteTime(time: number): void {
    this.#skew = Math.min(this.#skew ?? Infinity, this.#now() - time);
  }

  #isSameRun(run: Run | null): boolean {
    const [here, there] = [this.run?.run_id, run?.run_id];
    return !here || !there || here === there;
  }

  #forget(): void {
    this.#tasks.clear();
    this.messages = [];
    this.#lastSeq = -1;
    this.#tell(EVERYTHING);
  }

  /** Tasks without a graph are still shown, unconnected, rather than nothing at all. */
  #inventGraph(): void {
    if (this.graph !== null || this.#tasks.size === 0) return;
    const none = { cpu: null, cpu_mem: null, gpu: null, gpu_mem: null };
    this.setGraph({
      workflow_id: "",
      name: "",
      tasks: [...this.#tasks.keys()].map((id) => ({
        id, name: id, kind: "", resources: none, options: AS_ALWAYS, inputs: [], outputs: [],
      })),
      edges: [],
    });
  }

  #lastHeard(): number {
    const said = this.messages.at(-1)?.time ?? null;
    return this.run?.finished ?? said ?? this.run?.started ?? this.#now();
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function lastSeqOf(messages: readonly Message[]): number | null {
  for (let i = messages.length - 1; i >= 0; i -= 1) {
    const seq = messages[i]?.seq;
    if (seq !== undefined && !Number.isNaN(seq)) return seq;
  }
  return null;
}

/** Messages whose own number could not be read take the number they came under. */
function numbered(messages: readonly Message[], seq: number): Message[] {
  return messages.map((message) => (Number.isNaN(message.seq) ? { ...message, seq } : message));
}

function unite(old: readonly Message[], fresh: readonly Message[]): Message[] {
  const first = fresh[0]?.seq ?? Infinity;
  const last = lastSeqOf(fresh) ?? Infinity;
  const before = old.filter((message) => message.seq < first);
  const after = old.filter((message) => message.seq > last);
  return [...before, ...numbered(fresh, last), ...after];
}

function never(value: never): never {
  throw new Error(`unhandled: ${String(value)}`);
}
