/** What views are told and what they send. Written by `make types`; do not edit. */

export interface ViewMessages {
  answered: RunsPage | ComparisonRow;
  told: TellSnapshot | TellDelta | TellItems | TellPulse | TellNoRun | TellAnswer;
  wanted: WantRun | WantItems | WantAnswer;
}
/**
 * Some runs of a list, the newest first, as it was asked for.
 *
 * `offset` is how many come before them, `matched` how many runs are like those that were
 * asked for, `total` how many there are at all and `statuses` how many of each status are
 * among those that the search finds. `place` says where they are kept, `note` what is wrong.
 */
export interface RunsPage {
  matched: number;
  note: string;
  offset: number;
  place: string;
  rows: RunListRow[];
  statuses: {
    [k: string]: number;
  };
  total: number;
}
/**
 * One run in a list of runs; times in seconds since 1970, `counts` of tasks by state.
 *
 * `origin` is where it was started, `nbytes` how much its journal takes, `is_here` whether
 * the scheduler that was asked carries it through.
 */
export interface RunListRow {
  counts: {
    [k: string]: number;
  };
  finished: number | null;
  is_here: boolean;
  name: string;
  nbytes: number;
  origin: string;
  run_id: string;
  sparkline: SparklineRow;
  started: number | null;
  status: string;
  workflow_id: string;
}
/**
 * When tasks of a run ended, in bars that are `seconds` wide each, the first at its start.
 *
 * `ended` counts all that ended, `failed` those of them that failed.
 */
export interface SparklineRow {
  ended: number[];
  failed: number[];
  seconds: number;
}
/**
 * Two runs compared.
 *
 * `tasks` begins with those of which most changed, then come those whose times differ most; of
 * very many only so many are there, and `left_out` says how many are not. `counts` has how
 * many tasks show each kind of change, and under `same` how many show none.
 */
export interface ComparisonRow {
  after: SideRow;
  before: SideRow;
  counts: {
    [k: string]: number;
  };
  left_out: number;
  tasks: TaskComparisonRow[];
}
/**
 * One of the two runs; times in seconds since 1970, `seconds` is how long it took.
 */
export interface SideRow {
  finished: number | null;
  name: string;
  run_id: string;
  seconds: number | null;
  started: number | null;
  status: string;
  tasks: number;
}
/**
 * One task in both runs, or in one of them: then the id in the other is empty.
 *
 * `changes` has of `added`, `removed`, `code`, `inputs`, `options`, `results` and
 * `state` what is so. `code` is `same`, `changed` or `unknown`, `diff` how it changed,
 * as a unified diff. `before_state` and `after_state` are the states that are shown,
 * `before_seconds` and `after_seconds` what the task took where it ran.
 */
export interface TaskComparisonRow {
  after_id: string;
  after_seconds: number | null;
  after_state: string;
  before_id: string;
  before_seconds: number | null;
  before_state: string;
  changes: string[];
  code: string;
  diff: string;
  inputs: DifferenceRow[];
  name: string;
  options: DifferenceRow[];
  outputs: OutputDifferenceRow[];
}
/**
 * Something that differs, as a short text for each run; empty where it is not there.
 */
export interface DifferenceRow {
  after: string;
  before: string;
  name: string;
}
/**
 * An output that is not the same in both runs.
 *
 * `verdict` is `differs`, `alike` (it looks the same, and its bytes are not), `unknown`
 * (too little is known of it), `added` or `removed`.
 */
export interface OutputDifferenceRow {
  after: string;
  before: string;
  name: string;
  verdict: string;
}
/**
 * All that is known of a run; `graph` is empty until it has started.
 */
export interface TellSnapshot {
  displays: {
    [k: string]: DisplayRow[];
  };
  graph: GraphRow;
  kind: "snapshot";
  last_seq: number;
  logs: {
    [k: string]: LogRow[];
  };
  maps: {
    [k: string]: MapRow;
  };
  messages: MessageRow[];
  run: RunRow;
  run_id: string;
  tasks: {
    [k: string]: TaskRow;
  };
  usage: UsagePoint[];
}
/**
 * Something that a task displayed.
 *
 * `mime` is the richest form that it has. `image` is an address that holds the picture
 * itself, `html` a page; both are empty where there is none, or it is too big to be told.
 */
export interface DisplayRow {
  display_id: string;
  html: string;
  image: string;
  mime: string;
  place: string;
  text: string;
}
/**
 * The graph of a run.
 */
export interface GraphRow {
  edges: Edge[];
  name: string;
  tasks: GraphTaskRow[];
  workflow_id: string;
}
/**
 * `target` runs after `source` and reads the outputs `names` (none: order only).
 */
export interface Edge {
  names?: string[];
  source: string;
  target: string;
}
/**
 * One task of a graph; what is as always need not be told.
 *
 * `mark` and `why` say that it is stale, where that is known.
 */
export interface GraphTaskRow {
  cell?: string;
  group?: string;
  id: string;
  inputs?: string[];
  kind?: string;
  mark?: string;
  name: string;
  options?: TaskOptions;
  outputs?: string[];
  resources?: Resources;
  why?: string;
}
/**
 * How one task is to be run.
 */
export interface TaskOptions {
  backoff?: number;
  cache?: boolean;
  deadline?: Deadline | null;
  destination?: string;
  env?: never[][];
  isolation?: string;
  keep?: string;
  node?: string;
  prefer?: string[];
  priority?: number;
  retries?: number;
  retry_on?: string[];
  secrets?: string[];
  tags?: string[];
  timeout?: number | null;
  version?: string;
}
/**
 * A point in time: seconds since 1970 if absolute, else seconds from the run's start.
 */
export interface Deadline {
  is_absolute?: boolean;
  seconds: number;
}
/**
 * The resources one task asks for.
 */
export interface Resources {
  cpu?: number;
  cpu_mem?: number;
  gpu?: number;
  gpu_mem?: number;
}
/**
 * Lines that a task printed to `stream`, `stdout` or `stderr`.
 */
export interface LogRow {
  stream: string;
  text: string;
}
/**
 * A task that maps over a list, in figures.
 *
 * `count` is the number of its items, None until that is known, and `counts` says how many
 * of them show which state. `items` are the ids of those whose rows are told: all of a short
 * map, of a long one some that failed and some that go on.
 */
export interface MapRow {
  count: number | null;
  counts: {
    [k: string]: number;
  };
  finished: number | null;
  items: string[];
  started: number | null;
}
/**
 * One message as a line of text; of what was printed, `stream` says where to.
 */
export interface MessageRow {
  seq: number;
  stream: string;
  task_id: string | null;
  task_name: string | null;
  text: string;
  time: number | null;
  type: string;
}
/**
 * The run as a whole; times in seconds since 1970, `counts` of tasks by state.
 *
 * `reused` counts those of the succeeded that did not have to run, `resumes` how often the
 * run went on after an interruption, and `away` the seconds in which nobody worked on it.
 * `stopped` is when it was last heard of while it is interrupted: up to then it took time.
 */
export interface RunRow {
  away: number;
  counts: {
    [k: string]: number;
  };
  finished: number | null;
  resumes: number;
  reused: number;
  run_id: string;
  started: number | null;
  status: string;
  stopped: number | null;
}
/**
 * One task; what is as in `new_task_row` need not be told, but for the state.
 *
 * `queued` is when its present attempt became ready to run, in seconds since 1970: when the
 * last task that it depends on had ended, the list was known of whose items it is one, the run
 * began or went on, or the pause before a retry was over, whichever came last. It is None as
 * long as nothing was heard of the attempt, and for a task that did not have to run. `slot` is
 * the number of the worker process on its node, from 0 on. `past` has the newest of its earlier
 * attempts, the oldest first.
 *
 * `progress` is from 0 to 1 where the task reports it, `done` and `total` the numbers that
 * it gave; `retry_at` is the time before which
 * it is not tried again, in seconds since 1970; `memory` and `vram` are the most it used,
 * in MB, where that was measured, and `cpu` the seconds that its container had a core.
 * `location` is the URL of the files that it left, empty if there are none. `reused_from`
 * says where the outputs come from if it did not have to run: `cache` or `run <run_id>`.
 */
export interface TaskRow {
  attempt?: number;
  cpu?: number | null;
  done?: number | null;
  error?: ErrorRow | null;
  finished?: number | null;
  gpu_ids?: number[];
  location?: string;
  memory?: number | null;
  node_id?: string | null;
  node_ip?: string | null;
  outputs?: OutputRow[];
  past?: AttemptRow[];
  progress?: number | null;
  queued?: number | null;
  reason?: string | null;
  retry_at?: number | null;
  reused_from?: string | null;
  root_cause?: string | null;
  slot?: number | null;
  started?: number | null;
  state: string;
  total?: number | null;
  vram?: number | null;
  worker?: string | null;
}
/**
 * Why a task failed, as text; `kind` is the type in plain words where it has some.
 */
export interface ErrorRow {
  host: string | null;
  kind: string;
  message: string;
  traceback: string;
  type: string;
}
/**
 * One output of a task; `preview` is None when its value was not fetched.
 *
 * `place` says where a big value lies, such as `on disk, 50.0 MB`, and `path` in which
 * file, after the name of its machine; both are empty for a value that travels along.
 */
export interface OutputRow {
  name: string;
  path: string;
  place: string;
  preview: string | null;
  summary: string;
  type: string;
}
/**
 * An earlier attempt at a task.
 *
 * `state` is `failed`, `lost` where its worker or the scheduler went away under it, else
 * the state in which it ended; the other fields are as those of the task were by then. `queued`
 * is None where it is not known.
 */
export interface AttemptRow {
  attempt: number;
  finished: number | null;
  gpu_ids: number[];
  memory: number | null;
  node_id: string | null;
  node_ip: string | null;
  queued: number | null;
  reason: string | null;
  slot: number | null;
  started: number | null;
  state: string;
  vram: number | null;
  worker: string | null;
}
/**
 * What the nodes used at a time, in seconds since 1970.
 */
export interface UsagePoint {
  nodes: NodeUseRow[];
  time: number;
}
/**
 * One node at a time: `cpu` from 0 to 1, `memory` of `total` in MB.
 */
export interface NodeUseRow {
  cpu: number;
  devices: DeviceUseRow[];
  memory: number;
  node_id: string;
  total: number;
}
/**
 * One GPU at a time: `load` from 0 to 1, None where it is not told; memory in MB.
 */
export interface DeviceUseRow {
  index: number;
  load: number | null;
  total: number;
  used: number;
}
/**
 * What is new of a run; `now` is the clock of the teller, in seconds since 1970.
 */
export interface TellDelta {
  displays: {
    [k: string]: DisplayRow[];
  };
  first_seq: number;
  kind: "delta";
  last_seq: number;
  maps: {
    [k: string]: MapRow;
  };
  messages: MessageRow[];
  now: number;
  run: RunRow;
  run_id: string;
  tasks: {
    [k: string]: TaskRow;
  };
  usage: UsagePoint[];
}
/**
 * Some items of a map.
 */
export interface TellItems {
  items: string[];
  kind: "items";
  offset: number;
  run_id: string;
  state: string;
  task_id: string;
  tasks: {
    [k: string]: TaskRow;
  };
  total: number;
}
/**
 * Nothing is new, and somebody is there.
 */
export interface TellPulse {
  kind: "pulse";
  now: number;
  run_id: string;
}
/**
 * The run that a view wants cannot be had; `error` says why.
 */
export interface TellNoRun {
  error: string;
  kind: "no_run";
  run_id: string;
}
/**
 * The answer to a question; `error` says why there is none, else it is empty.
 */
export interface TellAnswer {
  ask_id: number;
  error: string;
  kind: "answer";
  value: {};
}
/**
 * A view wants all that is known of a run; without `run_id` the one the channel is about.
 */
export interface WantRun {
  kind: "sync";
  run_id?: string;
}
/**
 * A view wants those items of a map that show `state`, or any if that is empty.
 */
export interface WantItems {
  kind: "items";
  offset: number;
  run_id?: string;
  state: string;
  task_id: string;
}
/**
 * A view asks something that has one answer; what it asks for stands beside these fields.
 */
export interface WantAnswer {
  ask: string;
  ask_id: number;
  kind: "ask";
  run_id: string;
}
