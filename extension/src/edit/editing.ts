/** Editing of one graph: sends edits, and keeps what was said of the last one. The kernel decides. */

import type { RunView } from "../model/store.ts";
import { decodeEditState, decodeSources, decodeTargets, type EditState, type End } from "./state.ts";

/** An edit as the kernel takes it: `op` and what that needs. */
export type Edit = { readonly op: string } & Readonly<Record<string, unknown>>;

export interface Editing {
  /** Null while the graph is not to be edited, as when a run of it is shown. */
  readonly state: EditState | null;
  /** Why the last edit was refused; empty if it was not. */
  readonly refusal: string;
  readonly isOpen: boolean;
  /** Returns the reason if the kernel says no, else an empty text. */
  apply(edit: Edit, how?: { readonly isQuiet?: boolean }): Promise<string>;
  targets(source: string, output: string): Promise<ReadonlyMap<string, readonly string[]>>;
  sources(target: string): Promise<ReadonlyMap<string, readonly End[]>>;
  dismiss(): void;
  subscribe(listener: () => void, signal: AbortSignal): void;
}

export interface EditingStore extends Editing {
  /** Takes in what the kernel says of how the graph can be edited. */
  load(raw: unknown): void;
}

export function createEditing(view: RunView): EditingStore {
  const listeners = new Set<() => void>();
  let state: EditState | null = null;
  let refusal = "";
  const tell = () => listeners.forEach((listener) => listener());
  const say = (text: string) => {
    if (text === refusal) return;
    refusal = text;
    tell();
  };
  return {
    get state() {
      return state;
    },
    get refusal() {
      return refusal;
    },
    get isOpen() {
      return state !== null && state.locked === "";
    },
    load(raw) {
      state = decodeEditState(raw);
      if (state === null) refusal = "";
      tell();
    },
    async apply(edit, { isQuiet = false } = {}) {
      let reason = "";
      try {
        await view.ask("edit", edit, () => null);
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      say(isQuiet ? "" : reason);
      return reason;
    },
    targets: (source, output) => view.ask("edit", { op: "targets", source, output }, decodeTargets),
    sources: (target) => view.ask("edit", { op: "sources", target }, decodeSources),
    dismiss: () => say(""),
    subscribe(listener, signal) {
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
    },
  };
}
