/** The run as far as it is known here: folds snapshots and deltas, tolerates repeats, notices gaps. */

import { EVERYTHING, NOTHING, type Change } from "./change.ts";
import { KernelClock } from "./kernel_clock.ts";
import { LogBook } from "./log.ts";
import { PLAIN_HOST, type Host } from "../host.ts";
import { never } from "../never.ts";
import { AskError, type Asked } from "../questions.ts";
import { decodeMessages } from "./decode_messages.ts";
import { MessageBook } from "./message_book.ts";
import { lastSeqOf } from "./numbering.ts";
import type { Display, Graph, ItemsPage, LogLine, MapRun, Message, Run, TaskRun } from "./run.ts";
import type { AskItems, Delta, Incoming, Snapshot } from "./talk.ts";
import { TaskBook } from "./task_book.ts";
import { unconnected } from "./topology.ts";
import { extended, type UsagePoint } from "./usage.ts";

/** `asking`: no answer yet. `live`: the kernel speaks. `saved`: nobody answers, the last known state is shown. */
export type Link = "asking" | "live" | "saved";

/** What panels may see of a run. */
export interface RunView {
  readonly graph: Graph | null;
  readonly run: Run | null;
  /** The newest messages, and older ones as far as they were fetched. */
  readonly messages: readonly Message[];
  /** How many of them say something of the tasks. */
  readonly spoken: number;
  /** Whether older ones can be fetched. */
  readonly hasOlder: boolean;
  /** Fetches some; resolves with how many came before those that were here. */
  loadOlder(): Promise<number>;
  /** What the nodes used over time. */
  readonly usage: readonly UsagePoint[];
  readonly link: Link;
  /** What of the kernel's data could not be read, newest last. */
  readonly problems: readonly string[];
  task(id: string): TaskRun;
  /** What is known of the items of a task that maps; null for every other task. */
  map(id: string): MapRun | null;
  /** The items of a map that were asked for last. */
  page(id: string): ItemsPage | null;
  /** Asks the kernel for items of a map; an answer comes as a change of the map. */
  askItems(asked: Omit<AskItems, "kind">): void;
  /** What a task printed, as far as it is kept here. */
  log(id: string): readonly LogLine[];
  displays(id: string): readonly Display[];
  /** The kernel's clock, seconds since the epoch, as well as it can be told here. */
  kernelTime(): number;
  /**
   * Asks the kernel, or the server, something that has one answer, and reads it with `decode`.
   * Rejects with an error whose message is meant for people.
   */
  ask<Value>(what: string, asked: Asked, decode: (raw: unknown) => Value): Promise<Value>;
  /** Shows another run here. */
  open(runId: string): void;
  /** Why the run that was asked for cannot be shown; else empty. */
  readonly absent: string;
  readonly host: Host;
  subscribe(listener: (change: Change) => void, signal: AbortSignal): void;
}

/** Whether what came leaves something unknown that only a new snapshot can tell. */
export interface FoldOutcome {
  readonly has_gap: boolean;
}

const WHOLE: FoldOutcome = { has_gap: false };
const MOST_PROBLEMS = 50;
/** So many older messages are fetched at once. */
const PAGE = 2000;

export class RunStore implements RunView {
  graph: Graph | null = null;
  run: Run | null = null;
  usage: readonly UsagePoint[] = [];
  link: Link = "asking";
  problems: string[] = [];

  /** Carries a question to the kernel; nobody is there to ask before it is set. */
  carry: (asked: AskItems) => void = () => undefined;
  /** Carries a question that has one answer. */
  carryQuestion: (what: string, asked: Asked) => Promise<unknown> = () =>
    Promise.reject(new AskError("nobody is there to answer"));
  /** Begins to follow another run. */
  turnTo: (runId: string) => void = () => undefined;
  absent = "";

  readonly #tasks = new TaskBook();
  readonly #log = new LogBook();
  readonly #book = new MessageBook();
  #older: Promise<number> | null = null;
  #lastSeq = -1;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #clock: KernelClock;

  constructor(now: () => number = () => Date.now() / 1000, readonly host: Host = PLAIN_HOST) {
    this.#clock = new KernelClock(now);
  }

  task(id: string): TaskRun {
    return this.#tasks.task(id);
  }

  map(id: string): MapRun | null {
    return this.#tasks.map(id);
  }

  page(id: string): ItemsPage | null {
    return this.#tasks.page(id);
  }

  askItems(asked: Omit<AskItems, "kind">): void {
    this.carry({ kind: "items", ...asked });
  }

  async ask<Value>(what: string, asked: Asked, decode: (raw: unknown) => Value): Promise<Value> {
    return decode(await this.carryQuestion(what, asked));
  }

  open(runId: string): void {
    if (runId === this.run?.run_id) return;
    this.#forget();
    this.run = null;
    this.graph = null;
    this.#tasks.learn(null);
    this.absent = "";
    this.#tell(EVERYTHING);
    this.turnTo(runId);
  }

  get messages(): readonly Message[] {
    return this.#book.rows;
  }

  get spoken(): number {
    return this.#book.spoken;
  }

  get hasOlder(): boolean {
    return this.#book.hasOlder && this.#book.hasRoom;
  }

  loadOlder(): Promise<number> {
    if (!this.hasOlder) return Promise.resolve(0);
    this.#older ??= this.#fetchOlder().finally(() => (this.#older = null));
    return this.#older;
  }

  log(id: string): readonly LogLine[] {
    return this.#log.lines(id);
  }

  displays(id: string): readonly Display[] {
    return this.#tasks.displays(id);
  }

  kernelTime(): number {
    if (this.link !== "live" || this.run?.status === "interrupted") return this.#lastHeard();
    return this.#clock.now;
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
    this.#tasks.learn(graph);
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
      case "items":
        this.#foldPage(incoming.page);
        return WHOLE;
      case "pulse":
        if (incoming.now !== null) this.#clock.note(incoming.now);
        return WHOLE;
      case "no_run":
        this.absent = incoming.error || "this run is not in this store";
        this.#tell({ ...NOTHING, link: true, run: true });
        return WHOLE;
      case "answer":
        return WHOLE;
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
    this.#tasks.replace(snapshot, isSameRun);
    this.#log.replace(snapshot.logs, isSameRun);
    this.#book.replace(snapshot.messages, newest, isSameRun);
    this.usage = snapshot.usage;
    this.#inventGraph();
    this.#tell(EVERYTHING);
  }

  #foldDelta(delta: Delta): FoldOutcome {
    if (delta.run !== null && !this.#isSameRun(delta.run)) this.#forget();
    const first = delta.first_seq ?? delta.messages[0]?.seq ?? null;
    const last = delta.last_seq ?? lastSeqOf(delta.messages);
    if (last !== null && last <= this.#lastSeq) return WHOLE;
    const has_gap = (first !== null && first > this.#lastSeq + 1) || this.#tasks.hasStranger(delta);
    const tasks = this.#tasks.fold(delta);
    if (delta.run !== null) this.run = delta.run;
    // Of a run that was joined late, the messages are old: they do not tell what time it is.
    if (delta.now !== null) this.#clock.note(delta.now);
    this.#append(delta.messages, last);
    this.usage = extended(this.usage, delta.usage);
    if (last !== null) this.#lastSeq = last;
    this.#inventGraph();
    this.#tell({
      ...NOTHING,
      run: delta.run !== null,
      tasks,
      messages: delta.messages.length > 0,
    });
    return { has_gap };
  }

  #append(messages: readonly Message[], last: number | null): void {
    for (const message of this.#book.append(messages, last)) this.#log.take(message);
    const time = messages.at(-1)?.time ?? null;
    if (time !== null) this.#clock.note(time);
  }

  async #fetchOlder(): Promise<number> {
    const run = this.run?.run_id;
    const older = await this.ask("messages", { before: this.messages[0]!.seq, count: PAGE }, decodeMessages);
    // Another run may be shown by now.
    if (run !== this.run?.run_id) return 0;
    const added = this.#book.prepend(older);
    if (added > 0) this.#tell({ ...NOTHING, messages: true });
    return added;
  }

  #foldPage(page: ItemsPage): void {
    if (!this.#tasks.foldPage(page)) return;
    this.#tell({ ...NOTHING, tasks: new Set([page.task_id, ...page.tasks.keys()]) });
  }

  #isSameRun(run: Run | null): boolean {
    const [here, there] = [this.run?.run_id, run?.run_id];
    return !here || !there || here === there;
  }

  #forget(): void {
    this.#tasks.clear();
    this.#log.clear();
    this.#book.clear();
    this.usage = [];
    this.#lastSeq = -1;
    this.#tell(EVERYTHING);
  }

  /** Tasks without a graph are still shown, unconnected, rather than nothing at all. */
  #inventGraph(): void {
    const ids = this.graph === null ? this.#tasks.ids : [];
    if (ids.length > 0) this.setGraph(unconnected(ids));
  }

  #lastHeard(): number {
    const said = this.messages.at(-1)?.time ?? null;
    return this.run?.finished ?? said ?? this.run?.started ?? this.#clock.here();
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
