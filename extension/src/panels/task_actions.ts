/** The buttons of the chosen task: cancel, retry, run from here, open in a cell, go to its own, copy its id. */

import { button, h } from "../dom.ts";
import { decodeCode } from "../model/decode_task_answers.ts";
import { isGoingOn, type TaskState } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { hindrance, setHindered, type Acting } from "./act.ts";
import type { Pane } from "./log.ts";

const ENDED: readonly TaskState[] = ["succeeded", "failed", "skipped", "cancelled"];
const UNMADE: readonly TaskState[] = ["failed", "skipped", "cancelled", "was_running"];

export function createTaskActions(id: string, cellId: string, view: RunView, acting: Acting): Pane {
  const doing = (what: string, said: string) => () => void run(() => acting.act(what, { task_id: id }, said));
  const cancel = button({ class: "mz-button" }, doing("cancel", "cancelling …"), "Cancel");
  const retry = button({ class: "mz-button" }, doing("retry", "starting a run …"), "Retry");
  const from = button({ class: "mz-button" }, doing("rerun_from", "starting a run …"), "Run from here");
  const cell = button({ class: "mz-button" }, () => void run(openInCell), "Open in a cell");
  const go = button({ class: "mz-button", title: "Show the notebook cell that it was written in" }, () => goToCell(), "Go to its cell");
  const copy = button({ class: "mz-button" }, () => void copyId(), "Copy id");
  const element = h("div", { class: "mz-actions mz-task-actions", role: "group", "aria-label": "Act on this task" }, cancel, retry, from, cell, go, copy);
  let isBusy = false;

  const run = async (work: () => Promise<void>) => {
    if (isBusy) return;
    isBusy = true;
    pane.update();
    await work();
    isBusy = false;
    pane.update();
  };
  const openInCell = async () => {
    acting.say("asking for its code …");
    try {
      const code = await view.ask("open_in_cell", { task_id: id }, decodeCode);
      const insert = view.host.insertCell;
      if (insert !== undefined) {
        insert(code);
        return acting.say("put into a new cell");
      }
      const isCopied = await view.host.copy(code);
      acting.say(isCopied ? "copied its code: paste it into a cell" : "its code cannot be copied here", !isCopied);
    } catch (error) {
      acting.say(error instanceof Error ? error.message : String(error), true);
    }
  };
  const goToCell = () => {
    const isThere = view.host.goToCell?.(cellId) ?? false;
    acting.say(isThere ? "" : "its cell is not in this notebook any more", !isThere);
  };
  const copyId = async () => {
    const isCopied = await view.host.copy(id);
    acting.say(isCopied ? `copied the id ${id}` : `the id cannot be copied here: ${id}`, !isCopied);
  };
  const pane: Pane = {
    element,
    update() {
      const { state } = view.task(id);
      const goesOn = isGoingOn(view.run);
      const nobody = isBusy ? "it is being done" : hindrance(view);
      const unended = goesOn ? "the run goes on" : "";
      const unrun = view.run === null ? "the workflow was not run yet" : "";
      cancel.hidden = !goesOn || ENDED.includes(state);
      retry.hidden = !UNMADE.includes(state);
      setHindered(cancel, nobody, "Cancel this task");
      setHindered(retry, nobody || unended, "Compute in a new run what did not succeed");
      go.hidden = view.host.goToCell === undefined || cellId === "";
      setHindered(from, nobody || unrun || unended, "Compute this task and what depends on it in a new run");
      setHindered(cell, nobody, "Put its code and what it was given into a cell");
    },
  };
  return pane;
}
