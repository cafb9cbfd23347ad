import { expect, it } from "vitest";
import { fit, fitEnd } from "./measure.ts";

const ruler = { width: (text: string) => [...text].length * 10 };

it.each([
  ["short", 100, "short"],
  ["train_convolutional_network", 100, "train_…ork"],
  ["ab", 10, "a…"],
  ["", 10, ""],
  ["🌍🌍🌍🌍🌍🌍", 40, "🌍🌍…🌍"],
])("%s in %d", (text, room, fitted) => {
  const result = fit(text, room, ruler);
  expect(result).toBe(fitted);
});

it.each([
  ["short", 100, "short"],
  ["needs 2 GPUs with 4 GB", 100, "needs 2 G…"],
  ["needs 2 GPUs", 70, "needs…"],
  ["ab", 10, "a…"],
])("%s in %d, cut at its end", (text, room, fitted) => {
  expect(fitEnd(text, room, ruler)).toBe(fitted);
});
