import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { notePainting } from "../testing/pen.ts";
import { createGround } from "./ground.ts";

let noted: ReturnType<typeof notePainting>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame", "performance"] });
  vi.stubGlobal("CanvasRenderingContext2D", class {});
  noted = notePainting();
});
afterEach(() => {
  noted.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A ground of so many things; `at` is where the view stands. */
function lay(things: number) {
  const at = { x: 0, y: 0, scale: 1, width: 400, height: 200 };
  const paint = vi.fn(() => things);
  const onRest = vi.fn();
  const closing = new AbortController();
  const ground = createGround({ view: () => ({ ...at }), paint, overview: () => null, onRest }, closing.signal);
  const frame = () => vi.advanceTimersByTime(17);
  ground.repaint(true);
  frame();
  return { at, paint, onRest, ground, frame, closing, shifted: () => noted.strokes.filter(({ what }) => what === "drawImage").length };
}

it("paints once for all that changed since the last frame, and not at all while nothing does", () => {
  const { ground, paint, frame } = lay(10);
  for (let time = 0; time < 5; time += 1) ground.repaint(true);
  frame();
  expect(paint).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(paint).toHaveBeenCalledTimes(2);
});

it("paints a light drawing anew at each step of a move", () => {
  const { ground, paint, frame, at } = lay(10);
  for (let step = 1; step <= 3; step += 1) {
    at.x = step;
    ground.moved();
    frame();
  }
  expect(paint).toHaveBeenCalledTimes(4);
});

it("only shifts a heavy drawing while it moves, and paints it once it rests", () => {
  const { ground, paint, onRest, frame, at, shifted } = lay(5000);
  const before = shifted();
  for (let step = 1; step <= 5; step += 1) {
    at.x = step * 9;
    ground.moved();
    frame();
  }
  expect([paint.mock.calls.length, shifted() - before]).toEqual([1, 5]);
  expect([ground.isMoving, onRest.mock.calls.length]).toEqual([true, 0]);
  vi.advanceTimersByTime(300);
  expect([ground.isMoving, onRest.mock.calls.length, paint.mock.calls.length]).toEqual([false, 1, 2]);
});

it.each([
  { name: "out of sight", to: { x: -380 } },
  { name: "far larger", to: { scale: 3 } },
  { name: "far smaller", to: { scale: 0.1 } },
])("paints a heavy drawing in mid-move once its picture is $name", ({ to }) => {
  const { ground, paint, frame, at } = lay(5000);
  Object.assign(at, to);
  ground.moved();
  frame();
  expect(paint).toHaveBeenCalledTimes(2);
});

it("follows a run at a pace where the drawing is heavy, and a person at once", () => {
  const { ground, paint, frame } = lay(5000);
  for (let tenth = 0; tenth < 20; tenth += 1) {
    ground.repaint(false);
    vi.advanceTimersByTime(100);
  }
  expect(paint.mock.calls.length).toBeLessThan(7);
  const before = paint.mock.calls.length;
  ground.repaint(true);
  frame();
  expect(paint).toHaveBeenCalledTimes(before + 1);
});

it("ends with the view", () => {
  const { ground, paint, closing } = lay(5000);
  ground.moved();
  ground.repaint(false);
  closing.abort();
  ground.repaint(true);
  vi.advanceTimersByTime(2000);
  expect(paint).toHaveBeenCalledTimes(1);
});
