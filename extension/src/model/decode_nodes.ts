/** Reads a list of nodes. */

import type { Decoded } from "./decode.ts";
import { NODE_STATUSES, type NodeDevice, type NodeInfo, type NodeList, type NodeSlot } from "./node_list.ts";
import { Reader, glimpse } from "./reader.ts";

export function decodeNodes(raw: unknown): Decoded<NodeList> {
  const reader = new Reader();
  const fields = reader.fields(raw, "nodes") ?? {};
  const nodes = reader.list(fields["nodes"], "nodes").map((node) => readNode(reader, node));
  return { value: { nodes, reason: reader.text(fields["reason"], "reason") }, problems: reader.problems };
}

function readNode(reader: Reader, raw: unknown): NodeInfo {
  const fields = reader.fields(raw, "node") ?? {};
  const text = (name: string) => reader.text(fields[name], `node.${name}`);
  const number = (name: string) => reader.numberOrNull(fields[name], `node.${name}`);
  const word = text("status") || "unknown";
  const host = text("host");
  const workers = reader.texts(fields["workers"], "node.workers");
  const slots = reader.list(fields["slots"], "node.slots").map((slot) => readSlot(reader, slot));
  return {
    node_id: text("node_id") || host || glimpse(raw, 40),
    host,
    scheduler: text("scheduler"),
    status: reader.oneOf(word, NODE_STATUSES),
    status_word: word,
    fault: text("fault"),
    tags: reader.texts(fields["tags"], "node.tags"),
    cpu: number("cpu") ?? 0,
    cpu_free: number("cpu_free") ?? 0,
    cpu_mem: number("cpu_mem") ?? 0,
    cpu_mem_free: number("cpu_mem_free") ?? 0,
    load: number("load"),
    memory_used: number("memory_used"),
    devices: reader.list(fields["devices"], "node.devices").map((device) => readDevice(reader, device)),
    // An older scheduler names the processes and says no more of them.
    slots: slots.length > 0 ? slots : workers.map((worker) => ({ worker, threads: 1, tasks: 0, running: [], ahead: 0, is_paused: false })),
    tasks: number("tasks") ?? 0,
    heard: number("heard"),
    ends: number("ends"),
  };
}

function readDevice(reader: Reader, raw: unknown): NodeDevice {
  const fields = reader.fields(raw, "device") ?? {};
  const number = (name: string) => reader.numberOrNull(fields[name], `device.${name}`);
  const memory = number("memory") ?? 0;
  return {
    index: number("index") ?? 0,
    name: reader.text(fields["name"], "device.name"),
    memory,
    memory_free: number("memory_free") ?? memory,
    squeezed: number("squeezed") ?? 0,
    used: number("used"),
    share_free: number("share_free") ?? 1,
    load: number("load"),
  };
}

function readSlot(reader: Reader, raw: unknown): NodeSlot {
  const fields = reader.fields(raw, "slot") ?? {};
  const running = reader.list(fields["running"], "slot.running").flatMap((item) => {
    const task = reader.fields(item, "slot.running");
    if (task === null) return [];
    const text = (name: string) => reader.text(task[name], `slot.running.${name}`);
    return [{ run_id: text("run_id"), task_id: text("task_id"), name: text("name") || "a task" }];
  });
  return {
    worker: reader.text(fields["worker"], "slot.worker"),
    threads: reader.numberOrNull(fields["threads"], "slot.threads") ?? 1,
    tasks: reader.numberOrNull(fields["tasks"], "slot.tasks") ?? running.length,
    running,
    ahead: reader.numberOrNull(fields["ahead"], "slot.ahead") ?? 0,
    is_paused: fields["is_paused"] === true,
  };
}
