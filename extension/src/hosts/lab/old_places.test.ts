import { expect, it } from "vitest";
import { OldPlaces } from "./old_places.ts";

const PLACE = "0123456789abcdef0123456789abcdef";
const bundle = (text: string) => ({ data: { "text/plain": text }, metadata: {} });

it("finds the cell of an update", () => {
  const places = new OldPlaces();
  expect(places.take({ cell: PLACE })).toEqual([]);
  expect(places.update(`${PLACE}-3`, bundle("a"))).toEqual({ cellId: "cell", at: 3, bundle: bundle("a") });
});

it("keeps the newest of each output until it is known where it belongs", () => {
  const places = new OldPlaces();
  for (const text of ["a", "b"]) expect(places.update(`${PLACE}-0`, bundle(text))).toBeNull();
  expect(places.take({ other: "f".repeat(32) })).toEqual([]);
  expect(places.take({ cell: PLACE })).toEqual([{ cellId: "cell", at: 0, bundle: bundle("b") }]);
  expect(places.take({ cell: PLACE })).toEqual([]);
});

it("leaves alone what was shown on this page", () => {
  const places = new OldPlaces();
  places.shown(`${PLACE}-0`);
  places.take({ cell: PLACE });
  expect(places.update(`${PLACE}-1`, bundle("a"))).toBeNull();
});

it.each([undefined, null, 7, "", "f", `${PLACE}-`, `${PLACE}-x`, `${PLACE}-1234`, `x${PLACE}-1`, { id: 1 }])(
  "has nothing to do with the display %j",
  (displayId) => {
    const places = new OldPlaces();
    places.take({ cell: PLACE });
    places.shown(displayId);
    expect(places.update(displayId, bundle("a"))).toBeNull();
  },
);

it.each([null, undefined, "text", [PLACE], { cell: 3, other: null, more: {} }])("takes %j without harm", (raw) => {
  const places = new OldPlaces();
  expect(places.take(raw)).toEqual([]);
});
