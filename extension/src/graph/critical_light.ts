/** Lights the critical path of a run, and says how long it takes. */

import { button, setAttribute } from "../dom.ts";
import { duration, plural } from "../format.ts";
import { chainSeconds, criticalPath } from "../model/critical.ts";
import type { RunView } from "../model/store.ts";

/** The path of a run that goes on is looked for again, though not more often. */
const AGAIN_MS = 1000;

export interface CriticalLight {
  readonly button: HTMLElement;
  /** Ids of its tasks; null while it is not lit. */
  readonly tasks: readonly string[] | null;
  turn(): void;
  /** Looks again, where that is due. */
  renew(): void;
}

export interface CriticalHost {
  /** Says what the path comes to; empty for nothing. */
  say(text: string): void;
  /** Other tasks are on it, or it is lit no more. */
  onChange(): void;
}

export function createCriticalLight(view: RunView, host: CriticalHost): CriticalLight {
  let tasks: readonly string[] | null = null;
  let lookedAt = -Infinity;

  const look = () => {
    if (tasks === null || view.graph === null) return;
    lookedAt = performance.now();
    tasks = criticalPath(view.graph, view);
    host.say(`critical path ${duration(chainSeconds(tasks, view))} · ${plural(tasks.length, "task")}`);
    host.onChange();
  };
  const turn = () => {
    tasks = tasks === null ? [] : null;
    setAttribute(toggle, "aria-pressed", String(tasks !== null));
    if (tasks !== null) return look();
    host.say("");
    host.onChange();
  };
  const title = "Light the critical path: the longest chain by time (c)";
  const toggle = button({ class: "mz-tool", title, "aria-pressed": "false" }, turn, "critical");
  return {
    button: toggle,
    get tasks() {
      return tasks;
    },
    turn,
    renew: () => {
      if (performance.now() - lookedAt >= AGAIN_MS) look();
    },
  };
}
