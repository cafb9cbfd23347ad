/** The items of the chosen map: by state, a page at a time, the failed first. */

import type { Chooser } from "../choice.ts";
import { button, h, setAttribute, setText } from "../dom.ts";
import { faceOf, icon, lookOf, wordOf, type Face } from "../glyphs.ts";
import { knownItems, specOf } from "../model/items.ts";
import type { GraphTask, ItemsPage } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { remark, timeText } from "../story.ts";
import { grouped, itemsText, sumOfMap } from "../sum.ts";
import type { Pane } from "./log.ts";
import { section } from "./sections.ts";

const PAGE = 50;
/** A page that may be out of date is asked for again, though not more often. */
const RENEW_MS = 3000;
/** An answer that is not there by then does not come soon: the kernel is busy. */
const ANSWER_MS = 1500;

export function createItemsPane(
  spec: GraphTask,
  view: RunView,
  chooser: Chooser,
  nameOf: (id: string) => string,
): Pane {
  const filters = h("div", { class: "mz-filters", role: "group", "aria-label": "Which items" });
  const list = h("ul", { class: "mz-list mz-items" });
  const note = h("p", { class: "mz-quiet" });
  const before = button({ class: "mz-button" }, () => turnTo(state, offset - PAGE), "‹");
  const after = button({ class: "mz-button" }, () => turnTo(state, offset + PAGE), "›");
  const range = h("span", { class: "mz-quiet" });
  const pager = h("div", { class: "mz-pager" }, before, range, after);
  const element = section("Items", filters, list, note, pager);
  setAttribute(before, "aria-label", "Items before");
  setAttribute(after, "aria-label", "Items after");
  let [state, offset] = ["", 0];
  let askedAt = -Infinity;
  let drawn = "";

  const answered = (): ItemsPage | null => {
    const page = view.page(spec.id);
    return page !== null && page.state === state && page.offset === offset ? page : null;
  };
  const isOpen = () => Date.now() - askedAt < ANSWER_MS;
  const ask = () => {
    askedAt = Date.now();
    view.askItems({ task_id: spec.id, state, offset });
  };
  const turnTo = (nextState: string, nextOffset: number) => {
    [state, offset] = [nextState, Math.max(0, nextOffset)];
    if (!isWhole()) ask();
    draw();
  };
  /** Whether the kernel tells of every item anyway. */
  const isWhole = () => {
    const map = view.map(spec.id);
    return map !== null && map.count !== null && map.items.length >= map.count;
  };
  const draw = () => {
    const page = isWhole() ? null : answered();
    const sum = sumOfMap(spec.id, view);
    const known = page?.items ?? knownItems(spec.id, state, view, (id) => faceOf(view.task(id)));
    const here = page === null ? known.slice(offset, offset + PAGE) : known;
    const count = state === "" ? sum.total : (sum.counts.find(([face]) => face === state)?.[1] ?? 0);
    const total = page?.total ?? (isWhole() ? known.length : count);
    const now = view.kernelTime();
    const rows = here.map((id) => [id, view.task(id), timeText(view.task(id), now, "scarce")] as const);
    const key = JSON.stringify([sum.counts, state, offset, rows, page === null, isOpen()]);
    if (key === drawn) return;
    drawn = key;
    filters.replaceChildren(
      filter("", "all", sum.total),
      ...sum.counts.map(([face, number]) => filter(face, lookOf(face).label, number)),
    );
    list.replaceChildren(...here.map((id) => itemRow(id)));
    const isShort = page === null && !isWhole() && here.length < Math.min(PAGE, total);
    note.hidden = !isShort || isOpen();
    setText(note, `${grouped(here.length)} of ${itemsText(total)} are known here: the others come when the kernel is free`);
    const last = Math.min(offset + here.length, total);
    pager.hidden = total <= PAGE;
    setText(range, here.length === 0 ? "" : `${grouped(offset + 1)}–${grouped(last)} of ${grouped(total)}`);
    before.disabled = offset === 0;
    after.disabled = offset + PAGE >= total;
  };
  const filter = (face: Face | "", label: string, number: number) =>
    button(
      { class: "mz-filter", "aria-pressed": String(face === state) },
      () => turnTo(face, 0),
      face !== "" && icon(face),
      `${grouped(number)} ${label}`,
    );
  const itemRow = (id: string) => {
    const task = view.task(id);
    const item = specOf(id, new Map([[spec.id, spec]])) ?? spec;
    const said = task.state === "succeeded" ? "" : remark(task, item, nameOf);
    return h(
      "li",
      { class: "mz-item", "data-state": task.state },
      icon(faceOf(task)),
      button({ class: "mz-link", title: wordOf(task) }, () => chooser.task(id), item.name),
      h("span", { class: "mz-task-time" }, timeText(task, view.kernelTime(), "scarce")),
      h("span", { class: "mz-item-said mz-quiet", title: said }, said),
    );
  };

  return {
    element,
    update() {
      element.hidden = view.map(spec.id)?.count === null || view.map(spec.id) === null;
      const isStale = answered() === null || view.run?.finished === null;
      if (!element.hidden && !isWhole() && view.link === "live" && isStale && Date.now() - askedAt > RENEW_MS) {
        // Asked again only once the last question was answered, or long ago: a busy kernel would answer each.
        if (answered() !== null || Date.now() - askedAt > 10 * RENEW_MS) ask();
      }
      draw();
    },
  };
}
