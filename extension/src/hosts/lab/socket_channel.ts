/** A channel to the server over a WebSocket: comes back by itself, and says when it is gone. */

import type { Outgoing } from "../../model/talk.ts";
import type { Channel, Ears } from "../../session.ts";

/** The part of a WebSocket that is used here. */
export interface Socket {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  send(data: string): void;
  close(): void;
}

export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 15_000;
const CONNECTING = 0;
const OPEN = 1;

/** Opens a channel that ends with the signal; `connect` makes one socket, and may throw. */
export function openSocketChannel(connect: () => Socket, signal: AbortSignal): Channel {
  let ears: Ears | null = null;
  let socket: Socket | null = null;
  let pause = FIRST_PAUSE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** What was said while the first connection is being made. */
  let waiting: string[] = [];

  const lose = () => {
    socket = null;
    waiting = [];
    if (signal.aborted) return;
    timer = setTimeout(open, pause);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    ears?.rewired();
  };
  const open = () => {
    try {
      socket = connect();
    } catch {
      lose();
      return;
    }
    const mine = socket;
    mine.onopen = () => {
      pause = FIRST_PAUSE_MS;
      const hasAsked = waiting.length > 0;
      for (const text of waiting) mine.send(text);
      waiting = [];
      if (!hasAsked) ears?.rewired();
    };
    mine.onmessage = ({ data }) => ears?.incoming(read(data));
    mine.onclose = () => {
      if (socket === mine) lose();
    };
  };
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    const last = socket;
    socket = null;
    last?.close();
  }, { once: true });
  if (!signal.aborted) open();

  return {
    saved: () => ({ graph: {}, snapshot: {} }),
    send(message: Outgoing) {
      const text = JSON.stringify(message);
      if (socket?.readyState === OPEN) socket.send(text);
      else if (socket?.readyState === CONNECTING && pause === FIRST_PAUSE_MS) waiting.push(text);
      else throw new Error("the connection to the server is lost");
    },
    listen(listener) {
      ears = listener;
    },
  };
}

function read(data: unknown): unknown {
  if (typeof data !== "string") return { kind: "binary data" };
  try {
    return JSON.parse(data);
  } catch {
    return { kind: "text that is no JSON" };
  }
}
