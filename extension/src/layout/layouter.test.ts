import { expect, it, vi } from "vitest";
import type { Drawing, Link } from "./drawing.ts";
import { drawGraph } from "./draw.ts";
import { createLayouter, type Asked, type Drawn } from "./layouter.ts";

const chain = (length: number) => Array.from({ length: length - 1 }, (_, at): Link => [at, at + 1]);

/** A worker that answers when it is told to. */
function helper() {
  const hears = new Map<string, ((event: unknown) => void)[]>();
  const asked: Asked[] = [];
  const worker = {
    postMessage: (told: unknown) => void asked.push(told as Asked),
    terminate: vi.fn(),
    addEventListener: (type: string, hear: unknown) => void hears.set(type, [...(hears.get(type) ?? []), hear as () => void]),
  };
  const tell = (type: string, event: unknown) => hears.get(type)?.forEach((hear) => hear(event));
  const answer = (at: number) => {
    const { number, count, ends } = asked[at]!;
    const links = Array.from({ length: ends.length / 2 }, (_, edge): Link => [ends[2 * edge]!, ends[2 * edge + 1]!]);
    tell("message", { data: { number, drawing: drawGraph(count, links) } satisfies Drawn });
  };
  return { worker, asked, answer, break: () => tell("error", { preventDefault: () => undefined }) };
}

it("lays a small graph out at once, and starts no worker for it", () => {
  const start = vi.fn(() => null);
  const done = vi.fn();
  createLayouter(new AbortController().signal, start).layOut(4, chain(4), done);
  expect(done).toHaveBeenCalledWith(drawGraph(4, chain(4)));
  expect(start).not.toHaveBeenCalled();
});

it("drops the layout that nobody waits for any more", () => {
  const { worker, asked, answer } = helper();
  const told: Drawing[] = [];
  const layouter = createLayouter(new AbortController().signal, () => worker);
  layouter.layOut(2000, chain(2000), () => expect.fail("it is out of date"));
  layouter.layOut(1500, chain(1500), (drawing) => void told.push(drawing));
  expect(asked.map(({ count }) => count)).toEqual([2000, 1500]);
  for (const at of [0, 1, 1]) answer(at);
  expect(told).toEqual([drawGraph(1500, chain(1500))]);
  layouter.layOut(1500, chain(1500), () => expect.fail("it is out of date"));
  layouter.layOut(3, chain(3), (drawing) => void told.push(drawing));
  answer(2);
  expect(told).toHaveLength(2);
});

it.each(["no worker", "a worker that breaks"])("lays it out on the page's thread with %s", async (how) => {
  const { worker, break: breakIt } = helper();
  const layouter = createLayouter(new AbortController().signal, () => (how === "no worker" ? null : worker));
  const drawing = await new Promise<Drawing>((done) => {
    layouter.layOut(1500, chain(1500), done);
    breakIt();
  });
  expect(drawing.x).toHaveLength(1500);
});

it("ends its worker with the view", () => {
  const { worker, answer } = helper();
  const closing = new AbortController();
  createLayouter(closing.signal, () => worker).layOut(1500, chain(1500), () => expect.fail("the view is closed"));
  closing.abort();
  answer(0);
  expect(worker.terminate).toHaveBeenCalledOnce();
});
