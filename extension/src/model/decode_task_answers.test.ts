import { expect, it } from "vitest";
import {
  decodeAttempts, decodeCode, decodeDone, decodePreview, decodeSource, decodeWholeLog,
} from "./decode_task_answers.ts";

const DECODERS = { decodeAttempts, decodeCode, decodeDone, decodePreview, decodeSource, decodeWholeLog };
const MALFORMED: readonly unknown[] = [
  undefined, null, 7, "text", [], [1, null], {}, { parts: 3, inputs: "x", attempts: {} },
  { parts: [null, 5, { text: {} }], inputs: [null, { name: [] }], attempts: [[], { attempt: "one", error: 3 }] },
  { text: { a: 1 }, image: 5, html: [], said: null, run_id: {}, code: [] },
];

it.each(Object.entries(DECODERS))("%s takes whatever comes", (_, decode) => {
  for (const raw of MALFORMED) expect(() => decode(raw)).not.toThrow();
});

it.each(["http://x/y.png", "javascript:x()", "data:text/html,x", "//x"])("loads nothing from %s", (image) => {
  expect(decodePreview({ image }).image).toBe("");
});

it("says of a preview that is none that it cannot be read", () => {
  expect(decodePreview(null).error).toContain("cannot be read");
  expect(decodePreview({ text: "7" })).toMatchObject({ text: "7", error: "" });
});

it("reads a log by stream, with a line before each further attempt", () => {
  const { lines, left_out } = decodeWholeLog({
    parts: [{ stream: "stdout", attempt: 1, text: "a\nb" }, { stream: "stderr", attempt: 2, text: "c" }, "odd"],
    left_out: 12,
  });
  expect(lines).toEqual([
    { stream: "stdout", text: "a" }, { stream: "stdout", text: "b" },
    { stream: "", text: "— attempt 2 —" }, { stream: "stderr", text: "c" },
  ]);
  expect(left_out).toBe(12);
});

it("reads attempts with what they raised, without those that are none", () => {
  const error = { type: "OSError", kind: "", message: "no", traceback: "T", host: null };
  const found = decodeAttempts({ attempts: [{ attempt: 1, state: "failed", error }, 5, { state: "succeeded" }] });
  expect(found.map(({ attempt, state }) => [attempt, state])).toEqual([[1, "failed"], [3, "succeeded"]]);
  expect(found[0]!.error).toEqual(error);
});
