/** The nodes of a cluster: what they have, what is taken, what runs there. */

export interface NodeDevice {
  readonly index: number;
  readonly name: string;
  /** MB of 2^20 bytes: what it has, what is free for tasks, what other programs take, what is in use. */
  readonly memory: number;
  readonly memory_free: number;
  readonly squeezed: number;
  readonly used: number | null;
  /** How much of the device is free, 0 to 1. */
  readonly share_free: number;
  /** How busy it is, 0 to 1. */
  readonly load: number | null;
}

export interface RunningTask {
  readonly run_id: string;
  readonly task_id: string;
  readonly name: string;
}

export interface NodeSlot {
  readonly worker: string;
  readonly threads: number;
  readonly tasks: number;
  readonly running: readonly RunningTask[];
  readonly ahead: number;
  readonly is_paused: boolean;
}

export const NODE_STATUSES = ["available", "busy", "draining", "set aside", "terminated", "unusable"] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number] | "unknown";

export interface NodeInfo {
  readonly node_id: string;
  readonly host: string;
  readonly scheduler: string;
  readonly status: NodeStatus;
  readonly status_word: string;
  readonly fault: string;
  readonly tags: readonly string[];
  readonly cpu: number;
  readonly cpu_free: number;
  /** MB of 2^20 bytes. */
  readonly cpu_mem: number;
  readonly cpu_mem_free: number;
  /** The machine's load, 0 to 1, and the MB in use on it. */
  readonly load: number | null;
  readonly memory_used: number | null;
  readonly devices: readonly NodeDevice[];
  readonly slots: readonly NodeSlot[];
  readonly tasks: number;
  /** Seconds since the epoch: when it last said how it is doing, and when its time is up. */
  readonly heard: number | null;
  readonly ends: number | null;
}

export interface NodeList {
  readonly nodes: readonly NodeInfo[];
  /** Why there are none to tell of; else empty. */
  readonly reason: string;
}

/** Whether it takes part, or is only kept in the list to say what became of it. */
export function isThere({ status }: NodeInfo): boolean {
  return status !== "terminated" && status !== "unusable";
}
