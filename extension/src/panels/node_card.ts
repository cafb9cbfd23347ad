/** One node: its state, meters of what it has, its worker processes and what they run. */

import { button, h, type Child } from "../dom.ts";
import { ago, duration, megabytes, moment, plain, plural, shortId } from "../format.ts";
import { icon, type Face } from "../glyphs.ts";
import { isThere, type NodeDevice, type NodeInfo, type NodeSlot, type NodeStatus, type RunningTask } from "../model/node_list.ts";
import { grouped } from "../sum.ts";
import { meter } from "./meter.ts";
import type { NodesCallbacks } from "./nodes.ts";

const FACES: Readonly<Record<NodeStatus, Face>> = {
  available: "waiting",
  busy: "running",
  draining: "retrying",
  "set aside": "failed",
  terminated: "cancelled",
  unusable: "failed",
  unknown: "unknown",
};
const WORDS: Readonly<Partial<Record<NodeStatus, string>>> = { terminated: "lost", available: "free" };
const TASKS_SHOWN = 8;
/** A node that tells nothing for this long is said to be silent. */
const SILENT_S = 30;

export function nodeCard(node: NodeInfo, callbacks: NodesCallbacks, now: number): HTMLElement {
  const word = WORDS[node.status] ?? node.status_word;
  return h(
    "article",
    { class: "mz-node-card", role: "listitem", "data-status": node.status, "aria-label": `Node ${node.node_id}, ${word}` },
    h(
      "header",
      {},
      h("span", { class: "mz-run-mark" }, icon(FACES[node.status])),
      h("span", { class: "mz-node-title", title: node.node_id }, node.node_id),
      h("span", { class: "mz-quiet" }, word),
      node.host !== "" && node.host !== node.node_id && h("span", { class: "mz-quiet mz-node-host", title: node.scheduler || node.host }, node.host),
      ...node.tags.map((tag) => h("span", { class: "mz-tag" }, tag)),
      silence(node, now),
      ends(node, now),
    ),
    node.fault !== "" && h("p", { class: "mz-node-fault" }, node.fault),
    ...(isThere(node) ? [h("div", { class: "mz-meters" }, ...metersOf(node)), slotsOf(node.slots), running(node, callbacks)] : []),
  );
}

function metersOf(node: NodeInfo): Child[] {
  const tenths = (amount: number) => Math.round(amount * 10) / 10;
  const taken = node.cpu - node.cpu_free;
  return [
    meter({
      name: "CPU", total: node.cpu, taken, used: node.load === null ? null : node.load * node.cpu,
      say: (amount) => plural(tenths(amount), "core"), share: `${plain(taken)} of ${plural(node.cpu, "core")}`,
    }),
    node.cpu_mem > 0 && meter({
      name: "Memory", total: node.cpu_mem, taken: node.cpu_mem - node.cpu_mem_free, used: node.memory_used, say: rounded,
    }),
    ...node.devices.flatMap(deviceMeters),
  ];
}

function deviceMeters(device: NodeDevice): Child[] {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const name = `GPU ${device.index}`;
  const share = meter({ name, total: 1, taken: 1 - device.share_free, used: device.load, say: percent, share: percent(1 - device.share_free) });
  if (device.name !== "") share.title = `${device.name}: ${share.title}`;
  const taken = Math.max(0, device.memory - device.memory_free - device.squeezed);
  return [
    share,
    device.memory > 0 && meter({
      name: "VRAM", total: device.memory, taken, lost: device.squeezed, used: device.used, say: rounded,
    }),
  ];
}

/** The measured is never exact to a thousandth of an MB. */
function rounded(amount: number): string {
  return megabytes(Math.round(amount));
}

function slotsOf(slots: readonly NodeSlot[]): HTMLElement | null {
  if (slots.length === 0) return null;
  const busy = slots.filter(({ tasks }) => tasks > 0).length;
  const ahead = slots.reduce((sum, slot) => sum + slot.ahead, 0);
  const squares = slots.slice(0, 64).map((slot) => {
    const state = slot.is_paused ? "paused" : slot.tasks > 0 ? "busy" : "free";
    const said = `${slot.worker}: ${state === "busy" ? plural(slot.tasks, "task") : state}`;
    return h("span", { class: `mz-slot mz-slot-${state}`, title: said });
  });
  const more = ahead > 0 ? `, ${plural(ahead, "task")} next in line` : "";
  return h(
    "p",
    { class: "mz-slots" },
    h("span", { class: "mz-slot-row", "aria-hidden": "true" }, ...squares),
    h("span", { class: "mz-quiet" }, `${busy} of ${plural(slots.length, "slot")} busy${more}`),
  );
}

function running(node: NodeInfo, { openTask, nameOf }: NodesCallbacks): HTMLElement | null {
  const tasks = node.slots.flatMap((slot) => slot.running);
  if (tasks.length === 0) return null;
  const link = (task: RunningTask) => {
    const name = nameOf?.(task);
    return h("li", {}, icon("running"), button(
      { class: "mz-link", title: `Task ${task.task_id} of run ${task.run_id}` },
      () => openTask(task),
      name ?? task.name,
    ), name === undefined && h("span", { class: "mz-run-row-id" }, shortId(task.run_id)));
  };
  const all = tasks.length + Math.max(0, node.tasks - tasks.length);
  const more = all - Math.min(TASKS_SHOWN, tasks.length);
  return h(
    "ul",
    { class: "mz-node-tasks", "aria-label": `Tasks on ${node.node_id}` },
    ...tasks.slice(0, TASKS_SHOWN).map(link),
    more > 0 && h("li", { class: "mz-quiet" }, `and ${grouped(more)} more`),
  );
}

function silence(node: NodeInfo, now: number): HTMLElement | null {
  if (node.heard === null || !isThere(node) || now - node.heard < SILENT_S) return null;
  return h("span", { class: "mz-node-silent", title: `Last heard of ${moment(node.heard)}` }, `silent, heard ${ago(now - node.heard)}`);
}

function ends(node: NodeInfo, now: number): HTMLElement | null {
  if (node.ends === null || !isThere(node)) return null;
  const left = node.ends - now;
  const said = left > 0 ? `ends in ${duration(left)}` : "its time is up";
  return h("span", { class: "mz-quiet", title: `Its time is up at ${moment(node.ends)}` }, said);
}
