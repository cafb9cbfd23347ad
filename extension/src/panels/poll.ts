/** Asking again now and then, as long as somebody looks. */

/** Seldom enough that answers take at most this share of the time. */
const SHARE = 10;

export interface Poll {
  /** Asks now, or as soon as the answer that is awaited is here. */
  now(): void;
}

/** Calls `ask` every `every` ms, or less often if it takes long, while the element can be seen. */
export function pollWhileSeen(
  element: HTMLElement,
  ask: () => Promise<void>,
  every: number,
  signal: AbortSignal,
): Poll {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let isDue = false;

  const go = async () => {
    clearTimeout(timer);
    if (signal.aborted) return;
    if (isAsking) {
      isDue = true;
      return;
    }
    isAsking = true;
    isDue = false;
    const start = performance.now();
    try {
      await ask();
    } finally {
      isAsking = false;
      const took = performance.now() - start;
      if (!signal.aborted) timer = setTimeout(tick, isDue ? 0 : Math.max(every, took * SHARE));
    }
  };
  const tick = () => {
    if (isDue || isSeen(element)) void go();
    else timer = setTimeout(tick, every);
  };
  timer = setTimeout(tick, every);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return { now: () => void go() };
}

function isSeen(element: HTMLElement): boolean {
  if (!element.isConnected || element.ownerDocument.hidden || element.closest("[hidden]") !== null) return false;
  return element.checkVisibility?.() ?? true;
}
