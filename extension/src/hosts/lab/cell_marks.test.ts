import { expect, it, vi } from "vitest";
import { CellMarks, faceOfMark, isFinal } from "./cell_marks.ts";

const ROW = { run_id: "r", task_id: "a", name: "load", state: "succeeded", why: "", is_reused: false, is_stale: false };
const told = (cells: unknown, more: object = {}) => ({ kind: "state", run_id: "r", cells, ...more });

function taken(...said: unknown[]): CellMarks {
  const marks = new CellMarks();
  for (const each of said) marks.take(each);
  return marks;
}

it.each([
  ["nothing", undefined],
  ["null", null],
  ["text", "state"],
  ["a list", [told({ x: ROW })]],
  ["no kind", { run_id: "r", cells: { x: ROW } }],
  ["a kind of the future", { ...told({ x: ROW }), kind: "cells-2" }],
  ["cells that are a list", told([ROW])],
  ["cells that are null", told(null)],
  ["rows that are no rows", told({ x: null, y: 3, z: "succeeded", w: [ROW] })],
  ["a run that is no text", { kind: "cells", run_id: { id: 1 }, cells: 4, texts: [1] }],
])("takes %s without harm", (_, said) => {
  const marks = taken(told({ before: ROW }), said);
  expect(marks.get("before")).toEqual(ROW);
  expect(["x", "y", "z", "w"].map((cell) => marks.get(cell))).toEqual([null, null, null, null]);
  expect(marks.runId).toBe("r");
});

it.each([
  ["an empty row", {}, { run_id: "", task_id: "", name: "", state: "unknown", why: "" }],
  ["a state of the future", { ...ROW, state: "dreaming" }, { state: "unknown", name: "load" }],
  ["a state that is no text", { ...ROW, state: { is: "failed" } }, { state: "unknown" }],
  ["a name that is no text", { ...ROW, name: 7, why: ["no"] }, { name: "", why: "", state: "succeeded" }],
  ["flags that are no flags", { ...ROW, is_reused: "yes", is_stale: 1 }, { is_reused: false, is_stale: false }],
  ["HTML as text", { ...ROW, name: "<img src=x onerror=alert(1)>" }, { name: "<img src=x onerror=alert(1)>" }],
  ["a cell that is marked", { ...ROW, state: "marked" }, { state: "marked" }],
])("reads %s", (_, row, expected) => expect(taken(told({ x: row })).get("x")).toMatchObject(expected));

it("keeps a cell whose name is one of an object's own", () => {
  const marks = taken(JSON.parse(`{"kind":"cells","run_id":"r","cells":{"__proto__":${JSON.stringify(ROW)}}}`));
  expect(marks.get("__proto__")).toEqual(ROW);
  expect(marks.get("constructor")).toBeNull();
});

it("takes all there is in place of what was, and changes beside it", () => {
  const marks = taken(told({ x: ROW, y: ROW }), { kind: "cells", run_id: "r2", cells: { y: { ...ROW, run_id: "r2" } } });
  expect([marks.get("x")?.run_id, marks.get("y")?.run_id, marks.runId]).toEqual(["r", "r2", "r2"]);
  marks.take(told({ y: ROW }));
  expect(marks.get("x")).toBeNull();
});

it("is after it was saved as it was before", () => {
  const marks = taken(told({ x: { ...ROW, state: "running" }, y: { ...ROW, run_id: "old", state: "pending" } }));
  marks.took("x", "one");
  const again = taken(JSON.parse(JSON.stringify(marks.saved())));
  expect(again.saved()).toEqual(marks.saved());
  expect(again.openRuns()).toEqual(["r", "old"]);
  expect(again.isStale("x", "two")).toBe(true);
});

it.each([
  ["as it was taken", "a\nb", false],
  ["with a line more at its end", "a\nb\n", false],
  ["changed", "a\nc", true],
  ["empty", "", true],
])("of a cell whose text is %s tells whether it is stale", (_, text, expected) => {
  const marks = taken(told({ x: ROW }));
  expect(marks.isStale("x", text)).toBe(false);
  marks.took("x", "a\nb");
  expect(marks.isStale("x", text)).toBe(expected);
});

it("is stale where the kernel says so, whatever the text", () => {
  const marks = taken(told({ x: { ...ROW, is_stale: true } }));
  marks.took("x", "a");
  expect(marks.isStale("x", "a")).toBe(true);
});

it("tells of each change until it is to end", () => {
  const marks = new CellMarks();
  const heard = vi.fn();
  const closing = new AbortController();
  marks.subscribe(heard, closing.signal);
  marks.take({ kind: "pulse" });
  expect(heard).not.toHaveBeenCalled();
  marks.take(told({ x: ROW }));
  marks.took("x", "a");
  expect(heard).toHaveBeenCalledTimes(2);
  closing.abort();
  marks.take(told({}));
  expect(heard).toHaveBeenCalledTimes(2);
});

it.each([
  [{ ...ROW, state: "marked" as const }, "waiting", true],
  [{ ...ROW, state: "succeeded" as const, is_reused: true }, "cached", true],
  [{ ...ROW, state: "running" as const, is_reused: true }, "running", false],
  [{ ...ROW, state: "was_running" as const }, "was_running", false],
])("shows %j", (mark, face, is_final) => {
  expect(faceOfMark(mark)).toBe(face);
  expect(isFinal(mark.state)).toBe(is_final);
});
