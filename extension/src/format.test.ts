import { describe, expect, it } from "vitest";
import { clock, duration, megabytes, plain, shortDuration, ticking } from "./format.ts";

describe("duration", () => {
  it.each([
    [0.0004, "0.4 ms", "0.4 ms"],
    [0.12, "120 ms", "120 ms"],
    [0.9996, "1.0 s", "1.0 s"],
    [1.24, "1.2 s", "1.2 s"],
    [9.96, "10 s", "10 s"],
    [42.4, "42 s", "42 s"],
    [59.7, "1 min 00 s", "1:00"],
    [185, "3 min 05 s", "3:05"],
    [7500, "2 h 05 min", "2:05 h"],
  ])("%d s", (seconds, wide, scarce) => {
    expect(duration(seconds)).toBe(wide);
    expect(shortDuration(seconds)).toBe(scarce);
  });
});

it("ticks in whole seconds", () => {
  expect([0.2, 1.9, 61.5].map((seconds) => ticking(seconds))).toEqual(["0 s", "1 s", "1 min 01 s"]);
  expect(ticking(-3)).toBe("0 s");
});

it.each([
  [0, "00:00:00"],
  [72.9, "00:01:12"],
  [360_000, "100:00:00"],
])("clock of %d", (seconds, text) => expect(clock(seconds)).toBe(text));

it("says amounts humanely", () => {
  expect([512, 8192, 12_000].map(megabytes)).toEqual(["512 MB", "8.0 GB", "11.7 GB"]);
  expect([0.5, 2, 1 / 3].map(plain)).toEqual(["0.5", "2", "0.333"]);
});
