/** The code of the chosen task as it was submitted, and where it stands. */

import { button, h } from "../dom.ts";
import type { TaskSource } from "../model/decode_task_answers.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { unanswered, type Asking } from "./answers.ts";
import { copyText } from "./copy.ts";
import type { Pane } from "./log.ts";
import { pythonLines } from "./python_tokens.ts";
import { section } from "./sections.ts";
import { failedAt } from "./traceback.ts";

export function createSourcePane(id: string, spec: GraphTask, view: RunView, asking: Asking<TaskSource>): Pane {
  const element = section("Source");
  let drawn = "";
  return {
    element,
    update() {
      if (asking.error === "") asking.ask();
      const { value, error, isOpen } = asking;
      const traceback = view.task(id).error?.traceback ?? "";
      const key = JSON.stringify([value, error, isOpen, traceback]);
      if (key === drawn) return;
      drawn = key;
      const title = element.firstElementChild!;
      if (value === null) return element.replaceChildren(title, unanswered(asking, "source"));
      if (value.text === "") {
        return element.replaceChildren(title, h("p", { class: "mz-quiet" }, "Its source was not known where it was submitted."));
      }
      element.replaceChildren(title, ...about(value, traceback, spec, view));
    },
  };
}

function about(source: TaskSource, traceback: string, spec: GraphTask, view: RunView): HTMLElement[] {
  const { text } = source;
  const copy = button({ class: "mz-button" }, () => void copyText(copy, text, view.host), "Copy");
  const go = view.host.goToCell;
  const cell = spec.cell;
  const failing = failingLine(source, traceback);
  const lines = pythonLines(text).map((line, at) =>
    h("span", { class: at === failing ? "mz-code-line mz-failing" : "mz-code-line" }, ...line, "\n"),
  );
  return [
    h(
      "p",
      { class: "mz-quiet mz-place", title: source.file || null },
      placeOf(source),
      failing !== null && `, failed in line ${failing + Math.max(1, source.line)}`,
    ),
    h("pre", { class: "mz-pre mz-code", tabindex: 0 }, ...lines),
    h(
      "div",
      { class: "mz-actions" },
      copy,
      go !== undefined && cell !== "" && button({ class: "mz-button" }, () => void go(cell), "Go to its cell"),
    ),
  ];
}

export function placeOf({ file, line, cell }: TaskSource): string {
  if (cell !== "") return `cell ${cell}`;
  if (file === "") return "a notebook cell";
  return `${file.split(/[/\\]/).at(-1)}, line ${line}`;
}

/** The index of the line at which it failed, where that is in this text. */
export function failingLine({ file, line, cell, text }: TaskSource, traceback: string): number | null {
  const at = failedAt(traceback);
  if (at === null) return null;
  const isHere = cell === "" ? file !== "" && at.file === file : at.file === `<cell ${cell}>`;
  const index = cell === "" ? at.line - line : at.line - 1;
  return isHere && index >= 0 && index < text.split("\n").length ? index : null;
}
