/** One run in a list: its state, name, when, how long, and when its tasks ended. */

import { button, h, s, setAttribute, setText } from "../dom.ts";
import { ago, dayAndTime, duration, shortId, ticking } from "../format.ts";
import { glyph, icon, stateOfStatus, type Face } from "../glyphs.ts";
import { TASK_STATES } from "../model/run.ts";
import { endedCount, type ListedRun } from "../model/run_list.ts";
import { WORST_FIRST } from "../sum.ts";
import { sparkline } from "./sparkline.ts";

/** Every row is as high as that, so that the list knows where each stands. */
export const ROW_PX = 46;

export interface RowSetting {
  readonly at: number;
  readonly total: number;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
  /** Whether the Tab key stops at it; arrows lead to the others. */
  readonly isStop: boolean;
}

export interface RunRow {
  readonly element: HTMLElement;
  /** Undefined: it is on its way. */
  show(run: ListedRun | undefined, setting: RowSetting): void;
}

interface RowCallbacks {
  open(runId: string): void;
  readonly choose: ((run: ListedRun) => void) | undefined;
}

export function createRunRow({ open, choose }: RowCallbacks): RunRow {
  let run: ListedRun | undefined;
  const name = h("span", { class: "mz-run-row-name" });
  const id = h("span", { class: "mz-run-row-id" });
  const mark = h("span", { class: "mz-run-mark" });
  const when = h("span", { class: "mz-run-row-when" });
  const counts = h("span", { class: "mz-run-row-counts" });
  const spark = h("span", { class: "mz-run-row-spark" });
  const opener = button(
    { class: "mz-run-open" },
    () => run && run.run_id !== "" && open(run.run_id),
    mark,
    h("span", { class: "mz-run-row-text" }, h("span", { class: "mz-run-row-top" }, name, id), h("span", { class: "mz-run-row-low" }, when, counts)),
    spark,
  );
  const box = h("input", { type: "checkbox", class: "mz-run-choose" });
  box.addEventListener("change", () => run && choose?.(run));
  const element = h("div", { class: "mz-run-row", role: "listitem" }, opener, choose && box);
  let drawn: ListedRun | undefined;

  return {
    element,
    show(next, { at, total, now, isCurrent, isChosen, isStop }) {
      run = next;
      element.style.transform = `translateY(${at * ROW_PX}px)`;
      setAttribute(element, "data-at", at);
      setAttribute(element, "aria-posinset", at + 1);
      setAttribute(element, "aria-setsize", total);
      setAttribute(element, "data-run", next?.run_id);
      setAttribute(element, "data-status", next?.status_word);
      setAttribute(element, "aria-current", isCurrent ? "true" : null);
      for (const part of [opener, box]) part.tabIndex = isStop ? 0 : -1;
      box.checked = isChosen;
      box.hidden = next === undefined || next.run_id === "";
      opener.disabled = next === undefined || next.run_id === "";
      if (next === undefined) {
        setText(name, "…");
        return;
      }
      setText(when, whenText(next, now));
      if (drawn === next) return;
      drawn = next;
      const status = next.status_word.replaceAll("_", " ");
      mark.replaceChildren(icon(stateOfStatus(next.status)));
      setText(name, next.name || "unnamed");
      setText(id, shortId(next.run_id));
      setAttribute(box, "aria-label", `Compare ${next.name} ${shortId(next.run_id)}`);
      setAttribute(box, "title", "Choose it to be compared");
      const begun = next.started === null ? "" : ` · started ${dayAndTime(next.started)}`;
      const origin = next.origin === "" ? "" : ` · from ${next.origin}`;
      setAttribute(opener, "title", `${status} · run ${next.run_id}${begun}${origin}`);
      counts.replaceChildren(...countParts(next));
      spark.replaceChildren(sparkline(next, now));
    },
  };
}

function whenText(run: ListedRun, now: number): string {
  const status = run.status_word.replaceAll("_", " ");
  if (run.started === null) return status;
  const seconds = run.finished === null ? now - run.started : run.finished - run.started;
  const took = run.finished !== null ? duration(Math.max(0, seconds)) : run.status === "running" ? ticking(seconds) : "";
  return [status, ago(now - run.started), took].filter((part) => part !== "").join(" · ");
}

/** The worst first, as everywhere; words that this view does not know come last. */
function placeOf(word: string): number {
  const at = (WORST_FIRST as readonly string[]).indexOf(word);
  return at === -1 ? WORST_FIRST.length : at;
}

/** Tasks by state with a glyph each, or how many have ended where no more is known. */
function countParts(run: ListedRun): (Node | string)[] {
  const known = Object.entries(run.counts).filter(([, count]) => count > 0).sort(([a], [b]) => placeOf(a) - placeOf(b));
  if (known.length === 0) {
    const ended = endedCount(run);
    return ended > 0 ? [`${ended.toLocaleString("en")} tasks ended`] : [];
  }
  return known.map(([word, count]) => {
    const face: Face = TASK_STATES.find((state) => state === word) ?? "unknown";
    const drawn = s("svg", { class: "mz-icon", viewBox: "0 0 12 12", role: "img", "aria-label": word }, s("title", {}, word), glyph(face));
    return h("span", { class: "mz-run-row-count" }, count.toLocaleString("en"), drawn);
  });
}
