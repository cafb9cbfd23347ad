/** Fills the outputs of task cells that JupyterLab knows no longer by their display ids, as its page was loaded again. */

import { type Cell, isCodeCellModel } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { KernelMessage } from "@jupyterlab/services";
import { isFields } from "../../model/reader.ts";
import { TARGET } from "./kernel_link.ts";
import { OldPlaces, type Update } from "./old_places.ts";

/** Does so until the signal aborts. */
export function fillOldOutputs({ content, sessionContext }: NotebookPanel, signal: AbortSignal): void {
  const places = new OldPlaces();
  const hear = (_: unknown, message: KernelMessage.IMessage) => {
    if (KernelMessage.isDisplayDataMsg(message)) places.shown(message.content.transient?.display_id);
    else if (KernelMessage.isUpdateDisplayDataMsg(message)) {
      const { transient, data, metadata } = message.content;
      put(places.update(transient?.display_id, { data, metadata }));
    } else if (KernelMessage.isCommMsgMsg(message) && message.content.comm_id === TARGET) {
      const { data } = message.content;
      for (const found of places.take(isFields(data) ? data["places"] : null)) put(found);
    }
  };
  const put = (update: Update | null) => {
    const cell = update === null ? undefined : content.widgets.find(({ model }) => model.id === update.cellId);
    if (update !== null && cell !== undefined) fill(cell, update);
  };
  sessionContext.iopubMessage.connect(hear);
  signal.addEventListener("abort", () => sessionContext.iopubMessage.disconnect(hear), { once: true });
}

/** The outputs of a task cell begin with its places, but for what was said before them as text. */
function fill({ model }: Cell, { at, bundle }: Update): void {
  if (!isCodeCellModel(model)) return;
  const { outputs } = model;
  for (let index = 0, left = at; index < outputs.length; index += 1) {
    if (outputs.get(index).type !== "display_data") continue;
    left -= 1;
    if (left >= 0) continue;
    outputs.set(index, { output_type: "display_data", ...bundle });
    return;
  }
}
