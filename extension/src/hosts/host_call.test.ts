import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerCalls, askHost, canAsk, HOST_EVENT, type Abilities } from "./host_call.ts";

const outer = document.createElement("div");
const inner = outer.appendChild(document.createElement("div"));
let closing: AbortController;
beforeEach(() => {
  closing = new AbortController();
  document.body.append(outer);
});
afterEach(() => closing.abort());

const answer = (able: Abilities | null) => answerCalls(document, () => able, closing.signal);
const say = (detail: unknown) => inner.dispatchEvent(new CustomEvent(HOST_EVENT, { bubbles: true, composed: true, detail }));

it("finds nobody where nobody listens", () => {
  expect(canAsk(inner, "insertCell")).toBe(false);
  expect(askHost(inner, "insertCell", "x")).toBe(false);
});

it("finds nobody while it is in no page", () => {
  answer({ insertCell: () => true });
  outer.remove();
  expect(canAsk(inner, "insertCell")).toBe(false);
});

it("is answered by what there is, at the place that asks", () => {
  const insertCell = vi.fn(() => true);
  const places: Node[] = [];
  answerCalls(document, (at) => (places.push(at), { insertCell }), closing.signal);
  expect([canAsk(inner, "insertCell"), canAsk(inner, "goToCell")]).toEqual([true, false]);
  expect(askHost(inner, "insertCell", "x = 1")).toBe(true);
  expect(askHost(inner, "goToCell", "x")).toBe(false);
  expect(insertCell.mock.calls).toEqual([["x = 1"]]);
  expect(new Set(places)).toEqual(new Set([inner]));
});

it("says whether it was done", () => {
  answer({ goToCell: (cellId) => cellId === "here" });
  expect([askHost(inner, "goToCell", "here"), askHost(inner, "goToCell", "gone")]).toEqual([true, false]);
});

it("is done once, by the first who answers", () => {
  const later = vi.fn(() => true);
  answer({ insertCell: () => true });
  answer({ insertCell: later });
  expect(askHost(inner, "insertCell", "x")).toBe(true);
  expect(later).not.toHaveBeenCalled();
});

it("leaves a place that is none of its own to others", () => {
  answer(null);
  answer({ insertCell: () => true });
  expect(canAsk(inner, "insertCell")).toBe(true);
});

it.each([[null], ["who"], [[]], [{}], [{ what: 3, given: "" }], [{ what: "insertCell" }], [{ what: "who", given: {} }]])(
  "takes %j without harm",
  (detail) => {
    const able = vi.fn(() => ({}));
    answerCalls(document, able, closing.signal);
    say(detail);
    expect(able).not.toHaveBeenCalled();
  },
);

it("knows nothing of what a later version asks for", () => {
  answer({ insertCell: () => true });
  const detail = { what: "paint", given: "red", answered: false };
  say(detail);
  expect(detail.answered).toBe(false);
});

it("ends with the signal", () => {
  answer({ insertCell: () => true });
  closing.abort();
  expect(canAsk(inner, "insertCell")).toBe(false);
});
