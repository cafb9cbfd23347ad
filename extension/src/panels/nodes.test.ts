import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createChooser } from "../choice.ts";
import { AskError } from "../questions.ts";
import { NOW, rawNode } from "../testing/lists.ts";
import { FAILED, NASTY, storeOf } from "../testing/runs.ts";
import type { RunningTask } from "../model/node_list.ts";
import { createNodesList, createNodesPanel, loadedNodes } from "./nodes.ts";

beforeEach(() => void vi.useFakeTimers({ now: NOW * 1000 }));
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

async function listOf(load: () => Promise<unknown>) {
  const opened: RunningTask[] = [];
  const controller = new AbortController();
  const list = createNodesList(loadedNodes(load), { openTask: (task) => opened.push(task) }, controller.signal);
  document.body.append(list.element);
  list.refresh();
  await vi.advanceTimersByTimeAsync(0);
  const cards = () => [...list.element.querySelectorAll<HTMLElement>(".mz-node-card")];
  const meters = (at = 0) => [...cards()[at]!.querySelectorAll(".mz-meter")].map((meter) => meter.getAttribute("aria-valuetext"));
  return { list, opened, controller, cards, meters };
}

it("shows what each node has, what is taken, what is in use, and what runs there", async () => {
  const { cards, meters, opened, list } = await listOf(async () => ({ nodes: [rawNode("node-a")], reason: "" }));
  expect(meters()).toEqual([
    "6 of 8 cores reserved by tasks, 4 cores in use",
    "4.0 GB of 16.0 GB reserved by tasks, 4.9 GB in use",
    "50 % reserved by tasks, 90 % in use",
    "28.0 GB of 40.0 GB reserved by tasks, 4.0 GB taken by other programs, 29.3 GB in use",
  ]);
  const text = cards()[0]!.textContent!;
  expect(text).toContain("1 of 2 slots busy, 2 tasks next in line");
  expect(text).toContain("a100");
  expect([...cards()[0]!.querySelectorAll(".mz-slot")].map((slot) => slot.className)).toEqual(["mz-slot mz-slot-busy", "mz-slot mz-slot-paused"]);
  const link = cards()[0]!.querySelector<HTMLButtonElement>(".mz-node-tasks .mz-link")!;
  expect(link.textContent).toBe(NASTY);
  expect(list.element.querySelector("img, script")).toBeNull();
  link.click();
  expect(opened).toEqual([{ run_id: "r1", task_id: "t1", name: NASTY }]);
});

it("tells states apart, and puts those that are gone last", async () => {
  const nodes = [
    rawNode("gone", { status: "terminated", fault: "it was lost", slots: [] }),
    rawNode("idle", { status: "available", slots: [{ worker: "w", threads: 1, tasks: 0, running: [] }] }),
    rawNode("leaving", { status: "draining", ends: NOW + 7200 }),
    rawNode("ill", { status: "set aside", fault: "task after task failed there" }),
    rawNode("quiet", { heard: NOW - 65 }),
    rawNode("new", { status: "dreaming" }),
  ];
  const { cards } = await listOf(async () => ({ nodes }));
  expect(cards().map((card) => card.getAttribute("aria-label"))).toEqual([
    "Node idle, free", "Node leaving, draining", "Node ill, set aside", "Node quiet, busy", "Node new, dreaming", "Node gone, lost",
  ]);
  expect(cards()[1]!.textContent).toContain("ends in 2 h 00 min");
  expect(cards()[2]!.querySelector(".mz-node-fault")!.textContent).toBe("task after task failed there");
  expect(cards()[3]!.textContent).toContain("silent, heard 1 min ago");
  expect(cards()[5]!.querySelector(".mz-meter")).toBeNull();
});

it.each([
  [{ nodes: [], reason: "this client is offline" }, "No nodes: this client is offline"],
  [{ nodes: [] }, "No nodes: start one with maze-nb worker"],
  [null, "No nodes: start one with maze-nb worker"],
])("has words for nothing: %#", async (raw, words) => {
  const { list } = await listOf(async () => raw);
  expect(list.element.querySelector<HTMLElement>(".mz-list-empty")!.textContent).toBe(words);
});

it("shows malformed nodes as unknown", async () => {
  const { cards } = await listOf(async () => ({
    nodes: ["x", { node_id: 5, devices: "many", slots: [7], tags: {}, cpu: "8" }, rawNode("good", { slots: undefined })],
  }));
  expect(cards().length).toBe(3);
  expect(cards()[0]!.querySelector(".mz-is-unknown")).not.toBeNull();
  expect(cards()[2]!.querySelectorAll(".mz-slot").length).toBe(1);
});

it("asks again while it is seen, keeps the last known, and ends with its signal", async () => {
  let answer: () => Promise<unknown> = async () => ({ nodes: [rawNode("a")] });
  const load = vi.fn(() => answer());
  const { list, cards, controller } = await listOf(load);
  answer = () => Promise.reject(new AskError("no answer came"));
  await vi.advanceTimersByTimeAsync(3_100);
  expect(cards().length).toBe(1);
  expect(list.element.querySelector(".mz-list-note")!.textContent).toBe("no answer came; shown is what was known last");
  list.element.hidden = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(load.mock.calls.length).toBe(2);
  list.element.hidden = false;
  answer = async () => ({ nodes: [rawNode("b")] });
  await vi.advanceTimersByTimeAsync(3_100);
  expect(cards()[0]!.getAttribute("aria-label")).toBe("Node b, busy");
  controller.abort();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(load.mock.calls.length).toBe(3);
});

it("chooses a task of the run that is shown, and opens the run of any other", async () => {
  const store = storeOf(FAILED);
  const opened: string[] = [];
  store.open = (runId) => void opened.push(runId);
  const task = (run_id: string, task_id: string) => ({ run_id, task_id, name: "of the node" });
  const here = store.run!.run_id;
  const slot = { worker: "w", threads: 2, tasks: 2, running: [task(here, "a"), task("other", "z")] };
  store.carryQuestion = async () => ({ nodes: [rawNode("n", { slots: [slot] })], reason: "" });
  const chooser = createChooser();
  const panel = createNodesPanel(store, chooser, new AbortController().signal);
  document.body.append(panel.element);
  panel.shown!();
  await vi.advanceTimersByTimeAsync(0);
  const links = [...panel.element.querySelectorAll<HTMLButtonElement>(".mz-node-tasks .mz-link")];
  expect(links.map((link) => link.textContent)).toEqual(["name_a", "of the node"]);
  links[0]!.click();
  expect(chooser.current.task).toBe("a");
  links[1]!.click();
  expect(opened).toEqual(["other"]);
});
