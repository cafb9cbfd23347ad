/** What JupyterLab can do for a view beyond showing it. */

import { NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { copy, type Host } from "../../host.ts";
import type { Abilities } from "../host_call.ts";
import type { Notebooks } from "./notebooks.ts";

/** What a view in a tab of its own may do. */
export function createLabHost(app: JupyterFrontEnd, notebooks: Notebooks, openRun: (runId: string) => void): Host {
  return {
    lost: "Connection lost, showing the last known state · reconnecting",
    copy,
    openRun,
    insertCell(code) {
      const panel = notebooks.tracker.currentWidget;
      if (panel !== null) insertBelow(app, panel, code);
    },
    goToCell: (cellId) => goToCell(app, notebooks, cellId, notebooks.tracker.currentWidget),
  };
}

/** What may be done for a view in the output of a cell; null for one that is in no notebook. */
export function abilitiesAt(app: JupyterFrontEnd, notebooks: Notebooks, at: Node): Abilities | null {
  const panel = notebooks.tracker.find(({ node }) => node.contains(at)) ?? null;
  if (panel === null) return null;
  return {
    insertCell(code) {
      const index = panel.content.widgets.findIndex(({ node }) => node.contains(at));
      if (index >= 0) panel.content.activeCellIndex = index;
      insertBelow(app, panel, code);
      return true;
    },
    goToCell: (cellId) => goToCell(app, notebooks, cellId, panel),
  };
}

function insertBelow(app: JupyterFrontEnd, panel: NotebookPanel, code: string): void {
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(code);
  app.shell.activateById(panel.id);
}

function goToCell(app: JupyterFrontEnd, notebooks: Notebooks, cellId: string, first: NotebookPanel | null): boolean {
  const found = notebooks.find(cellId, first);
  if (found === null) return false;
  const { panel, index } = found;
  app.shell.activateById(panel.id);
  panel.content.deselectAll();
  panel.content.activeCellIndex = index;
  const cell = panel.content.widgets[index];
  if (cell !== undefined) void panel.content.scrollToCell(cell);
  return true;
}
