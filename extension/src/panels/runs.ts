/** The list of runs: searched, filtered, only the rows in sight in the page. Knows no run's view. */

import { button, h, setAttribute, setText } from "../dom.ts";
import { plural } from "../format.ts";
import { icon, stateOfStatus } from "../glyphs.ts";
import { RUN_STATUSES } from "../model/run.ts";
import type { ListedRun, RunsPage } from "../model/run_list.ts";
import { grouped } from "../sum.ts";
import { pollWhileSeen } from "./poll.ts";
import { createRunPages, type Wording } from "./runs_pages.ts";
import { createRunRow, ROW_PX, type RunRow } from "./runs_row.ts";
import type { RunsSource } from "./runs_source.ts";

export interface RunsCallbacks {
  /** Somebody wants to see a run. */
  open(runId: string): void;
  /** Somebody wants to compare two, the older first; not offered where nobody can. */
  readonly compare?: (before: string, after: string) => void;
  /** The run that is shown beside the list; else empty. */
  readonly current?: () => string;
}

export interface RunsList {
  readonly element: HTMLElement;
  /** Asks anew; to be called when it has become visible. */
  refresh(): void;
  focus(): void;
}

const EVERY_MS = 4000;
const SEARCH_MS = 150;
/** The list is at rest when it was not scrolled for so long. */
const REST_MS = 60;
const SPARE_ROWS = 6;
const LIKELY_PX = 320;

export function createRunsList(source: RunsSource, callbacks: RunsCallbacks, signal: AbortSignal): RunsList {
  const search = h("input", {
    class: "mz-search", type: "search", placeholder: "Search runs", "aria-label": "Search runs", spellcheck: "false",
  });
  const chips = h("div", { class: "mz-chips", role: "group", "aria-label": "Only runs that are" });
  const note = h("p", { class: "mz-list-note", role: "status", hidden: true });
  const rows = h("div", { class: "mz-rows", role: "list", "aria-label": "Runs" });
  const space = h("div", { class: "mz-space" }, rows);
  const empty = h("div", { class: "mz-list-empty", hidden: true });
  const scroller = h("div", { class: "mz-list-scroller" }, space, empty);
  const say = h("span", { class: "mz-list-say", "aria-live": "polite" });
  const compare = button({ class: "mz-do", hidden: true }, () => compareChosen(), "Compare");
  const clear = button({ class: "mz-link", hidden: true }, () => choose(null), "clear");
  const foot = h("div", { class: "mz-list-foot" }, say, clear, compare);
  const element = h("div", { class: "mz-list mz-runs" }, h("div", { class: "mz-list-head" }, search, chips), note, scroller, foot);

  const pages = createRunPages(source, { changed: () => draw(), failed: (error) => fail(error) }, signal);
  /** The row at which the Tab key stops: the one that was last visited. */
  let stop = 0;
  const shown = new Map<string, RunRow>();
  const chosen = new Map<string, ListedRun>();

  const sight = () => {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_PX) - SPARE_ROWS);
    const count = Math.ceil((scroller.clientHeight || LIKELY_PX) / ROW_PX) + 2 * SPARE_ROWS;
    return { first, end: Math.min(pages.matched, first + count) };
  };

  const refresh = () => pages.renew(sight().first);
  const poll = pollWhileSeen(element, refresh, EVERY_MS, signal);
  const narrow = (wording: Wording) => {
    pages.narrow(wording);
    scroller.scrollTop = 0;
    poll.now();
  };

  const draw = () => {
    const { first, end } = sight();
    fetchSoon();
    space.style.height = `${pages.matched * ROW_PX}px`;
    const now = Date.now() / 1000;
    const wanted = new Map<string, number>();
    for (let at = first; at < end; at += 1) wanted.set(keyOf(pages.at(at), at), at);
    for (const [key, row] of shown) {
      if (wanted.has(key)) continue;
      row.element.remove();
      shown.delete(key);
    }
    // What is focused must not be moved in the document: only what is missing is put in.
    let next = rows.firstElementChild;
    for (const [key, at] of wanted) {
      let row = shown.get(key);
      if (row === undefined) {
        row = createRunRow({ open: callbacks.open, choose: callbacks.compare && toggle });
        shown.set(key, row);
        rows.insertBefore(row.element, next);
      } else if (row.element === next) {
        next = next.nextElementSibling;
      }
      const run = pages.at(at);
      const isCurrent = run !== undefined && run.run_id === callbacks.current?.();
      const isStop = at === (stop >= first && stop < end ? stop : first);
      row.show(run, { at, total: pages.matched, now, isCurrent, isChosen: run !== undefined && chosen.has(run.run_id), isStop });
    }
    drawAbout();
  };
  let fetching: ReturnType<typeof setTimeout> | undefined;
  /** What is scrolled past is not asked for. */
  const fetchSoon = () => {
    clearTimeout(fetching);
    fetching = setTimeout(() => {
      const { first, end } = sight();
      pages.fill(first, end);
    }, REST_MS);
  };
  const drawAbout = () => {
    const { about, wording } = pages;
    if (about === null) return;
    note.hidden = about.note === "";
    setText(note, about.note);
    empty.hidden = pages.matched > 0;
    setText(empty, emptyText(about, wording.search !== "" || wording.statuses.length > 0));
    drawChips(about);
    drawFoot();
  };
  const drawChips = ({ statuses }: RunsPage) => {
    const { wording } = pages;
    const words = [...new Set([...RUN_STATUSES, ...Object.keys(statuses)])];
    const there = words.filter((word) => (statuses[word] ?? 0) > 0 || wording.statuses.includes(word));
    const key = JSON.stringify([there.map((word) => [word, statuses[word]]), wording.statuses]);
    if (chips.dataset["key"] === key) return;
    chips.dataset["key"] = key;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["status"] : undefined;
    chips.replaceChildren(...there.map((word) => chip(word, statuses[word] ?? 0)));
    for (const made of chips.querySelectorAll("button")) if (made.dataset["status"] === focused) made.focus();
  };
  const chip = (word: string, count: number) => {
    const status = RUN_STATUSES.find((known) => known === word) ?? "unknown";
    const isOn = pages.wording.statuses.includes(word);
    return button(
      { class: "mz-chip", "aria-pressed": String(isOn), "data-status": word },
      () => {
        const others = pages.wording.statuses.filter((other) => other !== word);
        narrow({ ...pages.wording, statuses: isOn ? others : [...others, word] });
      },
      icon(stateOfStatus(status)), word.replaceAll("_", " "), h("span", { class: "mz-count" }, grouped(count)),
    );
  };
  const drawFoot = () => {
    const { about, matched } = pages;
    const [one, two] = [...chosen.keys()];
    const current = callbacks.current?.() ?? "";
    const isReady = two !== undefined || (one !== undefined && current !== "" && current !== one);
    compare.hidden = !isReady;
    clear.hidden = one === undefined;
    setText(compare, two === undefined ? "Compare with this run" : "Compare these two");
    const some = about !== null && matched < about.total ? `${grouped(matched)} of ` : "";
    const all = about === null ? "" : `${some}${plural(about.total, "run").replace(String(about.total), grouped(about.total))}`;
    setText(say, one === undefined ? all : two === undefined && !isReady ? "choose one more to compare" : `${chosen.size} chosen`);
    setAttribute(say, "title", about?.place);
  };

  const toggle = (run: ListedRun) => choose(run);
  const choose = (run: ListedRun | null) => {
    if (run === null) chosen.clear();
    else if (!chosen.delete(run.run_id)) chosen.set(run.run_id, run);
    while (chosen.size > 2) chosen.delete([...chosen.keys()][0]!);
    draw();
  };
  const compareChosen = () => {
    const [one, two] = [...chosen.values()].sort((a, b) => (a.started ?? 0) - (b.started ?? 0));
    if (one === undefined) return;
    if (two !== undefined) callbacks.compare?.(one.run_id, two.run_id);
    else callbacks.compare?.(one.run_id, callbacks.current?.() ?? "");
  };
  const fail = (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    note.hidden = false;
    setText(note, pages.about === null ? text : `${text}; shown is what was known last`);
    if (pages.about === null) empty.hidden = true;
  };

  let waiting: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => narrow({ ...pages.wording, search: search.value.trim() }), SEARCH_MS);
  }, { signal });
  signal.addEventListener("abort", () => [waiting, fetching].forEach(clearTimeout), { once: true });
  scroller.addEventListener("scroll", draw, { signal, passive: true });
  element.addEventListener("keydown", (event) => walk(event), { signal });
  rows.addEventListener("focusin", ({ target }) => {
    const at = Number(target instanceof Element ? (target.closest<HTMLElement>("[data-at]")?.dataset["at"] ?? stop) : stop);
    if (at === stop) return;
    stop = at;
    draw();
  }, { signal });
  source.subscribe?.(() => poll.now(), signal);

  /** Arrows move from run to run, also to those that are not in the page yet. */
  const walk = (event: KeyboardEvent) => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const own = target?.closest<HTMLElement>("[data-at]");
    if (target === search && event.key === "ArrowDown") moveTo(0, event);
    else if (own !== null && own !== undefined) {
      const sightful = Math.max(1, Math.floor((scroller.clientHeight || LIKELY_PX) / ROW_PX) - 1);
      const at = Number(own.dataset["at"]);
      const next = {
        ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + sightful, PageUp: at - sightful, Home: 0, End: pages.matched - 1,
      }[event.key];
      if (next !== undefined) moveTo(Math.min(Math.max(next, 0), pages.matched - 1), event);
    } else if (target === search && event.key !== "Escape") event.stopPropagation();
  };
  const moveTo = (at: number, event: KeyboardEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (pages.matched === 0) return;
    const top = at * ROW_PX;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const below = top + ROW_PX - (scroller.clientHeight || LIKELY_PX);
    if (below > scroller.scrollTop) scroller.scrollTop = below;
    draw();
    rows.querySelector<HTMLElement>(`[data-at="${at}"] .mz-run-open`)?.focus({ preventScroll: true });
  };

  return { element, refresh: () => poll.now(), focus: () => search.focus() };
}

function keyOf(run: ListedRun | undefined, at: number): string {
  return run === undefined || run.run_id === "" ? `at ${at}` : `run ${run.run_id}`;
}

function emptyText({ total, place }: RunsPage, isNarrowed: boolean): string {
  if (total > 0 && isNarrowed) return "No run is like that";
  return `No runs yet${place === "" ? "" : ` ${place}`}: run a workflow, and it is listed here`;
}
