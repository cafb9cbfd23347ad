import { expect, it, vi } from "vitest";
import { createChooser } from "../choice.ts";
import { s } from "../dom.ts";
import { columnsIn } from "../layout/drawing.ts";
import { READABLE, type Board } from "./board.ts";
import { createSight } from "./sight.ts";
import { createViewport } from "./viewport.ts";

const ROOM = { width: 430, height: 440 };

/** Cards in a row, in a place of 430 by 440. */
function sightOf(cards: number, running: readonly number[] = []) {
  const svg = s("svg");
  svg.getBoundingClientRect = () => ({ ...ROOM, left: 0, top: 0 }) as DOMRect;
  const frame = document.createElement("div");
  Object.defineProperty(frame, "clientWidth", { value: ROOM.width });
  const nothing = () => undefined;
  const viewport = createViewport(svg, { hasWheel: () => false, onWheelLeft: nothing, onMove: nothing, onUserMove: nothing }, new AbortController().signal);
  const boxes = Array.from({ length: cards }, (_, at) => ({ x: at * 220, y: 100, width: 196, height: 42 }));
  const scene = { boxes, cards: boxes, size: { width: cards * 220 - 24, height: 242 } };
  const faceAt = (at: number) => (running.includes(at) ? "running" : "waiting");
  const chooser = createChooser();
  const sight = createSight({ svg, viewport, scene, faceAt } as unknown as Board, frame, chooser);
  const sees = (at: number) => {
    const { x, width } = viewport.visible();
    return boxes[at]!.x >= x && boxes[at]!.x + boxes[at]!.width <= x + width;
  };
  return { sight, viewport, sees, chooser, frame };
}

it("begins at the left where all at once could not be read, and shows all when told to", () => {
  const { sight, viewport, sees } = sightOf(12);
  sight.follow();
  expect(viewport.scale * 16).toBeGreaterThan(9.8);
  expect([sees(0), sees(11)]).toEqual([true, false]);
  sight.fit();
  expect([sees(0), sees(11)]).toEqual([true, true]);
  sight.follow();
  expect(sees(11)).toBe(true);
});

it("shows all at its size where there is room", () => {
  const { sight, viewport, sees } = sightOf(2);
  sight.follow();
  expect([sees(0), sees(1), viewport.scale > 0.9]).toEqual([true, true, true]);
});

it("shows the shape of very many cards", () => {
  const { sight, viewport } = sightOf(151);
  sight.follow();
  expect(viewport.scale).toBeLessThan(READABLE / 10);
});

it.each([
  { name: "keeps what runs in sight", hold: () => undefined, isSeen: true },
  { name: "leaves a drawing that was moved", hold: ({ sight }: ReturnType<typeof sightOf>) => sight.leave(), isSeen: false },
  { name: "leaves it while a task is open", hold: ({ chooser }: ReturnType<typeof sightOf>) => chooser.task("x"), isSeen: false },
  { name: "leaves it under the pointer", hold: ({ frame }: ReturnType<typeof sightOf>) => void vi.spyOn(frame, "matches").mockReturnValue(true), isSeen: false },
])("$name", ({ hold, isSeen }) => {
  const running: number[] = [];
  const made = sightOf(12, running);
  made.sight.follow();
  hold(made);
  running.push(9);
  made.sight.followRunning();
  expect(made.sees(9)).toBe(isSeen);
});

it("sets so many layers side by side as can be read", () => {
  expect([300, 430, 700, 950, 1400].map((px) => columnsIn((px - 28) / READABLE))).toEqual([2, 3, 5, null, null]);
});
