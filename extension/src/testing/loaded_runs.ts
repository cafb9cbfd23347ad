/** A list of runs that is here as a whole, and searched here. */

import { decodeRunsPage } from "../model/decode_runs.ts";
import type { AskRuns, ListedRun, RunsPage } from "../model/run_list.ts";
import type { RunsSource } from "../panels/runs_source.ts";

/** All that `load` gives, searched and filtered here. */
export function loadedRuns(load: () => Promise<unknown>): RunsSource {
  return { page: async (asked) => pageOf(decodeRunsPage(await load()).value, asked) };
}

function pageOf(all: RunsPage, { search, statuses, offset, limit }: AskRuns): RunsPage {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = words.length === 0 ? all.rows : all.rows.filter((run) => says(run, words));
  const chosen = statuses.length === 0 ? found : found.filter((run) => statuses.includes(run.status_word));
  const counts: Record<string, number> = {};
  for (const { status_word } of found) counts[status_word] = (counts[status_word] ?? 0) + 1;
  return {
    rows: chosen.slice(offset, offset + limit),
    offset,
    matched: chosen.length,
    total: all.total,
    statuses: counts,
    place: all.place,
    note: all.note,
  };
}

function says({ name, run_id, status_word, origin }: ListedRun, words: readonly string[]): boolean {
  const text = `${name}\n${run_id}\n${status_word}\n${origin}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
