/** What was asked about the chosen task, asked once and shown by more than one part of the panel. */

import { button, h } from "../dom.ts";
import { decodeSource, type TaskSource } from "../model/decode_task_answers.ts";
import type { RunView } from "../model/store.ts";

export interface Asking<Value> {
  readonly value: Value | null;
  /** Why there is none. */
  readonly error: string;
  readonly isOpen: boolean;
  /** Asks, unless there is an answer or it is on its way. */
  ask(): void;
}

/** Asks for the source of a task; `changed` is called when there is something to show. */
export function createSourceAsking(id: string, view: RunView, changed: () => void): Asking<TaskSource> {
  return createAsking(() => view.ask("source", { task_id: id }, decodeSource), changed);
}

export function createAsking<Value>(put: () => Promise<Value>, changed: () => void): Asking<Value> {
  let [value, error, isOpen]: [Value | null, string, boolean] = [null, "", false];
  return {
    get value() {
      return value;
    },
    get error() {
      return error;
    },
    get isOpen() {
      return isOpen;
    },
    ask() {
      if (isOpen || value !== null) return;
      isOpen = true;
      put()
        .then((found) => [value, error] = [found, ""])
        .catch((fault: unknown) => (error = fault instanceof Error ? fault.message : String(fault)))
        .finally(() => {
          isOpen = false;
          changed();
        });
    },
  };
}

/** Stands where an answer is to be: that it comes, or why it does not. */
export function unanswered<Value>(asking: Asking<Value>, what: string): HTMLElement {
  if (asking.isOpen || asking.error === "") return h("p", { class: "mz-quiet" }, `asking for ${what} …`);
  const again = button({ class: "mz-button" }, () => {
    again.disabled = true;
    asking.ask();
  }, "Ask again");
  return h("div", {}, h("p", { class: "mz-quiet" }, `No ${what}: ${asking.error}`), h("div", { class: "mz-actions" }, again));
}
