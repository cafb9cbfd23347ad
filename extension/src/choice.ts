/** What the person at this view looks at: kept here, never sent to the kernel. */

export type Tab = "graph" | "timeline" | "messages" | "table" | "nodes";

export interface Choice {
  readonly task: string | null;
  readonly tab: Tab;
  /** The groups that were opened or closed by hand. */
  readonly turned: ReadonlySet<string>;
}

export interface Chooser {
  readonly current: Choice;
  task(id: string | null): void;
  tab(tab: Tab): void;
  /** Opens groups in the graph, or closes them. */
  turn(...groups: string[]): void;
  turnTo(turned: ReadonlySet<string>): void;
  subscribe(listener: (choice: Choice, before: Choice) => void, signal: AbortSignal): void;
}

export function createChooser(): Chooser {
  let current: Choice = { task: null, tab: "graph", turned: new Set() };
  const listeners = new Set<(choice: Choice, before: Choice) => void>();
  const change = (next: Choice) => {
    if (next.task === current.task && next.tab === current.tab && next.turned === current.turned) return;
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
    turn: (...groups) => {
      const turned = new Set(current.turned);
      for (const group of groups) if (!turned.delete(group)) turned.add(group);
      change({ ...current, turned });
    },
    turnTo: (turned) => change({ ...current, turned }),
    subscribe: (listener, signal) => {
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
    },
  };
}
