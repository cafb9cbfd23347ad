/** Which output of which cell an update is for, as the kernel tells it; those that JupyterLab knows itself are left out. */

import { isFields } from "../../model/reader.ts";
import type { KernelMessage } from "@jupyterlab/services";

export type Bundle = Pick<KernelMessage.IUpdateDisplayDataMsg["content"], "data" | "metadata">;

export interface Update {
  readonly cellId: string;
  /** Which of its places. */
  readonly at: number;
  readonly bundle: Bundle;
}

const PLACE = /^([0-9a-f]{32})-(\d{1,3})$/;
const MOST_WAITING = 500;

export class OldPlaces {
  readonly #cells = new Map<string, string>();
  readonly #shown = new Set<string>();
  /** What came before it was known for which cell, the newest of each. */
  readonly #waiting = new Map<string, Bundle>();

  /** Notes an output that was made on this page, which JupyterLab fills itself. */
  shown(displayId: unknown): void {
    const place = partsOf(displayId)?.place;
    if (place !== undefined) this.#shown.add(place);
  }

  /** Where an update belongs; null if nowhere, or not known yet. */
  update(displayId: unknown, bundle: Bundle): Update | null {
    const parts = partsOf(displayId);
    if (parts === null || this.#shown.has(parts.place)) return null;
    const cellId = this.#cells.get(parts.place);
    if (cellId !== undefined) return { cellId, at: parts.at, bundle };
    const key = String(displayId);
    if (this.#waiting.size < MOST_WAITING || this.#waiting.has(key)) this.#waiting.set(key, bundle);
    return null;
  }

  /** Takes which place is which cell's; returns what has waited for it. */
  take(raw: unknown): Update[] {
    for (const [cellId, place] of Object.entries(isFields(raw) ? raw : {})) {
      if (typeof place === "string") this.#cells.set(place, cellId);
    }
    const found: Update[] = [];
    for (const [displayId, bundle] of this.#waiting) {
      const update = this.#cells.has(partsOf(displayId)?.place ?? "") ? this.update(displayId, bundle) : null;
      if (update === null) continue;
      this.#waiting.delete(displayId);
      found.push(update);
    }
    return found;
  }
}

function partsOf(displayId: unknown): { place: string; at: number } | null {
  const [, place, at] = (typeof displayId === "string" && PLACE.exec(displayId)) || [];
  return place === undefined ? null : { place, at: Number(at) };
}
