/** What the person at this view looks at: kept here, never sent to the kernel. */

export type Tab = "graph" | "messages" | "table";

export interface Choice {
  readonly task: string | null;
  readonly tab: Tab;
}

export interface Chooser {
  readonly current: Choice;
  task(id: string | null): void;
  tab(tab: Tab): void;
  subscribe(listener: (choice: Choice, before: Choice) => void, signal: AbortSignal): void;
}

export function createChooser(): Chooser {
  let current: Choice = { task: null, tab: "graph" };
  const listeners = new Set<(choice: Choice, before: Choice) => void>();
  const change = (next: Choice) => {
    if (next.task === current.task && next.tab === current.tab) return;
    const before = current;
    current = next;
    for (const listener of listeners) listener(next, before);
  };
  return {
    get current() {
      return current;
    },
    task: (task) => change({ ...current, task }),
    tab: (tab) => change({ ...current, tab }),
    subscribe: (listener, signal) => {
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
    },
  };
}
