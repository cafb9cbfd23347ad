import { describe, expect, it } from "vitest";
import CASES from "../../../tests/unit/projection/folding_cases.json";
import { rawTask } from "../testing/runs.ts";
import { decodeGraph } from "./decode.ts";
import { foldGraph } from "./groups.ts";

type Told = string | { readonly name: string; readonly from: number; readonly count: number; readonly group: string };

function expanded(told: Told): { name: string; group: string }[] {
  if (typeof told === "string") return [{ name: told, group: "" }];
  const { name, group, from, count } = told;
  return Array.from({ length: count }, (_, at) => ({ name: name.replace("#", `${from + at}`), group }));
}

// The still of a saved notebook folds alike: its tests read the same table.
describe("what is one card until somebody opens it", () => {
  it.each(CASES)("$what", ({ tasks, edges, cards }) => {
    const graph = decodeGraph({
      workflow_id: "w",
      name: "w",
      tasks: tasks.flatMap(expanded).map((task, at) => rawTask(`t${at}`, task)),
      edges: edges.map(([source, target]) => ({ source: `t${source}`, target: `t${target}`, names: [] })),
    }).value!;
    const folded = foldGraph(graph, new Set());
    expect(folded.graph.tasks.map(({ id, name }) => [name, folded.members.get(id)?.length ?? 1])).toEqual(cards);
  });
});
