/** The pages of a list of runs that are here: asked for as they come into sight, and again when they are old. */

import type { ListedRun, RunsPage } from "../model/run_list.ts";
import type { RunsSource } from "./runs_source.ts";

/** What the list is narrowed to. */
export interface Wording {
  readonly search: string;
  readonly statuses: readonly string[];
}

export interface RunPages {
  at(place: number): ListedRun | undefined;
  /** How many runs there are to be scrolled through. */
  readonly matched: number;
  /** What was said of the whole list last. */
  readonly about: RunsPage | null;
  readonly wording: Wording;
  /** Asks for the page of a place; what the others say may be old then. */
  renew(place: number): Promise<void>;
  /** Asks for what is missing or old between two places. */
  fill(first: number, end: number): void;
  /** Forgets all: another list is wanted. */
  narrow(wording: Wording): void;
}

export interface PagesCalls {
  changed(): void;
  failed(error: unknown): void;
}

const PAGE = 100;
const MOST_PAGES = 12;

export function createRunPages(source: RunsSource, calls: PagesCalls, signal: AbortSignal): RunPages {
  const pages = new Map<number, readonly ListedRun[]>();
  /** Of these others may be true by now; they are shown until those are here. */
  const stale = new Set<number>();
  const asking = new Set<string>();
  let matched = 0;
  let about: RunsPage | null = null;
  let wording: Wording = { search: "", statuses: [] };
  let age = 0;

  const take = (number: number, page: RunsPage, isFresh: boolean) => {
    if (isFresh) for (const at of pages.keys()) stale.add(at);
    pages.set(number, page.rows);
    stale.delete(number);
    while (pages.size > MOST_PAGES) pages.delete([...pages.keys()].find((at) => at !== number)!);
    matched = page.matched;
    about = page;
  };
  const load = async (number: number, isFresh: boolean) => {
    const mine = age;
    const key = `${mine} ${number}`;
    if (asking.has(key)) return;
    asking.add(key);
    const isWanted = () => mine === age && !signal.aborted;
    try {
      const page = await source.page({ ...wording, offset: number * PAGE, limit: PAGE });
      if (!isWanted()) return;
      take(number, page, isFresh);
      calls.changed();
    } catch (error) {
      if (isWanted()) calls.failed(error);
    } finally {
      asking.delete(key);
    }
  };
  return {
    at: (place) => pages.get(Math.floor(place / PAGE))?.[place % PAGE],
    get matched() {
      return matched;
    },
    get about() {
      return about;
    },
    get wording() {
      return wording;
    },
    renew: (place) => load(Math.floor(place / PAGE), true),
    fill(first, end) {
      const numbers = new Set(end > first ? [Math.floor(first / PAGE), Math.floor((end - 1) / PAGE)] : []);
      for (const number of numbers) if (!pages.has(number) || stale.has(number)) void load(number, false);
    },
    narrow(other) {
      wording = other;
      age += 1;
      pages.clear();
      stale.clear();
    },
  };
}
