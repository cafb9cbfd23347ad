import { expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { DIAMOND, FAILED, INTERRUPTED, NASTY, rawMessage, rawRun, rawState, rawTask, storeOf, tell } from "../testing/runs.ts";
import { createTablePanel } from "./table.ts";

function tableOf(snapshot = FAILED, graph = DIAMOND) {
  const store = storeOf(snapshot, graph);
  const chooser = createChooser();
  const panel = createTablePanel(store, chooser, new AbortController().signal);
  panel.update(EVERYTHING);
  const rows = () =>
    [...panel.element.querySelectorAll<HTMLTableRowElement>("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
  const head = (title: string) =>
    [...panel.element.querySelectorAll<HTMLElement>("th")].find((cell) => cell.textContent === title)!;
  return { store, chooser, panel, rows, head };
}

it("has a row a task with all that the graph says", () => {
  expect(tableOf().rows()).toEqual([
    ["succeeded", "name_a", "1.3 s", "node-a", "", "310 MB", "1", "xs: 3 × 3"],
    ["failed", "name_b", "1 min 00 s", "node-a", "GPU 0", "", "2", "ValueError: no"],
    ["pending", "name_c", "", "", "", "", "", "needs 12 GB VRAM on one device"],
    ["skipped", NASTY, "", "", "", "", "", "name_b failed"],
  ]);
});

it("sorts by a column, and back", () => {
  const { rows, head } = tableOf();
  head("Time").querySelector("button")!.click();
  expect(rows().map((row) => row[1])).toEqual(["name_c", NASTY, "name_a", "name_b"]);
  expect(head("Time").getAttribute("aria-sort")).toBe("ascending");
  head("Time").querySelector("button")!.click();
  expect(rows()[0]![1]).toBe("name_b");
  head("State").querySelector("button")!.click();
  expect(rows().map((row) => row[0])).toEqual(["pending", "succeeded", "failed", "skipped"]);
  expect(head("Time").hasAttribute("aria-sort")).toBe(false);
});

it("chooses by name and marks what is chosen", () => {
  const { panel, chooser } = tableOf();
  panel.element.querySelectorAll<HTMLButtonElement>("tbody button")[1]!.click();
  expect(chooser.current.task).toBe("b");
  expect(panel.element.querySelector('[aria-current="true"]')?.getAttribute("data-task")).toBe("b");
});

it("follows its tasks", () => {
  const { store, panel, rows } = tableOf();
  tell(store, {
    kind: "delta", run: rawRun("running"), messages: [rawMessage(5)], first_seq: 5, last_seq: 5,
    tasks: { c: rawState("running", { started: 1100, node_id: "node-b", progress: 0.62 }) },
  });
  panel.update({ ...EVERYTHING, graph: false, tasks: new Set(["c"]) });
  expect(rows()[2]!.slice(0, 4)).toEqual(["running", "name_c", "0 s", "node-b"]);
  expect(rows()[2]!.at(-1)).toBe("62 %");
});

it("tells what was cached, and what was running when the scheduler was lost", () => {
  const { rows, head, panel } = tableOf(INTERRUPTED);
  expect(rows().map((row) => [row[0], row[2], row[3], row[7]])).toEqual([
    ["cached", "", "", "from the cache · xs: 3 × 3"],
    ["succeeded", "2.0 s", "node-a", ""],
    ["was running", "", "node-a", "attempt 2"],
    ["waiting", "", "", ""],
  ]);
  expect(panel.element.querySelector("tbody .mz-is-cached")).not.toBeNull();
  head("State").querySelector("button")!.click();
  expect(rows().map((row) => row[0])).toEqual(["waiting", "succeeded", "cached", "was running"]);
});

it("names the item of a map for which a task was skipped", () => {
  const graph = { ...DIAMOND, tasks: [rawTask("94c4", { name: "square", kind: "map" }), rawTask("e")], edges: [] };
  const tasks = { e: rawState("skipped", { root_cause: "94c4.333", reason: "skipped: 94c4.333 failed" }) };
  expect(tableOf({ ...FAILED, tasks }, graph).rows()[1]!.at(-1)).toBe("square[333] failed");
});
