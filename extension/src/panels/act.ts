/** Asking the kernel to do something, and saying what came of it. */

import { button, h, setAttribute, setText } from "../dom.ts";
import { decodeDone } from "../model/decode_task_answers.ts";
import type { RunView } from "../model/store.ts";
import { shortId } from "../format.ts";

export interface Acting {
  /** Where it is said what a button did, or why it could not. */
  readonly element: HTMLElement;
  /** Asks for what has an outcome in words; a run that it began is opened. */
  act(what: string, asked: Readonly<Record<string, unknown>>, doing: string): Promise<void>;
  say(said: string, isFault?: boolean): void;
  clear(): void;
}

export function createActing(view: RunView): Acting {
  const text = h("span", {});
  const back = button({ class: "mz-link", hidden: true }, () => view.open(back.dataset["run"] ?? ""));
  const element = h("p", { class: "mz-said", role: "status", hidden: true }, text, " ", back);
  const say = (said: string, isFault = false) => {
    element.hidden = said === "";
    element.classList.toggle("mz-error", isFault);
    back.hidden = true;
    setText(text, said);
  };
  const openNext = (runId: string) => {
    const before = view.run?.run_id ?? "";
    if (view.host.openRun !== undefined) return view.host.openRun(runId);
    view.open(runId);
    if (before === "") return;
    back.hidden = false;
    setAttribute(back, "data-run", before);
    setText(back, `Back to run ${shortId(before)}`);
  };
  return {
    element,
    say,
    clear: () => say(""),
    async act(what, asked, doing) {
      say(doing);
      try {
        const { said, run_id } = await view.ask(what, asked, decodeDone);
        say(said);
        if (run_id !== "") openNext(run_id);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error), true);
      }
    },
  };
}

/** Why nobody can act on a run now; empty when somebody can. */
export function hindrance(view: RunView): string {
  if (view.link === "live") return "";
  return view.link === "asking" ? "waiting for an answer of the kernel" : "no kernel answers";
}

/** Disables a button for a reason that is told on hover and to screen readers. */
export function setHindered(made: HTMLButtonElement, why: string, does: string): void {
  const label = made.textContent ?? "";
  // Disabled at once, the button that was pressed would lose the focus.
  const hasFocus = made.ownerDocument.activeElement === made;
  made.disabled = why !== "" && !hasFocus;
  setAttribute(made, "aria-disabled", why !== "" && hasFocus ? "true" : null);
  setAttribute(made, "title", why === "" ? does : `${does}: ${why}`);
  setAttribute(made, "aria-label", why === "" ? null : `${label}, not possible: ${why}`);
}
