/** How the task cells of one notebook stand, by the notebook's own ids of them. */

import { TASK_STATES, type TaskState } from "../../model/run.ts";
import type { RunView } from "../../model/store.ts";
import type { Face } from "../../glyphs.ts";
import { isFields } from "../../model/reader.ts";

/** `marked`: a task, and part of no run yet. */
export type CellState = TaskState | "marked";

export interface CellMark {
  readonly run_id: string;
  readonly task_id: string;
  readonly name: string;
  readonly state: CellState;
  readonly why: string;
  readonly is_reused: boolean;
  /** Whether the cell was run again with another text since. */
  readonly is_stale: boolean;
}

export type SavedMarks = Readonly<Record<string, unknown>>;

export class CellMarks {
  /** The run that the notebook is about; empty while there is none. */
  runId = "";
  #marks = new Map<string, CellMark>();
  /** Of the texts that cells had when the kernel took them last, what tells them apart. */
  readonly #texts = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  get(cellId: string): CellMark | null {
    return this.#marks.get(cellId) ?? null;
  }

  /** Whether what is known of a cell is about another text than that which it has. */
  isStale(cellId: string, text: string): boolean {
    const taken = this.#texts.get(cellId);
    return this.get(cellId)?.is_stale === true || (taken !== undefined && taken !== digestOf(text));
  }

  /** Notes the text that the kernel took a cell with. */
  took(cellId: string, text: string): void {
    this.#texts.set(cellId, digestOf(text));
    this.#tell();
  }

  /** The runs that cells were in and that had not ended, the one that this is about first. */
  openRuns(): string[] {
    const open = [...this.#marks.values()].filter(({ state }) => !isFinal(state)).map(({ run_id }) => run_id);
    return [...new Set([this.runId, ...open])].filter(Boolean);
  }

  /** Takes what the kernel tells: all there is, or what has changed. What cannot be read is left out. */
  take(raw: unknown): void {
    if (!isFields(raw) || (raw["kind"] !== "state" && raw["kind"] !== "cells")) return;
    const told = readMarks(raw["cells"]);
    if (raw["kind"] === "state" && told.size > 0) this.#marks = told;
    for (const [cellId, mark] of told) this.#marks.set(cellId, mark);
    for (const [cellId, digest] of Object.entries(isFields(raw["texts"]) ? raw["texts"] : {})) {
      if (typeof digest === "number") this.#texts.set(cellId, digest);
    }
    if (typeof raw["run_id"] === "string" && raw["run_id"] !== "") this.runId = raw["run_id"];
    this.#tell();
  }

  /** Takes the states of a run's cells; those that are in another run stay, unless they are to follow. */
  follow(view: RunView, is_new: boolean): void {
    const run_id = view.run?.run_id ?? "";
    if (run_id === "") return;
    if (is_new) this.runId = run_id;
    for (const { id, cell, name } of view.graph?.tasks ?? []) {
      if (cell === "") continue;
      const before = this.#marks.get(cell);
      if (!is_new && before !== undefined && before.run_id !== run_id) continue;
      const { state, error, reason, reused_from } = view.task(id);
      const why = error === null ? (reason ?? "") : `${error.type}: ${error.message}`;
      const is_stale = before?.run_id === run_id && before.is_stale;
      this.#marks.set(cell, { run_id, task_id: id, name, state, why, is_reused: reused_from !== null, is_stale });
    }
    this.#tell();
  }

  saved(): SavedMarks {
    const texts = Object.fromEntries(this.#texts);
    return { kind: "state", run_id: this.runId, cells: Object.fromEntries(this.#marks), texts };
  }

  subscribe(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The shape and colour to show; a task that has not run yet looks like one that waits. */
export function faceOfMark({ state, is_reused }: CellMark): Face {
  if (state === "marked") return "waiting";
  return state === "succeeded" && is_reused ? "cached" : state;
}

export function isFinal(state: CellState): boolean {
  switch (state) {
    case "succeeded":
    case "failed":
    case "skipped":
    case "cancelled":
    case "marked":
      return true;
    case "waiting":
    case "pending":
    case "running":
    case "retrying":
    case "was_running":
    case "unknown":
      return false;
    default:
      return never(state);
  }
}

function readMarks(raw: unknown): Map<string, CellMark> {
  const marks = new Map<string, CellMark>();
  for (const [cellId, row] of Object.entries(isFields(raw) ? raw : {})) {
    if (!isFields(row)) continue;
    const text = (name: string) => (typeof row[name] === "string" ? row[name] : "");
    const said = text("state");
    marks.set(cellId, {
      run_id: text("run_id"),
      task_id: text("task_id"),
      name: text("name"),
      state: said === "marked" ? said : (TASK_STATES.find((known) => known === said) ?? "unknown"),
      why: text("why"),
      is_reused: row["is_reused"] === true,
      is_stale: row["is_stale"] === true,
    });
  }
  return marks;
}

/** A number that differs for different texts, as good as always; space around a text is no difference. */
function digestOf(text: string): number {
  let digest = 0x811c9dc5;
  for (const unit of text.trim()) digest = Math.imul(digest ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return digest;
}

function never(value: never): never {
  throw new Error(`unhandled: ${String(value)}`);
}
