/** The tabs of the task panel; the one that a person chose is kept from task to task. */

import { button, h, setAttribute } from "../dom.ts";
import type { Pane } from "./log.ts";

export interface TaskTab {
  readonly name: string;
  readonly panes: readonly Pane[];
}

export interface TaskTabs extends Pane {
  readonly current: string;
  show(name: string): void;
}

let made = 0;

export function createTaskTabs(tabs: readonly TaskTab[], first: string, chosen: (name: string) => void): TaskTabs {
  const key = `mz-task-tabs-${(made += 1)}`;
  const body = h("div", { class: "mz-task-body", role: "tabpanel", tabindex: -1, id: `${key}-body` });
  const buttons = new Map(
    tabs.map(({ name }) => {
      const attributes = { class: "mz-tab", role: "tab", id: `${key}-${name}`, "aria-controls": `${key}-body` };
      return [name, button(attributes, () => pick(name), name)];
    }),
  );
  const list = h("div", { class: "mz-tab-list mz-task-tabs", role: "tablist", "aria-label": "About this task" }, ...buttons.values());
  let current = "";

  const show = (name: string) => {
    const tab = tabs.find((each) => each.name === name) ?? tabs[0];
    if (tab === undefined || tab.name === current) return;
    current = tab.name;
    for (const [each, label] of buttons) {
      setAttribute(label, "aria-selected", each === current ? "true" : "false");
      label.tabIndex = each === current ? 0 : -1;
    }
    setAttribute(body, "aria-labelledby", `${key}-${current}`);
    body.replaceChildren(...tab.panes.map((pane) => pane.element));
    for (const pane of tab.panes) pane.update();
  };
  const pick = (name: string) => {
    chosen(name);
    show(name);
  };
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const names = [...buttons.keys()];
    const next = names[(names.indexOf(current) + step + names.length) % names.length]!;
    pick(next);
    buttons.get(next)!.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  show(first);
  return {
    element: h("div", { class: "mz-task-parts" }, list, body),
    get current() {
      return current;
    },
    show,
    update() {
      const tab = tabs.find((each) => each.name === current);
      for (const pane of tab?.panes ?? []) pane.update();
    },
  };
}
