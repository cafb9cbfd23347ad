/** What changed in a run since a view last drew, so that it can draw only that. */

export interface Change {
  readonly graph: boolean;
  readonly run: boolean;
  /** Ids of the tasks whose state changed. */
  readonly tasks: ReadonlySet<string> | "all";
  readonly messages: boolean;
  /** Whether the kernel answers, or a note about what it sent. */
  readonly link: boolean;
}

export const NOTHING: Change = {
  graph: false,
  run: false,
  tasks: new Set(),
  messages: false,
  link: false,
};

export const EVERYTHING: Change = {
  graph: true,
  run: true,
  tasks: "all",
  messages: true,
  link: true,
};

export function mergeChanges(a: Change, b: Change): Change {
  return {
    graph: a.graph || b.graph,
    run: a.run || b.run,
    tasks: a.tasks === "all" || b.tasks === "all" ? "all" : new Set([...a.tasks, ...b.tasks]),
    messages: a.messages || b.messages,
    link: a.link || b.link,
  };
}

export function isTouched(change: Change, id: string): boolean {
  return change.tasks === "all" || change.tasks.has(id);
}
