import { expect, it } from "vitest";
import { DIAMOND, FAILED, rawMessage, rawRun, rawState } from "../testing/runs.ts";
import widget, { type Model } from "./anywidget.ts";

type Listener = (value: unknown) => void;

function createModel(traits: Record<string, unknown>) {
  const listeners = new Map<string, Set<Listener>>();
  const sent: unknown[] = [];
  const model: Model = {
    get: (name) => traits[name],
    on: (event, listener) => void listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    off: (event, listener) => void listeners.get(event)?.delete(listener),
    send: (content) => void sent.push(content),
  };
  const tell = (event: string, value?: unknown) => listeners.get(event)?.forEach((listener) => listener(value));
  const count = () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0);
  return { model, sent, tell, count, traits };
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const word = (el: HTMLElement) => el.querySelector(".mz-run-word")?.textContent;

it("shows the traits, asks, and follows messages and traits", async () => {
  const { model, sent, tell, traits } = createModel({ graph: DIAMOND, snapshot: FAILED });
  const el = document.createElement("div");
  const close = widget.render({ model, el });
  expect(word(el)).toBe("failed");
  expect(sent).toEqual([{ kind: "sync" }]);
  tell("msg:custom", {
    kind: "delta", run: rawRun("running"), tasks: { c: rawState("running") }, messages: [rawMessage(5)], first_seq: 5, last_seq: 5,
  });
  await nextFrame();
  expect(word(el)).toBe("running");
  traits["snapshot"] = { ...FAILED, run: rawRun("succeeded", { finished: 1070 }), last_seq: 6 };
  tell("change:snapshot");
  await nextFrame();
  expect(word(el)).toBe("succeeded");
  close();
});

it.each(["the signal", "the returned function"])("takes all its listeners away by %s", (way) => {
  const { model, count } = createModel({ graph: {}, snapshot: {} });
  const el = document.createElement("div");
  const closing = new AbortController();
  const close = widget.render({ model, el, signal: closing.signal });
  expect(count()).toBeGreaterThan(0);
  if (way === "the signal") closing.abort();
  else close();
  expect(count()).toBe(0);
  expect(el.childNodes).toHaveLength(0);
});
