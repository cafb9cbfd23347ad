/** The line above the drawing: search, states to show, groups to open, and what the critical path comes to. */

import { button, h, setAttribute, setText } from "../dom.ts";
import { plural } from "../format.ts";
import { icon, lookOf, type Face } from "../glyphs.ts";
import type { RunView } from "../model/store.ts";
import { countFaces } from "../panels/tally.ts";
import { grouped } from "../sum.ts";

export interface FinderHost {
  /** What is searched for, or which states are to be shown, has changed. */
  onChange(): void;
  /** Goes to a task that was searched for. */
  goTo(id: string): void;
  /** How many of these tasks are behind closed cards. */
  hiddenOf(ids: ReadonlySet<string>): number;
  openAll(isOpen: boolean): void;
  /** The person is done here. */
  leave(): void;
}

export interface Finder {
  readonly element: HTMLElement;
  /** Ids of the tasks found; null while nothing is searched for. */
  readonly matches: ReadonlySet<string> | null;
  /** The match that was gone to. */
  readonly current: string | null;
  readonly faces: ReadonlySet<Face>;
  /** Shows the line, with the cursor in the search. */
  search(): void;
  /** Draws counts, and whether there are groups to open and to close. */
  update(hasClosed: boolean, hasOpen: boolean): void;
  /** Says what the critical path comes to; empty for nothing. */
  say(text: string): void;
  /** The graph is another: looks again. */
  renew(): void;
}

/** Fewer tasks than this are seen at a glance. */
const WORTH = 9;
const ORDER: readonly Face[] = [
  "failed", "retrying", "running", "was_running", "pending", "waiting",
  "cancelled", "skipped", "unknown", "succeeded", "cached",
];

export function createFinder(view: RunView, host: FinderHost, signal: AbortSignal): Finder {
  const input = h("input", { class: "mz-graph-search", type: "search", placeholder: "Search  /", "aria-label": "Search tasks", spellcheck: "false" });
  const found = h("span", { class: "mz-graph-found mz-quiet", role: "status" });
  const chips = h("div", { class: "mz-chips", role: "group", "aria-label": "States to show" });
  const said = h("span", { class: "mz-graph-said" });
  const open = button({ class: "mz-tool" }, () => host.openAll(true), "open all");
  const close = button({ class: "mz-tool" }, () => host.openAll(false), "close all");
  const groups = h("div", { class: "mz-group-tools", role: "group", "aria-label": "Groups" }, open, close);
  const element = h("div", { class: "mz-finder", hidden: true }, input, found, chips, said, groups);
  const faces = new Set<Face>();
  let matches: ReadonlySet<string> | null = null;
  let list: readonly string[] = [];
  let at = -1;
  let isAsked = false;
  let drawn = "";

  const find = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const tasks = words.length === 0 ? [] : (view.graph?.tasks ?? []);
    list = tasks.filter(({ id, name }) => {
      const text = name.toLowerCase();
      return words.every((word) => text.includes(word)) || id === input.value.trim();
    }).map(({ id }) => id);
    matches = words.length === 0 ? null : new Set(list);
    at = -1;
    tellFound();
  };
  const tellFound = () => {
    const hidden = matches === null ? 0 : host.hiddenOf(matches);
    const place = at >= 0 ? `${grouped(at + 1)} of ${grouped(list.length)}` : `${grouped(list.length)} found`;
    setText(found, matches === null ? "" : list.length === 0 ? "none" : [place, hidden > 0 ? `${grouped(hidden)} in closed groups` : ""].filter(Boolean).join(" · "));
  };
  const step = (by: number) => {
    if (list.length === 0) return;
    at = (Math.max(at, by < 0 ? 0 : -1) + by + list.length) % list.length;
    host.goTo(list[at]!);
    tellFound();
  };
  const clear = () => {
    input.value = "";
    isAsked = false;
    find();
    host.onChange();
  };

  input.addEventListener("input", () => {
    find();
    host.onChange();
  }, { signal });
  input.addEventListener("keydown", (event) => {
    // JupyterLab has keys of its own for what is typed here.
    event.stopPropagation();
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") {
      clear();
      host.leave();
    } else return;
    event.preventDefault();
  }, { signal });

  const drawChips = () => {
    const counts = countFaces(view);
    const shown = ORDER.filter((face) => counts[face] > 0 || faces.has(face));
    const key = shown.map((face) => `${face} ${counts[face]} ${faces.has(face)}`).join();
    if (key === drawn) return;
    drawn = key;
    const focused = chips.contains(document.activeElement) ? document.activeElement?.getAttribute("data-face") : null;
    chips.replaceChildren(...shown.map((face) => chip(face, counts[face])));
    if (focused) chips.querySelector<HTMLElement>(`[data-face="${focused}"]`)?.focus();
  };
  const chip = (face: Face, count: number) => {
    const { label } = lookOf(face);
    const attributes = {
      class: "mz-filter", "data-face": face, "aria-pressed": String(faces.has(face)),
      "aria-label": `${grouped(count)} ${label}`, title: faces.has(face) ? "Show all states" : `Show only ${label}`,
    };
    return button(attributes, () => {
      if (!faces.delete(face)) faces.add(face);
      drawChips();
      host.onChange();
    }, icon(face), grouped(count), h("span", { class: "mz-chip-word" }, " ", label));
  };

  return {
    element,
    get matches() {
      return matches;
    },
    get current() {
      return list[at] ?? null;
    },
    faces,
    search() {
      isAsked = true;
      element.hidden = false;
      input.focus();
      input.select();
    },
    update(hasClosed, hasOpen) {
      const count = view.graph?.tasks.length ?? 0;
      element.hidden = count < WORTH && !isAsked && said.textContent === "" && matches === null && faces.size === 0;
      groups.hidden = !hasClosed && !hasOpen;
      open.disabled = !hasClosed;
      close.disabled = !hasOpen;
      setAttribute(input, "title", `Search ${plural(count, "task")}: Enter goes on, Shift+Enter back, Esc ends`);
      if (!element.hidden) drawChips();
    },
    say: (text) => setText(said, text),
    renew() {
      const before = list[at];
      find();
      at = before === undefined ? -1 : list.indexOf(before);
      tellFound();
    },
  };
}
