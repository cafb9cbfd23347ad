import { beforeEach, describe, expect, it, vi } from "vitest";
import { drawGraph } from "../layout/draw.ts";
import { SIZES } from "../layout/drawing.ts";
import { foldGraph } from "../model/groups.ts";
import type { RunStore } from "../model/store.ts";
import { recordingPen } from "../testing/recording_pen.ts";
import { DIAMOND, FAILED, rawRun, rawState, rawTask, storeOf } from "../testing/runs.ts";
import { lightsOf, type Wish } from "./lights.ts";
import { createLooks } from "./looks.ts";
import { paint, type Picture } from "./paint.ts";
import type { Palette } from "./palette.ts";
import { createScene, linksOf } from "./scene.ts";

const FACES = ["waiting", "pending", "running", "retrying", "was_running", "succeeded", "cached", "failed", "skipped", "cancelled", "unknown"] as const;
const coloured = (kind: string) => Object.fromEntries(FACES.map((face) => [face, `${kind} ${face}`])) as Palette["face"];
const PALETTE: Palette = {
  ground: "ground", text: "text", quiet: "quiet", line: "line", accent: "accent", edge: "edge", frame: "frame", family: "sans-serif",
  face: coloured("face"), tint: coloured("tint"), far: coloured("far"),
};
const NO_WISH: Wish = { chosen: null, critical: null, matches: null, current: null, faces: new Set() };

function pictureOf(store: RunStore, wish: Partial<Wish> = {}, turned: readonly string[] = [], isElement = (_: number) => false): Picture {
  const folded = foldGraph(store.graph!, new Set(turned));
  const links = linksOf(folded.graph);
  const scene = createScene(folded, links, drawGraph(folded.graph.tasks.length, links));
  const looks = createLooks(scene, store);
  return { scene, looks, lights: lightsOf(scene, looks, { ...NO_WISH, ...wish }), palette: PALETTE, isElement, hovered: -1, selected: -1 };
}

function painted(picture: Picture, scale: number, more: { x?: number; width?: number } = {}) {
  const recorded = recordingPen();
  const count = paint(recorded.pen, picture, { x: 0, y: 0, scale, width: 2000, height: 1000, ...more }, 1);
  return { ...recorded, painted: count };
}

beforeEach(() => void vi.stubGlobal("Path2D", class {}));

const diamond = (wish?: Partial<Wish>) => pictureOf(storeOf(FAILED), wish);

it("paints each card by how far out it is seen: with its name, with its glyph, as a block", () => {
  const near = painted(diamond(), 1);
  expect(near.strokes.filter(({ what }) => what === "fillText").map((stroke) => stroke.with[0])).toContain("name_a");
  expect(near.count("roundRect")).toBe(4);
  const far = painted(diamond(), 0.3);
  expect([far.count("fillText"), far.count("roundRect")]).toEqual([0, 0]);
  const glyphs = (each: typeof far) => each.strokes.filter(({ what, with: given }) => what === "stroke" && given.length > 0).length;
  expect(glyphs(far)).toBe(4);
  const farther = painted(diamond(), 0.05);
  expect(glyphs(farther)).toBe(0);
  expect(farther.strokes.filter(({ what }) => what === "fillRect").map(({ fill }) => fill).sort()).toEqual([
    "far failed", "far pending", "far skipped", "far succeeded",
  ]);
});

it("tells the failed and the running from the rest without colour, from afar too", () => {
  const crossed = painted(diamond(), 0.05).strokes.filter(({ what }) => what === "lineTo");
  expect(crossed.some(({ stroke }) => stroke === "text")).toBe(true);
  const running = pictureOf(storeOf({ run: rawRun("running"), tasks: { a: rawState("running", { started: 1 }) } }));
  const halves = painted(running, 0.05).strokes.filter(({ what, fill }) => what === "fillRect" && fill === "ground");
  expect(halves).toHaveLength(1);
});

it("leaves out what is an element, and what is out of sight", () => {
  const some = { ...diamond(), isElement: (at: number) => at < 3 };
  expect(painted(some, 1).count("roundRect")).toBe(1);
  const none = painted(diamond(), 1, { x: -5000 });
  expect([none.painted, none.count("roundRect")]).toEqual([0, 0]);
});

describe("edges", () => {
  const strokesOf = (picture: Picture, scale = 1) => painted(picture, scale).strokes.filter(({ what, with: given }) => what === "stroke" && given.length === 0);
  it("are one quiet path while nothing is chosen, straight from afar", () => {
    const quiet = strokesOf(diamond()).filter(({ stroke }) => stroke === "edge");
    expect(quiet).toHaveLength(1);
    expect(painted(diamond(), 1).count("bezierCurveTo")).toBe(4);
    expect(painted(diamond(), 0.1).count("bezierCurveTo")).toBe(0);
  });
  it("are lit on the way to and from the chosen task, the rest dims", () => {
    const strokes = strokesOf(diamond({ chosen: "b" }));
    expect(strokes.filter(({ stroke }) => stroke === "accent").length).toBeGreaterThan(0);
    expect(strokes.filter(({ stroke }) => stroke === "edge").map(({ alpha }) => alpha < 0.3)).toEqual([true]);
  });
  it("show the critical path, over the blocks from afar", () => {
    const picture = diamond({ critical: ["a", "b", "d"] });
    const order = painted(picture, 0.1).strokes.filter(({ what, stroke }) => what === "fillRect" || (what === "stroke" && stroke === "text"));
    expect(order.findLastIndex(({ what }) => what === "fillRect")).toBeLessThan(order.findLastIndex(({ what }) => what === "stroke"));
  });
});

it("paints a group with a bar of its states, and a frame with its name round an open one", () => {
  const tasks = ["a", "b", "c", "d"].map((id) => rawTask(id, { group: "prep" }));
  const graph = { ...DIAMOND, tasks: [...tasks, rawTask("end")], edges: [] };
  const store = storeOf({ run: rawRun("running"), tasks: { a: rawState("failed"), b: rawState("succeeded") } }, graph);
  const closed = painted(pictureOf(store), 1).strokes.filter(({ what }) => what === "fillRect");
  expect(closed.map(({ fill, with: given }) => [fill, given[2]])).toEqual([["face succeeded", SIZES.nodeWidth / 4], ["face failed", SIZES.nodeWidth / 4]]);
  const open = painted(pictureOf(store, {}, ["prep"]), 0.2);
  expect(open.strokes.filter(({ what }) => what === "fillText").map((stroke) => stroke.with[0])).toEqual(["prep"]);
  expect(open.count("roundRect")).toBe(1);
});
