/** Puts editing into a view: the bar above, ports in the graph, a section in the task panel. */

import type { Chooser } from "../choice.ts";
import type { Overlay } from "../graph/overlay.ts";
import type { RunView } from "../model/store.ts";
import style from "../style/edit.css";
import { createEditBar, listenForUndo } from "./bar.ts";
import type { Editing } from "./editing.ts";
import { createEditForm } from "./form.ts";
import { createEditOverlay } from "./overlay.ts";

export interface EditParts {
  readonly style: string;
  readonly bar: HTMLElement;
  readonly overlay: Overlay;
  /** Stands in the task panel. */
  readonly form: HTMLElement;
  listen(root: HTMLElement): void;
}

export function createEditParts(view: RunView, chooser: Chooser, editing: Editing, signal: AbortSignal): EditParts {
  const { overlay, connect } = createEditOverlay(view, chooser, editing);
  const form = createEditForm(view, chooser, editing, connect, signal);
  view.subscribe((change) => {
    if (change.graph) form.update();
  }, signal);
  return {
    style,
    bar: createEditBar(editing, signal),
    overlay,
    form: form.element,
    listen: (root) => listenForUndo(root, editing, signal),
  };
}
