/** The parts of the task panel that are about several tasks: what they come to, and which failed. */

import type { Chooser } from "../choice.ts";
import { button, h } from "../dom.ts";
import { plural } from "../format.ts";
import { faceOf, icon, lookOf } from "../glyphs.ts";
import { groupPath, isOpenIn } from "../model/groups.ts";
import type { RunView } from "../model/store.ts";
import { errorLine } from "../story.ts";
import { BAR, grouped, itemsText, sumOfMap, timesText, type Sum } from "../sum.ts";
import { section } from "./sections.ts";

const FAILURES = 5;
const TASKS = 100;

/** The counts, and how they share a bar. */
export function aboutSum(sum: Sum, isMap: boolean): HTMLElement[] {
  if (sum.total === 0) return [];
  const number = new Map(sum.counts);
  const bar = h("div", { class: "mz-bar mz-sum-bar", "aria-hidden": "true" });
  for (const face of BAR.filter((each) => number.has(each))) {
    const part = h("span", { class: `mz-bar-part mz-is-${face}` });
    part.style.flexGrow = String(number.get(face) ?? 0);
    bar.append(part);
  }
  const rest = h("span", { class: "mz-bar-part" });
  rest.style.flexGrow = String((number.get("waiting") ?? 0) + (number.get("pending") ?? 0));
  bar.append(rest);
  const counts = sum.counts.map(([face, count]) =>
    h("span", { class: "mz-count-of" }, icon(face), `${grouped(count)} ${lookOf(face).label}`),
  );
  const title = isMap ? itemsText(sum.total) : plural(sum.total, "task");
  return [section(title, bar, h("p", { class: "mz-counts-line" }, ...counts))];
}

/** The failures of a map's items: the first with its traceback open. */
export function aboutItemFailures(
  ids: readonly string[],
  view: RunView,
  chooser: Chooser,
  nameOf: (id: string) => string,
): HTMLElement[] {
  const shown = ids.slice(0, FAILURES).map((id, at) => {
    const task = view.task(id);
    return h(
      "details",
      { class: "mz-failed-item", open: at === 0 },
      h("summary", {}, h("b", {}, nameOf(id)), " ", errorLine(task)),
      h("pre", { class: "mz-pre mz-traceback", tabindex: 0 }, task.error?.traceback || task.error?.message || ""),
      button({ class: "mz-link" }, () => chooser.task(id), `open ${nameOf(id)}`),
    );
  });
  return [section(ids.length === 1 ? "Failure" : "First failures", ...shown)];
}

/** The tasks of a sub-workflow, those that need a look first. */
export function aboutGroup(
  id: string,
  members: readonly string[],
  view: RunView,
  chooser: Chooser,
  nameOf: (id: string) => string,
): HTMLElement[] {
  const path = groupPath(id)!;
  const isOpen = view.graph !== null && isOpenIn(path, view.graph, chooser.current.turned);
  const face = (task: string) => (view.map(task) === null ? faceOf(view.task(task)) : sumOfMap(task, view).face);
  const rank = (task: string) => ["failed", "retrying", "running"].indexOf(face(task)) + 1 || 9;
  const rows = [...members].sort((a, b) => rank(a) - rank(b)).slice(0, TASKS).map((task) =>
    h(
      "li",
      { class: "mz-item", "data-state": view.task(task).state },
      icon(face(task)),
      button({ class: "mz-link" }, () => chooser.task(task), [nameOf(task), timesText(task, view)].filter(Boolean).join(" ")),
      h("span", { class: "mz-item-said mz-quiet" }, view.task(task).state === "failed" ? errorLine(view.task(task)) : ""),
    ),
  );
  const more = members.length - rows.length;
  return [
    section(
      "Tasks",
      h("ul", { class: "mz-list mz-items" }, ...rows),
      more > 0 && h("p", { class: "mz-quiet" }, `… and ${grouped(more)} more`),
      h("div", { class: "mz-actions" }, button({ class: "mz-button" }, () => chooser.turn(path), isOpen ? "Close in the graph" : "Open in the graph")),
    ),
  ];
}
