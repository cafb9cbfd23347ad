import { describe, expect, it } from "vitest";
import { drawGraph } from "../layout/draw.ts";
import { foldGraph } from "../model/groups.ts";
import { NOTHING } from "../model/change.ts";
import { DIAMOND, FAILED, rawRun, rawState, rawTask, storeOf, tell } from "../testing/runs.ts";
import { CHOSEN, CRITICAL, CURRENT, DIM, LIT, MATCH, lightsOf, type Wish } from "./lights.ts";
import { createLooks } from "./looks.ts";
import { createScene, linksOf } from "./scene.ts";

const NAMES: readonly (readonly [number, string])[] = [
  [LIT, "lit"], [CHOSEN, "chosen"], [DIM, "dim"], [CRITICAL, "critical"], [MATCH, "match"], [CURRENT, "current"],
];
const words = (marks: number) => NAMES.filter(([bit]) => marks & bit).map(([, name]) => name).join(" ");

function lit(wish: Partial<Wish>, graph = DIAMOND) {
  const store = storeOf(FAILED, graph);
  const folded = foldGraph(store.graph!, new Set());
  const links = linksOf(folded.graph);
  const scene = createScene(folded, links, drawGraph(folded.graph.tasks.length, links));
  const looks = createLooks(scene, store);
  const { cards, edges } = lightsOf(scene, looks, { chosen: null, critical: null, matches: null, current: null, faces: new Set(), ...wish });
  return {
    cards: Object.fromEntries(scene.cards.map(({ id }, at) => [id, words(cards[at]!)])),
    edges: scene.edges.flatMap(({ edge }, at) => (words(edges[at]!) ? [`${edge.source}>${edge.target} ${words(edges[at]!)}`] : [])),
  };
}

describe("what is lit", () => {
  it.each([
    { name: "nothing", wish: {}, cards: { a: "", b: "", c: "", d: "" }, edges: [] },
    {
      name: "the way through the chosen task", wish: { chosen: "b" },
      cards: { a: "lit", b: "lit chosen", c: "dim", d: "lit" },
      edges: ["a>b lit", "a>c dim", "b>d lit", "c>d dim"],
    },
    { name: "nothing for a task that is not there", wish: { chosen: "x" }, cards: { a: "", b: "", c: "", d: "" }, edges: [] },
    {
      name: "the critical path", wish: { critical: ["a", "c", "d"] },
      cards: { a: "critical", b: "", c: "critical", d: "critical" }, edges: ["a>c critical", "c>d critical"],
    },
    {
      name: "what was searched for", wish: { matches: new Set(["b", "c"]), current: "c" },
      cards: { a: "dim", b: "match", c: "match current", d: "dim" },
      edges: ["a>b dim", "a>c dim", "b>d dim", "c>d dim"],
    },
    {
      name: "a state", wish: { faces: new Set(["failed", "skipped"] as const) },
      cards: { a: "dim", b: "", c: "dim", d: "" }, edges: ["a>b dim", "a>c dim", "c>d dim"],
    },
  ])("$name", ({ wish, cards, edges }) => expect(lit(wish)).toEqual({ cards, edges }));

  it("is the card of a closed group where one of its tasks is meant", () => {
    const tasks = ["a", "b", "c", "d"].map((id) => rawTask(id, { group: "g" }));
    const graph = { ...DIAMOND, tasks: [...tasks, rawTask("end")], edges: [{ source: "d", target: "end", names: [] }] };
    expect(lit({ matches: new Set(["b"]) }, graph).cards).toEqual({ "group:g": "match", end: "dim" });
    expect(lit({ faces: new Set(["pending"]) }, graph).cards).toEqual({ "group:g": "", end: "dim" });
    expect(lit({ critical: ["a", "d", "end"] }, graph)).toEqual({ cards: { "group:g": "critical", end: "critical" }, edges: ["group:g>end critical"] });
  });
});

it("looks only at what changed", () => {
  const store = storeOf({ run: rawRun("running") });
  const folded = foldGraph(store.graph!, new Set());
  const links = linksOf(folded.graph);
  const scene = createScene(folded, links, drawGraph(4, links));
  const looks = createLooks(scene, store);
  tell(store, { kind: "delta", run: rawRun("running"), tasks: { c: rawState("running", { progress: 0.5 }) }, messages: [] });
  expect(looks.update({ ...NOTHING, tasks: new Set(["c", "c.7", "x"]) }).map((at) => scene.cards[at]!.id)).toEqual(["c"]);
  expect(looks.cards[scene.numberOf("c")]).toEqual({ face: "running", progress: 0.5, sum: null });
});
