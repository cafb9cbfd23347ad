import { afterEach, expect, it } from "vitest";
import { loadedNodes } from "./panels/nodes.ts";
import { loadedRuns } from "./testing/loaded_runs.ts";
import { showNodes, showRuns } from "./side.ts";
import { rawListed, rawNode, rawPage } from "./testing/lists.ts";

afterEach(() => document.body.replaceChildren());

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

it("shows runs and nodes anywhere, and leaves nothing behind", async () => {
  const closing = new AbortController();
  const opened: string[] = [];
  const [left, right] = [document.createElement("div"), document.createElement("div")];
  document.body.append(left, right);
  const rows = [rawListed("a", { status: "failed" }), rawListed("b")];
  showRuns(loadedRuns(async () => rawPage(rows)), { open: (id) => opened.push(id) }, left, closing.signal);
  showNodes(loadedNodes(async () => ({ nodes: [rawNode("n")] })), { openTask: ({ run_id }) => opened.push(run_id) }, right, closing.signal);
  await settle();
  left.querySelector<HTMLButtonElement>('[data-run="a"][data-status="failed"] .mz-run-open')!.click();
  right.querySelector<HTMLButtonElement>(".mz-node-tasks .mz-link")!.click();
  expect(opened).toEqual(["a", "r1"]);
  // Where nobody can compare, nothing can be chosen for that.
  expect(left.querySelector("input[type=checkbox]")).toBeNull();
  closing.abort();
  expect([left.childElementCount, right.childElementCount]).toEqual([0, 0]);
});
