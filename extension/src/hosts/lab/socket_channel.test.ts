import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, openSocketChannel, type Socket } from "./socket_channel.ts";

class Line implements Socket {
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onclose: Socket["onclose"] = null;
  onmessage: Socket["onmessage"] = null;
  readonly sent: string[] = [];
  send = (text: string) => void this.sent.push(text);
  close = () => this.end();
  begin() {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }
  end() {
    this.readyState = 3;
    this.onclose?.(new CloseEvent("close"));
  }
  hear(data: unknown) {
    this.onmessage?.(new MessageEvent("message", { data }));
  }
}

let closing: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  closing = new AbortController();
});
afterEach(() => {
  closing.abort();
  vi.useRealTimers();
});

function open() {
  const lines: Line[] = [];
  const heard: unknown[] = [];
  const rewired = vi.fn();
  const channel = openSocketChannel(() => lines[lines.push(new Line()) - 1] as Line, closing.signal);
  const nothing = () => undefined;
  channel.listen(
    { incoming: (raw) => heard.push(raw), savedGraph: nothing, savedSnapshot: nothing, rewired },
    closing.signal,
  );
  return { channel, lines, heard, rewired, last: () => lines.at(-1) as Line };
}

it("sends what was said before it was open, and hears JSON", () => {
  const { channel, last, heard, rewired } = open();
  channel.send({ kind: "sync" });
  expect(last().sent).toEqual([]);
  last().begin();
  expect(last().sent).toEqual(['{"kind":"sync"}']);
  expect(rewired).not.toHaveBeenCalled();
  last().hear('{"kind":"pulse"}');
  last().hear("{");
  last().hear(new ArrayBuffer(1));
  expect(heard).toEqual([{ kind: "pulse" }, { kind: "text that is no JSON" }, { kind: "binary data" }]);
});

it("comes back after ever longer pauses, and says so each time", () => {
  const { channel, lines, last, rewired } = open();
  last().begin();
  rewired.mockClear();
  last().end();
  expect(rewired).toHaveBeenCalledTimes(1);
  expect(() => channel.send({ kind: "sync" })).toThrow("lost");
  vi.advanceTimersByTime(FIRST_PAUSE_MS);
  expect(lines).toHaveLength(2);
  for (let more = 0; more < 12; more += 1) {
    last().end();
    vi.advanceTimersByTime(LONGEST_PAUSE_MS);
  }
  expect(lines).toHaveLength(14);
  rewired.mockClear();
  last().begin();
  expect(rewired).toHaveBeenCalledTimes(1);
  channel.send({ kind: "sync" });
  expect(last().sent).toHaveLength(1);
});

it("ends with the signal, for good", () => {
  const { lines, last } = open();
  last().begin();
  closing.abort();
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(1);
  expect(last().readyState).toBe(3);
});
