/** The line above a graph that is edited: undo, redo, and what the kernel said no to. */

import { button, h, setAttribute, setText } from "../dom.ts";
import type { Editing } from "./editing.ts";

export function createEditBar(editing: Editing, signal: AbortSignal): HTMLElement {
  const undo = button({ class: "mz-tool", "aria-label": "Undo" }, () => void editing.apply({ op: "undo" }), "↶ Undo");
  const redo = button({ class: "mz-tool", "aria-label": "Redo" }, () => void editing.apply({ op: "redo" }), "↷ Redo");
  const told = h("span", { class: "mz-edit-told mz-quiet" });
  const reason = h("span", { class: "mz-edit-reason" });
  const no = h(
    "div",
    { class: "mz-edit-no", role: "alert", hidden: true },
    reason,
    button({ class: "mz-close", "aria-label": "Dismiss" }, () => editing.dismiss(), "×"),
  );
  const line = h("div", { class: "mz-edit-line", role: "toolbar", "aria-label": "Edit" }, undo, redo, told);
  const element = h("div", { class: "mz-edit-bar", hidden: true }, line, no);
  const show = () => {
    const { state, refusal } = editing;
    element.hidden = state === null;
    if (state === null) return;
    undo.disabled = state.undo === "" || !editing.isOpen;
    redo.disabled = state.redo === "" || !editing.isOpen;
    setAttribute(undo, "title", state.undo === "" ? "Nothing to undo" : `Undo: ${state.undo} (Ctrl+Z)`);
    setAttribute(redo, "title", state.redo === "" ? "Nothing to redo" : `Redo: ${state.redo} (Ctrl+Shift+Z)`);
    setText(told, state.locked || state.undo || "Drag from the right of a task to an input; e does so by keyboard");
    setText(reason, refusal);
    no.hidden = refusal === "";
  };
  editing.subscribe(show, signal);
  show();
  return element;
}

/** Ctrl+Z and Ctrl+Shift+Z, except while text is typed, which has an undo of its own. */
export function listenForUndo(root: HTMLElement, editing: Editing, signal: AbortSignal): void {
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !editing.isOpen) return;
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    const key = event.key.toLowerCase();
    const isRedo = key === "y" || (key === "z" && event.shiftKey);
    if (key !== "z" && !isRedo) return;
    void editing.apply({ op: isRedo ? "redo" : "undo" });
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
}
