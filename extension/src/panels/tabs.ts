/** The row of tabs and the panel behind each; a hidden panel is drawn only when it is shown. */

import type { Chooser, Tab } from "../choice.ts";
import { button, h, setAttribute, setText } from "../dom.ts";
import { EVERYTHING, NOTHING, mergeChanges, type Change } from "../model/change.ts";
import type { Panel } from "./panel.ts";

export interface TabRow {
  readonly tab: Tab;
  readonly title: string;
  readonly panel: Panel;
  /** A number beside the title, such as how many messages there are. */
  count?(): number;
}

export interface Tabs extends Panel {
  readonly bar: HTMLElement;
}

let nextId = 0;

export function createTabs(rows: readonly TabRow[], chooser: Chooser, signal: AbortSignal): Tabs {
  const prefix = `mz-${(nextId += 1)}`;
  const missed = new Map<Tab, Change>(rows.map(({ tab }) => [tab, EVERYTHING]));
  const counts = new Map(rows.map(({ tab }) => [tab, h("span", { class: "mz-count" })]));
  const buttons = new Map(
    rows.map(({ tab, title }) => {
      const attributes = { class: "mz-tab", role: "tab", id: `${prefix}-${tab}`, "aria-controls": `${prefix}-${tab}-panel` };
      return [tab, button(attributes, () => chooser.tab(tab), title, counts.get(tab))];
    }),
  );
  const list = h("div", { class: "mz-tab-list", role: "tablist", "aria-label": "Views of the run" }, ...buttons.values());
  const bar = h("div", { class: "mz-tabs" }, list, ...rows.map(({ panel }) => panel.tools));
  for (const { tab, panel } of rows) {
    setAttribute(panel.element, "role", "tabpanel");
    setAttribute(panel.element, "id", `${prefix}-${tab}-panel`);
    setAttribute(panel.element, "aria-labelledby", `${prefix}-${tab}`);
  }

  const drawCurrent = () => {
    for (const { tab, panel } of rows) {
      if (tab !== chooser.current.tab) continue;
      const change = missed.get(tab) ?? NOTHING;
      missed.set(tab, NOTHING);
      panel.update(change);
    }
  };
  const show = () => {
    for (const { tab, panel } of rows) {
      const isCurrent = tab === chooser.current.tab;
      panel.element.hidden = !isCurrent;
      if (panel.tools) panel.tools.hidden = !isCurrent;
      setAttribute(buttons.get(tab)!, "aria-selected", String(isCurrent));
      setAttribute(buttons.get(tab)!, "tabindex", isCurrent ? 0 : -1);
    }
    drawCurrent();
    rows.find(({ tab }) => tab === chooser.current.tab)?.panel.shown?.();
  };
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = rows.findIndex(({ tab }) => tab === chooser.current.tab);
    const next = rows[(at + step + rows.length) % rows.length]!.tab;
    chooser.tab(next);
    buttons.get(next)?.focus();
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
  chooser.subscribe((choice, before) => {
    if (choice.tab !== before.tab) show();
  }, signal);
  show();

  return {
    bar,
    element: h("div", { class: "mz-panels" }, ...rows.map(({ panel }) => panel.element)),
    update(change) {
      for (const { tab, count } of rows) {
        missed.set(tab, mergeChanges(missed.get(tab) ?? NOTHING, change));
        setText(counts.get(tab)!, count?.() ? String(count()) : "");
      }
      drawCurrent();
    },
    tick: () => rows.find(({ tab }) => tab === chooser.current.tab)?.panel.tick?.(),
  };
}
