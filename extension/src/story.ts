/** What there is to say about a task in a few words. */

import { duration, megabytes, plain, shortDuration, ticking } from "./format.ts";
import type { GraphTask, Resources, TaskRun } from "./model/run.ts";

/** How long it took, or has been running; null before it started. */
export function secondsOf(task: TaskRun, now: number): number | null {
  if (task.started === null) return null;
  const end = task.finished ?? (isRunning(task) ? now : null);
  return end === null ? null : Math.max(0, end - task.started);
}

export function timeText(task: TaskRun, now: number, room: "wide" | "scarce"): string {
  const seconds = secondsOf(task, now);
  if (seconds === null) return "";
  const say = room === "wide" ? duration : shortDuration;
  return task.finished === null ? ticking(seconds, say) : say(seconds);
}

export function isRunning(task: TaskRun): boolean {
  return task.state === "running";
}

/** A node's second line; empty while there is nothing to say. */
export function remark(task: TaskRun, spec: GraphTask, nameOf: (id: string) => string): string {
  const attempt = task.attempt > 1 ? `attempt ${task.attempt}` : "";
  switch (task.state) {
    case "failed":
      return errorLine(task);
    case "skipped":
      return task.root_cause === null ? (task.reason ?? "") : `${nameOf(task.root_cause)} failed`;
    case "pending":
    case "retrying":
      return joined(attempt, task.reason ?? gpuWish(spec.resources));
    case "cancelled":
      return task.reason ?? "";
    case "running":
      return joined(percent(task), task.reason ?? "", devices(task) || gpuWish(spec.resources), attempt);
    case "succeeded":
      return joined(devices(task), attempt);
    case "waiting":
      return gpuWish(spec.resources);
    case "unknown":
      return joined(task.state_word, task.reason ?? "");
    default: {
      const unhandled: never = task.state;
      return unhandled;
    }
  }
}

export function errorLine({ error, reason }: TaskRun): string {
  if (error === null) return reason ?? "";
  const message = error.message.trim().split("\n", 1)[0] ?? "";
  return [error.type, message].filter(Boolean).join(": ");
}

/** "GPU 0", "GPUs 0, 1", or nothing. */
export function devices({ gpu_ids }: TaskRun): string {
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

function gpuWish({ gpu, gpu_mem }: Resources): string {
  return joined(gpu ? `${plain(gpu)} GPU` : "", gpu_mem ? megabytes(gpu_mem) : "");
}

function percent({ progress }: TaskRun): string {
  return progress === null ? "" : `${Math.round(progress * 100)} %`;
}

export function joined(...parts: string[]): string {
  return parts.filter(Boolean).join(" · ");
}
