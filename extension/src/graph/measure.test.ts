import { expect, it } from "vitest";
import { fit } from "./measure.ts";

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
