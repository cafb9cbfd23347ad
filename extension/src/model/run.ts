/** What a run looks like to the views: the nouns of the wire, in the wire's own names. */

export const TASK_STATES = [
  "waiting",
  "pending",
  "running",
  "retrying",
  "succeeded",
  "failed",
  "skipped",
  "cancelled",
  // In an interrupted run: when the scheduler was lost.
  "was_running",
] as const;
export type KnownTaskState = (typeof TASK_STATES)[number];
/** `unknown` is a state a newer kernel sent; its own word is kept beside it. */
export type TaskState = KnownTaskState | "unknown";

export const RUN_STATUSES = [
  "pending",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "timed_out",
  "interrupted",
] as const;
export type KnownRunStatus = (typeof RUN_STATUSES)[number];
export type RunStatus = KnownRunStatus | "unknown";

export interface Resources {
  readonly cpu: number | null;
  /** MB of 2^20 bytes. */
  readonly cpu_mem: number | null;
  /** Devices; below 1 it is a share of one device. */
  readonly gpu: number | null;
  /** MB of 2^20 bytes on each device. */
  readonly gpu_mem: number | null;
}

export interface Deadline {
  readonly seconds: number;
  /** Seconds since the epoch if so, else from the run's start. */
  readonly is_absolute: boolean;
}

/** How a task is to be run; from a kernel that does not say, all as always. */
export interface TaskOptions {
  /** Seconds. */
  readonly timeout: number | null;
  readonly isolation: string;
  readonly retries: number;
  readonly backoff: number | null;
  readonly retry_on: readonly string[];
  readonly priority: number;
  readonly deadline: Deadline | null;
  readonly tags: readonly string[];
  readonly prefer: readonly string[];
}

export interface GraphTask {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly resources: Resources;
  readonly options: TaskOptions;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The sub-workflows that it is part of, the outermost first. */
  readonly group: readonly string[];
  /** Whether it is stale, and why; empty where nothing is said. */
  readonly mark: string;
  readonly why: string;
  /** The notebook's own id of the cell that it was made of; empty where there is none. */
  readonly cell: string;
}

export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  /** Names of the outputs carried. */
  readonly names: readonly string[];
}

export interface Graph {
  readonly workflow_id: string;
  readonly name: string;
  readonly tasks: readonly GraphTask[];
  readonly edges: readonly GraphEdge[];
}

export interface Run {
  readonly run_id: string;
  readonly status: RunStatus;
  /** The word the kernel used; differs from `status` only when that is `unknown`. */
  readonly status_word: string;
  /** Seconds since the epoch. */
  readonly started: number | null;
  readonly finished: number | null;
  /** Tasks by the word of their state. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many of the succeeded did not have to run. */
  readonly reused: number;
  /** How often it went on after an interruption, and the seconds in which nobody worked on it. */
  readonly resumes: number;
  readonly away: number;
  /** When it was last heard of, while it is interrupted: up to then it took time. */
  readonly stopped: number | null;
}

/** Whether more is to be heard of it before somebody starts or resumes it. */
export function isGoingOn(run: Run | null): run is Run {
  return run !== null && run.finished === null && run.status !== "interrupted";
}

export interface TaskError {
  readonly type: string;
  /** The type in plain words, such as "timed out", where it has some. */
  readonly kind: string;
  readonly message: string;
  readonly traceback: string;
  readonly host: string | null;
}

export interface TaskOutput {
  readonly name: string;
  readonly type: string;
  readonly summary: string;
  readonly preview: string;
  /** Where a big value lies, such as "on disk, 50.0 MB", and in which file; else empty. */
  readonly place: string;
  readonly path: string;
}

/** An earlier attempt at a task; times in seconds since the epoch. */
export interface AttemptRun {
  readonly attempt: number;
  /** How it ended: "failed", "lost" where its worker or the scheduler went away, or another word. */
  readonly state: string;
  readonly queued: number | null;
  readonly started: number | null;
  readonly finished: number | null;
  readonly node_id: string | null;
  readonly node_ip: string | null;
  readonly worker: string | null;
  readonly slot: number | null;
  readonly gpu_ids: readonly number[];
  readonly reason: string | null;
  readonly memory: number | null;
  readonly vram: number | null;
}

export interface TaskRun {
  readonly state: TaskState;
  readonly state_word: string;
  readonly attempt: number;
  readonly started: number | null;
  readonly finished: number | null;
  readonly node_id: string | null;
  readonly node_ip: string | null;
  readonly worker: string | null;
  readonly gpu_ids: readonly number[];
  readonly reason: string | null;
  /** 0 to 1, when the task reports it. */
  readonly progress: number | null;
  /** The numbers it gave. */
  readonly done: number | null;
  readonly total: number | null;
  readonly error: TaskError | null;
  /** Id of the task whose failure this one was skipped for. */
  readonly root_cause: string | null;
  readonly outputs: readonly TaskOutput[];
  /** Seconds since the epoch; not tried again before. */
  readonly retry_at: number | null;
  /** The most it used, in MB of 2^20 bytes, where that was measured. */
  readonly memory: number | null;
  readonly vram: number | null;
  /** "cache" or "run <run_id>", where its outputs were there already and it did not run. */
  readonly reused_from: string | null;
  /** When the present attempt became ready to run, seconds since the epoch. */
  readonly queued: number | null;
  /** The number of the worker process on its node. */
  readonly slot: number | null;
  /** The newest of the earlier attempts, the oldest first. */
  readonly past: readonly AttemptRun[];
  /** The seconds that its container had a core, where that was measured. */
  readonly cpu: number | null;
  /** The URL of the files that it left; else empty. */
  readonly location: string;
}

/** A task that maps over a list, in figures. */
export interface MapRun {
  /** How many items it has, once that is known. */
  readonly count: number | null;
  /** Items by the word of what they show. */
  readonly counts: Readonly<Record<string, number>>;
  readonly started: number | null;
  readonly finished: number | null;
  /** Ids of the items that the kernel tells of: all of a short map, else some that matter. */
  readonly items: readonly string[];
}

/** Something that a task displayed. */
export interface Display {
  readonly display_id: string;
  readonly mime: string;
  readonly text: string;
  /** The address of a picture, which holds the picture itself; else empty. */
  readonly image: string;
  /** A page that is not to be trusted; else empty. */
  readonly html: string;
  readonly place: string;
}

/** Some items of a map, as they were asked for. */
export interface ItemsPage {
  readonly task_id: string;
  readonly state: string;
  readonly offset: number;
  readonly total: number;
  readonly items: readonly string[];
  readonly tasks: ReadonlyMap<string, TaskRun>;
}

export interface Message {
  readonly seq: number;
  readonly time: number | null;
  readonly type: string;
  readonly task_id: string | null;
  readonly task_name: string | null;
  readonly text: string;
  /** Where to, of what was printed: "stdout" or "stderr"; else empty. */
  readonly stream: string;
}

/** A line that a task printed, and to which stream. */
export interface LogLine {
  readonly stream: string;
  readonly text: string;
}

/** A task that nothing has been heard of yet. */
export const UNHEARD: TaskRun = {
  state: "waiting",
  state_word: "waiting",
  attempt: 1,
  started: null,
  finished: null,
  node_id: null,
  node_ip: null,
  worker: null,
  gpu_ids: [],
  reason: null,
  progress: null,
  done: null,
  total: null,
  error: null,
  root_cause: null,
  outputs: [],
  retry_at: null,
  memory: null,
  vram: null,
  reused_from: null,
  queued: null,
  slot: null,
  past: [],
  cpu: null,
  location: "",
};

export const AS_ALWAYS: TaskOptions = {
  timeout: null,
  isolation: "auto",
  retries: 0,
  backoff: null,
  retry_on: [],
  priority: 0,
  deadline: null,
  tags: [],
  prefer: [],
};
