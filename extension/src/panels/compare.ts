/** Two runs compared: both in one line each, what came to change, and a table of their tasks. */

import { button, h, setAttribute, setText, type Child } from "../dom.ts";
import { duration, shortId } from "../format.ts";
import { icon, lookOf, stateOfStatus, type Face } from "../glyphs.ts";
import { CHANGES, timeChange, type ComparedSide, type ComparedTask, type Comparison } from "../model/comparison.ts";
import { grouped } from "../sum.ts";
import { detailsOf } from "./compare_details.ts";

export interface CompareCallbacks {
  /** Rejects with an error whose message is meant for people. */
  load(): Promise<Comparison>;
  open(runId: string): void;
}

export interface ComparePanel {
  readonly element: HTMLElement;
}

const AT_ONCE = 200;
const WORDS: Readonly<Record<string, string>> = {
  added: "added", removed: "removed", code: "code", inputs: "inputs", options: "options", results: "results",
  state: "outcome",
};

interface Column {
  readonly title: string;
  key(task: ComparedTask): number | string;
}

const COLUMNS: readonly Column[] = [
  { title: "Task", key: ({ name }) => name },
  { title: "State", key: ({ before_face, after_face }) => `${after_face ?? ""} ${before_face ?? ""}` },
  { title: "Changed", key: ({ changes }) => -changes.length },
  { title: "Before", key: ({ before_seconds }) => -(before_seconds ?? -1) },
  { title: "After", key: ({ after_seconds }) => -(after_seconds ?? -1) },
  { title: "Difference", key: (task) => -Math.abs(timeChange(task) ?? 0) },
];

export function createComparePanel(callbacks: CompareCallbacks, signal: AbortSignal): ComparePanel {
  const element = h("div", { class: "mz-compare" }, h("p", { class: "mz-list-empty", role: "status" }, "Comparing …"));
  callbacks.load().then(
    (found) => !signal.aborted && element.replaceChildren(...drawn(found, callbacks)),
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) element.replaceChildren(h("p", { class: "mz-list-empty", role: "alert" }, text));
    },
  );
  return { element };
}

function drawn(found: Comparison, { open }: CompareCallbacks): HTMLElement[] {
  const body = h("tbody");
  const more = button({ class: "mz-link mz-compare-more", hidden: true }, () => fill(shown + AT_ONCE));
  const none = h("p", { class: "mz-list-empty", hidden: true }, "No task of this kind");
  let kind: string | null = null;
  let sorted: { at: number; isDown: boolean } | null = null;
  let shown = AT_ONCE;
  const longest = Math.max(...found.tasks.map((task) => Math.abs(timeChange(task) ?? 0)), 0);

  const chosen = () => {
    const some = kind === null ? [...found.tasks] : found.tasks.filter((task) => isOfKind(task, kind!));
    if (sorted === null) return some;
    const { key } = COLUMNS[sorted.at]!;
    some.sort((a, b) => order(key(a), key(b)));
    return sorted.isDown ? some.reverse() : some;
  };
  const fill = (count: number) => {
    shown = count;
    const tasks = chosen();
    body.replaceChildren(...tasks.slice(0, shown).flatMap((task) => rowsOf(task, longest)));
    const left = Math.max(0, tasks.length - shown) + (kind === null ? found.left_out : 0);
    more.hidden = left <= 0;
    more.disabled = tasks.length <= shown;
    setText(more, tasks.length <= shown ? `${grouped(left)} more, of which less changed` : `Show more (${grouped(left)})`);
    none.hidden = tasks.length > 0;
  };
  const heads = COLUMNS.map(({ title }, at) =>
    h("th", { scope: "col" }, button({ class: "mz-sort" }, () => {
      sorted = { at, isDown: sorted?.at === at && !sorted.isDown };
      heads.forEach((head, index) =>
        setAttribute(head, "aria-sort", index === at && (sorted?.isDown ? "descending" : "ascending")));
      fill(AT_ONCE);
    }, title)),
  );
  const kinds = kindsOf(found);
  const chips = kinds.map(([word, count]) => {
    const made = button({ class: "mz-chip", "aria-pressed": "false" }, () => {
      kind = kind === word ? null : word;
      chips.forEach((each, at) => setAttribute(each, "aria-pressed", String(kinds[at]![0] === kind)));
      fill(AT_ONCE);
    }, WORDS[word] ?? word, h("span", { class: "mz-count" }, grouped(count)));
    return made;
  });
  fill(AT_ONCE);
  return [
    h(
      "div",
      { class: "mz-compare-head" },
      sideOf("before", found.before, open),
      sideOf("after", found.after, open, differenceText(total(found))),
      h("div", { class: "mz-chips", role: "group", "aria-label": "Only tasks with changes of" }, ...chips,
        kinds.every(([word]) => word === "same") && h("span", { class: "mz-quiet" }, "nothing changed but the times")),
    ),
    h(
      "div",
      { class: "mz-compare-table" },
      h(
        "table",
        { class: "mz-tasks mz-compared" },
        h("caption", { class: "mz-unseen" }, "Tasks of both runs, and what changed"),
        h("thead", {}, h("tr", {}, ...heads)),
        body,
      ),
      none,
      more,
    ),
  ];
}

function kindsOf({ counts }: Comparison): [string, number][] {
  const known: readonly string[] = CHANGES;
  const words = [...known, ...Object.keys(counts).filter((word) => !known.includes(word) && word !== "same"), "same"];
  return words.flatMap((word): [string, number][] => ((counts[word] ?? 0) > 0 ? [[word, counts[word]!]] : []));
}

function isOfKind({ changes }: ComparedTask, kind: string): boolean {
  return kind === "same" ? changes.length === 0 : changes.includes(kind);
}

function total({ before, after }: Comparison): number | null {
  return before.seconds === null || after.seconds === null ? null : after.seconds - before.seconds;
}

function sideOf(word: string, side: ComparedSide, open: (runId: string) => void, change = ""): HTMLElement {
  return h(
    "div",
    { class: "mz-compare-side" },
    h("span", { class: "mz-quiet" }, word),
    h("span", { class: "mz-run-mark", title: side.status_word.replaceAll("_", " ") }, icon(stateOfStatus(side.status))),
    button({ class: "mz-link", title: `Show run ${side.run_id}` }, () => open(side.run_id), side.name || "unnamed"),
    h("span", { class: "mz-run-row-id" }, shortId(side.run_id)),
    h("span", { class: "mz-compare-time" }, side.seconds === null ? "" : duration(side.seconds)),
    change !== "" && h("span", { class: "mz-quiet mz-compare-time" }, `${change} in all`),
  );
}

/** A row of the table, and below it one that opens with what is different. */
function rowsOf(task: ComparedTask, longest: number): HTMLElement[] {
  const change = timeChange(task);
  const details = h("td", { colspan: COLUMNS.length });
  const below = h("tr", { class: "mz-compare-below", hidden: true }, details);
  const turn = button({ class: "mz-link mz-compare-turn", "aria-expanded": "false" }, () => {
    below.hidden = !below.hidden;
    setAttribute(turn, "aria-expanded", String(!below.hidden));
    if (!details.hasChildNodes()) details.append(...detailsOf(task));
  }, task.name);
  const row = h(
    "tr",
    { "data-changes": task.changes.length },
    h("td", { title: task.name }, turn),
    h("td", {}, ...facesOf(task)),
    h("td", {}, ...task.changes.map((word) => h("span", { class: `mz-tag mz-change-${word}` }, WORDS[word] ?? word))),
    h("td", { class: "mz-number" }, secondsText(task.before_seconds)),
    h("td", { class: "mz-number" }, secondsText(task.after_seconds)),
    h("td", { class: "mz-number mz-compare-change" }, change !== null && changeBar(change, longest), differenceText(change)),
  );
  return [row, below];
}

function facesOf({ before_face, after_face }: ComparedTask): Child[] {
  const drawnFace = (face: Face | null) =>
    face === null ? h("span", { class: "mz-quiet" }, "–") : h("span", { class: "mz-compare-face", title: lookOf(face).label }, icon(face), h("span", { class: "mz-unseen" }, lookOf(face).label));
  if (before_face === after_face) return [drawnFace(after_face)];
  return [drawnFace(before_face), h("span", { class: "mz-quiet" }, "→"), drawnFace(after_face)];
}

/** A bar to the right for what took longer, to the left for what took less. */
function changeBar(change: number, longest: number): HTMLElement {
  const bar = h("span", { class: `mz-change-bar ${change > 0 ? "mz-slower" : "mz-faster"}`, "aria-hidden": "true" });
  bar.style.width = `${longest > 0 ? Math.round((Math.abs(change) / longest) * 36) : 0}px`;
  return bar;
}

function secondsText(seconds: number | null): string {
  return seconds === null ? "" : duration(seconds);
}

/** "+1.2 s", "−3 min 05 s"; empty where it is not known. */
export function differenceText(seconds: number | null): string {
  if (seconds === null) return "";
  return `${seconds < 0 ? "−" : "+"}${duration(Math.abs(seconds))}`;
}

function order(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}
