/** Where a list of runs comes from: asked for page by page. */

import { decodeRunsPage } from "../model/decode_runs.ts";
import type { AskRuns, RunsPage } from "../model/run_list.ts";
import type { RunView } from "../model/store.ts";

export interface RunsSource {
  /** Rejects with an error whose message is meant for people. */
  page(asked: AskRuns): Promise<RunsPage>;
  /** Told when the runs may be others than before; nothing is told where nobody knows. */
  subscribe?(changed: () => void, signal: AbortSignal): void;
}

/** Asks the kernel or the server behind a view. */
export function askedRuns(view: Pick<RunView, "ask">): RunsSource {
  return { page: (asked) => view.ask("runs", { ...asked }, (raw) => decodeRunsPage(raw).value) };
}
