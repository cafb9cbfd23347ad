import { expect, it } from "vitest";
import type { Comparison } from "../model/comparison.ts";
import { decodeComparison } from "../model/decode_comparison.ts";
import { COMPARISON, rawCompared } from "../testing/lists.ts";
import { NASTY } from "../testing/runs.ts";
import { createComparePanel, differenceText } from "./compare.ts";

async function panelOf(raw: unknown) {
  const opened: string[] = [];
  const load = async (): Promise<Comparison> => decodeComparison(raw).value;
  const { element } = createComparePanel({ load, open: (id) => opened.push(id) }, new AbortController().signal);
  await new Promise((resolve) => setTimeout(resolve));
  const rows = () => [...element.querySelectorAll<HTMLTableRowElement>("tbody tr[data-changes]")];
  const texts = () => rows().map((row) => [...row.cells].map((cell) => cell.textContent));
  const chip = (word: string) => [...element.querySelectorAll<HTMLButtonElement>(".mz-chip")].find((each) => each.textContent!.startsWith(word))!;
  const head = (title: string) => [...element.querySelectorAll("th")].find((cell) => cell.textContent === title)!;
  return { element, opened, rows, texts, chip, head };
}

it("has both runs, and a row a task with what changed", async () => {
  const { element, texts, opened } = await panelOf(COMPARISON);
  expect([...element.querySelectorAll(".mz-compare-side")].map((side) => side.textContent)).toEqual([
    "beforetrainaaaa1111…1 min 40 s", "aftertrainbbbb2222…1 min 20 s−20 s in all",
  ]);
  expect(texts()).toEqual([
    ["load", "succeeded", "codeinputsresults", "1.0 s", "31 s", "+30 s"],
    ["fit", "succeeded→failed", "outcomeoptions", "1.0 s", "", ""],
    ["save", "–→succeeded", "added", "", "1.0 s", ""],
    ["plot", "succeeded", "", "4.0 s", "2.5 s", "−1.5 s"],
  ]);
  element.querySelectorAll<HTMLButtonElement>(".mz-compare-side .mz-link")[1]!.click();
  expect(opened).toEqual(["bbbb2222bbbb2222"]);
});

it("opens what is different of a task, as text", async () => {
  const { element, rows } = await panelOf(COMPARISON);
  rows()[0]!.querySelector("button")!.click();
  const below = rows()[0]!.nextElementSibling as HTMLElement;
  expect(below.hidden).toBe(false);
  expect([...below.querySelectorAll(".mz-diff > span")].map((line) => [line.className, line.textContent])).toEqual([
    ["mz-hunk", "@@ -1 +1 @@\n"], ["mz-del", "-return old\n"], ["mz-add", `+return ${NASTY}\n`],
  ]);
  expect([...below.querySelectorAll("dd")].map((side) => side.textContent)).toEqual([
    "5 → 6", `[1] → ${NASTY}`, "1 → 1 (looks the same, other bytes)",
  ]);
  expect(element.querySelector("img, script")).toBeNull();
  rows()[2]!.querySelector("button")!.click();
  expect(rows()[2]!.nextElementSibling!.textContent).toBe("Only the later run has this task");
});

it("filters by the kind of change, and sorts", async () => {
  const { texts, chip, head } = await panelOf(COMPARISON);
  const names = () => texts().map((row) => row[0]);
  chip("outcome").click();
  expect(names()).toEqual(["fit"]);
  expect(chip("outcome").getAttribute("aria-pressed")).toBe("true");
  chip("same").click();
  expect(names()).toEqual(["plot"]);
  chip("same").click();
  head("Task").querySelector("button")!.click();
  expect(names()).toEqual(["fit", "load", "plot", "save"]);
  head("Difference").querySelector("button")!.click();
  expect(names().slice(0, 2)).toEqual(["load", "plot"]);
  expect(head("Task").hasAttribute("aria-sort")).toBe(false);
});

it("shows of very many only some at once", async () => {
  const tasks = Array.from({ length: 450 }, (_, at) => rawCompared(`t${at}`));
  const { rows, element } = await panelOf({ ...COMPARISON, tasks, left_out: 50, counts: { same: 500 } });
  const more = () => element.querySelector<HTMLButtonElement>(".mz-compare-more")!;
  expect(rows().length).toBe(200);
  more().click();
  more().click();
  expect(rows().length).toBe(450);
  expect(more().disabled).toBe(true);
  expect(more().textContent).toBe("50 more, of which less changed");
});

it("says why there is no comparison", async () => {
  const { element } = createComparePanel(
    { load: () => Promise.reject(new Error("there is no run 'x'")), open: () => undefined },
    new AbortController().signal,
  );
  await new Promise((resolve) => setTimeout(resolve));
  expect(element.querySelector('[role="alert"]')!.textContent).toBe("there is no run 'x'");
});

it.each([
  [null], [7], [{ tasks: 5, before: "x" }], [{ tasks: [null, 5, { name: 5, changes: "all", outputs: [1, {}], before_state: "odd" }], counts: [] }],
])("shows malformed answers without harm: %j", async (raw) => {
  const { element } = await panelOf(raw);
  expect(element.querySelector("table")).not.toBeNull();
});

it("shows changes of a newer kernel in its own words", async () => {
  const tasks = [rawCompared("x", { changes: ["colour"], after_state: "dancing" })];
  const { texts, chip } = await panelOf({ ...COMPARISON, tasks, counts: { colour: 1 } });
  expect(texts()[0]!.slice(1, 3)).toEqual(["succeeded→unknown", "colour"]);
  chip("colour").click();
  expect(texts().length).toBe(1);
});

it.each([[null, ""], [0, "+0.0 ms"], [61, "+1 min 01 s"], [-0.5, "−500 ms"]])("says %s seconds as %s", (seconds, text) => {
  expect(differenceText(seconds)).toBe(text);
});
