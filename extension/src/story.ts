/** What there is to say about a task in a few words. */

import { dayAndTime, duration, megabytes, plain, plural, shortDuration, shortId, ticking } from "./format.ts";
import type { Deadline, GraphTask, Resources, TaskOptions, TaskRun } from "./model/run.ts";

/** How long it took, or has been running; null before it started. */
export function secondsOf(task: TaskRun, now: number): number | null {
  if (task.started === null) return null;
  const end = task.finished ?? (isRunning(task) ? now : null);
  return end === null ? null : Math.max(0, end - task.started);
}

export function timeText(task: TaskRun, now: number, room: "wide" | "scarce"): string {
  const say = room === "wide" ? duration : shortDuration;
  const wait = secondsToRetry(task, now);
  if (wait !== null) return `in ${ticking(Math.ceil(wait), say)}`;
  // What it took so far is that of the attempt that failed.
  if (task.state === "retrying") return "";
  const seconds = secondsOf(task, now);
  if (seconds === null) return "";
  return task.finished === null ? ticking(seconds, say) : say(seconds);
}

/** As `timeText` beside the state, where the attempt that comes next is named: "attempt 2 of 4 in 3 s". */
export function headTimeText(task: TaskRun, spec: GraphTask, now: number): string {
  if (task.state !== "retrying") return timeText(task, now, "wide");
  return `${nextAttemptText(task, spec)} ${timeText(task, now, "scarce")}`.trimEnd();
}

/** How long until it is tried again; null when it does not wait for that. */
function secondsToRetry({ state, retry_at }: TaskRun, now: number): number | null {
  return state === "retrying" && retry_at !== null && retry_at > now ? retry_at - now : null;
}

/** Whether its time text changes by itself. */
export function isTicking(task: TaskRun): boolean {
  return isRunning(task) || (task.state === "retrying" && task.retry_at !== null);
}

function isRunning(task: TaskRun): boolean {
  return task.state === "running";
}

/** What there is to say about its state; empty while there is nothing. */
export function remark(task: TaskRun, spec: GraphTask, nameOf: (id: string) => string): string {
  const attempt = task.attempt > 1 ? attemptText(task, spec) : "";
  switch (task.state) {
    case "failed":
      return errorLine(task);
    case "skipped":
      return skipText(task, nameOf);
    case "retrying":
      return joined(nextAttemptText(task, spec), task.reason ?? "");
    case "pending":
      return joined(attempt, task.reason ?? wish(spec.resources));
    case "cancelled":
      return task.reason ?? "";
    case "running":
      return joined(advanceText(task), task.reason ?? "", devices(task) || wish(spec.resources), attempt);
    case "succeeded":
      return joined(reuseText(task), devices(task), attempt);
    case "waiting":
      return wish(spec.resources);
    case "was_running":
      return joined(devices(task), attempt);
    case "unknown":
      return joined(task.state_word, task.reason ?? "");
    default: {
      const unhandled: never = task.state;
      return unhandled;
    }
  }
}

/** A node's second line: the remark with the words first that tell most, where it is one of Maze's own. */
export function shortRemark(task: TaskRun, spec: GraphTask, nameOf: (id: string) => string): string {
  const { error, reason } = task;
  const isOwn = error === null || error.kind !== "" || task.state === "cancelled";
  const said = remark(
    {
      ...task,
      reason: reason !== null && isOwn ? brief(reason) : reason,
      error: error !== null && isOwn ? { ...error, message: brief(error.message) } : error,
    },
    spec,
    nameOf,
  );
  return task.state === "was_running" ? joined("was running", said) : said;
}

/** What the kernel says at length, and the same in few words. */
const BRIEF: readonly (readonly [RegExp, string])[] = [
  [/^cancelled while waiting: /, "waited: "],
  [/^cancelled while waiting to retry: /, "not retried: "],
  [/(?<=^|: )no node could ever fit it: /, ""],
  [/(?<=^|: )no node has the tag ([^:]+): /, "no tag $1: "],
  [/(?<=^|: )task .{1,200}? was stopped: it took longer than its timeout of /, "over "],
  [/(?<=^|: )task .{1,200}? was stopped: it /, ""],
  [/(?<=^|: )the process of task .{1,200}? was lost: /, ""],
];

function brief(text: string): string {
  return BRIEF.reduce((said, [long, short]) => said.replace(long, short), text);
}

export function errorLine({ error, reason }: TaskRun): string {
  if (error === null) return reason ?? "";
  const message = error.message.trim().split("\n", 1)[0] ?? "";
  return [error.kind || error.type, message].filter(Boolean).join(": ");
}

/** "attempt 2 of 4"; attempts after a lost worker do not count, so there can be more. */
export function attemptText({ attempt }: Pick<TaskRun, "attempt">, { options }: GraphTask): string {
  const most = options.retries + 1;
  return attempt <= most && most > 1 ? `attempt ${attempt} of ${most}` : `attempt ${attempt}`;
}

/** The attempt that a task waits for to be tried again. */
function nextAttemptText({ attempt }: TaskRun, spec: GraphTask): string {
  return attemptText({ attempt: attempt + 1 }, spec);
}

/** "load failed" or "load was cancelled"; a reason of another form is told as it is. */
function skipText({ root_cause, reason }: TaskRun, nameOf: (id: string) => string): string {
  if (root_cause === null) return reason ?? "";
  const fate = skipFate(reason);
  return fate === null ? (reason ?? "") : `${nameOf(root_cause)} ${fate}`;
}

/** What became of the root cause; null where the reason says something else. */
export function skipFate(reason: string | null): string | null {
  if (!reason) return "failed";
  return ["failed", "was cancelled"].find((fate) => reason.endsWith(fate)) ?? null;
}

/** "from the cache", "from run 3f9c12ab…", or nothing where the outputs were computed. */
export function reuseText({ reused_from: source }: TaskRun): string {
  if (source === null) return "";
  if (source === "cache") return "from the cache";
  const [, run] = /^run +(.+)$/.exec(source) ?? [];
  return `from ${run === undefined ? source : `run ${shortId(run)}`}`;
}

/** The run that its outputs come from, where it was another and is known. */
export function reusedRun({ reused_from: source }: TaskRun): string | null {
  return /^run +(\S+)$/.exec(source ?? "")?.[1] ?? null;
}

/** "310 MB · 2.0 GB VRAM", where that was measured. */
export function peakText({ memory, vram }: Pick<TaskRun, "memory" | "vram">): string {
  const [main, device] = [round(memory ?? 0), round(vram ?? 0)];
  // Less than a megabyte is what measuring comes to, not the task.
  return joined(main >= 1 ? megabytes(main) : "", device >= 1 ? `${megabytes(device)} VRAM` : "");
}

/** "timeout 1 min 00 s · 2 retries · priority 5", without what is as always. */
export function optionsText(options: TaskOptions): string {
  const { timeout, isolation, retries, priority, deadline, tags, prefer } = options;
  return joined(
    timeout === null ? "" : `timeout ${duration(timeout)}`,
    isolation === "auto" ? "" : `in a ${isolation}`,
    retries ? retriesText(options) : "",
    priority ? `priority ${priority}` : "",
    deadline === null ? "" : deadlineText(deadline),
    tags.length > 0 ? `needs ${tags.join(", ")}` : "",
    prefer.length > 0 ? `prefers ${prefer.join(", ")}` : "",
  );
}

function retriesText({ retries, retry_on }: TaskOptions): string {
  const often = plural(retries, "retry", "retries");
  return retry_on.length > 0 ? `${often} on ${retry_on.join(", ")}` : often;
}

function deadlineText({ seconds, is_absolute }: Deadline): string {
  return is_absolute ? `due ${dayAndTime(seconds)}` : `due ${duration(seconds)} after the start`;
}

function round(amount: number): number {
  return amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount);
}

/** "GPU 0", "GPUs 0, 1", or nothing. */
export function devices({ gpu_ids }: Pick<TaskRun, "gpu_ids">): string {
  if (gpu_ids.length === 0) return "";
  return `${gpu_ids.length === 1 ? "GPU" : "GPUs"} ${gpu_ids.join(", ")}`;
}

/** "2 CPU · 512 MB · 0.5 GPU · 8.0 GB VRAM", as asked for. */
export function resourcesText({ cpu, cpu_mem, gpu, gpu_mem }: Resources): string {
  return joined(
    cpu ? `${plain(cpu)} CPU` : "",
    cpu_mem ? megabytes(cpu_mem) : "",
    gpu ? `${plain(gpu)} GPU` : "",
    gpu_mem ? `${megabytes(gpu_mem)} VRAM` : "",
  );
}

/** What it asks for beyond one core: "2 CPU · 0.5 GPU · 8.0 GB". */
function wish({ cpu, gpu, gpu_mem }: Resources): string {
  return joined(cpu && cpu !== 1 ? `${plain(cpu)} CPU` : "", gpu ? `${plain(gpu)} GPU` : "", gpu_mem ? megabytes(gpu_mem) : "");
}

/** "62 %, 31/50", "7 done", or nothing where it does not say. */
export function advanceText({ progress, done, total }: TaskRun): string {
  const share = progress === null ? "" : `${Math.round(progress * 100)} %`;
  if (done === null) return share;
  if (share === "" || total === null) return `${plain(done)} done`;
  // Of a hundred, or of one, the numbers would say the same again.
  return total === 1 || total === 100 ? share : `${share}, ${plain(done)}/${plain(total)}`;
}

/** Whether nothing was heard of it: then what is said of the graph counts. */
export function isUnheard({ state, started, reason }: TaskRun): boolean {
  return state === "waiting" && started === null && reason === null;
}

export function joined(...parts: string[]): string {
  return parts.filter(Boolean).join(" · ");
}
