/** The buttons of a run as a whole: cancel it, compute again what did not succeed. */

import { button, h, setText } from "../dom.ts";
import { isGoingOn } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { hindrance, setHindered, type Acting } from "./act.ts";
import type { Pane } from "./log.ts";

/** For how long a second press is taken as meant. */
const CONFIRM_MS = 5000;

/** To cancel takes two presses. */
export function createRunActions(view: RunView, acting: Acting): Pane {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBusy = false;
  const act = async (what: string, doing: string) => {
    if (isBusy) return;
    isBusy = true;
    update();
    await acting.act(what, {}, doing);
    isBusy = false;
    update();
  };
  const calm = () => {
    clearTimeout(timer);
    timer = undefined;
    setText(cancel, "Cancel");
    cancel.classList.remove("mz-sure");
    update();
  };
  const cancel = button({ class: "mz-button mz-cancel-run" }, () => {
    if (timer !== undefined) {
      calm();
      return void act("cancel", "cancelling the run …");
    }
    setText(cancel, "Cancel the whole run?");
    cancel.classList.add("mz-sure");
    timer = setTimeout(calm, CONFIRM_MS);
    update();
  }, "Cancel");
  const again = button({ class: "mz-button mz-rerun-failed" }, () => void act("retry", "starting a run …"), "Rerun failed");
  const element = h("span", { class: "mz-run-actions", role: "group", "aria-label": "Act on this run" }, cancel, again);
  const update = () => {
    const { run } = view;
    const nobody = isBusy ? "it is being done" : hindrance(view);
    cancel.hidden = !isGoingOn(run);
    again.hidden = run === null || run.finished === null || !["failed", "cancelled", "timed_out"].includes(run.status);
    if (cancel.hidden && timer !== undefined) calm();
    setHindered(cancel, nobody, timer === undefined ? "Cancel all of the run that has not ended" : "Press again to cancel the run");
    setHindered(again, nobody, "Compute in a new run what did not succeed");
  };
  return { element, update };
}
