/** The JupyterLab extension: what it is made of, and how that hangs together. */

import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IStateDB } from "@jupyterlab/statedb";
import { h } from "../../dom.ts";
import { answerCalls } from "../host_call.ts";
import { addCommands, COMMANDS, showTaskOf } from "./commands.ts";
import style from "./lab.css";
import { abilitiesAt, createLabHost } from "./lab_host.ts";
import { Notebooks } from "./notebooks.ts";
import { attempt } from "./refusal.ts";
import { RunTabs } from "./run_tabs.ts";
import { createServer } from "./server.ts";
import { createSideBar } from "./side_bar.ts";

const SIDE_BAR_RANK = 600;

function activate(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
  state: IStateDB | null,
  labShell: ILabShell | null,
): void {
  document.head.append(h("style", { "data-maze": "lab" }, style));
  const server = createServer(app.serviceManager.serverSettings);
  const tabs = new RunTabs(app, server);
  const notebooks = new Notebooks(tracker, server, state, {
    showTask: (panel, cellId) => void attempt(() => showTaskOf(panel, notebooks, tabs, cellId)),
  });
  const openRun = (runId: string) => tabs.show(runId, tracker.currentWidget);
  tabs.use(createLabHost(app, notebooks, openRun));
  answerCalls(document, (at) => abilitiesAt(app, notebooks, at));
  addCommands(app.commands, notebooks, tabs, server);
  for (const command of [COMMANDS.run, COMMANDS.mark, COMMANDS.attach, COMMANDS.graph, COMMANDS.task]) {
    palette?.addItem({ command, category: "Maze" });
  }
  // Notebook 7 has one place for a document: no side bar of runs, and no tabs to bring back.
  if (labShell === null) return;
  const side = createSideBar(server, { openRun });
  labShell.add(side, "left", { rank: SIDE_BAR_RANK, type: "Maze" });
  restorer?.add(side, side.id);
  if (restorer !== null) tabs.restore(restorer, COMMANDS.open);
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "maze-nb:plugin",
  description: "Workflows of notebook cells: runs beside the notebook, and the state of each task at its cell.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILayoutRestorer, IStateDB, ILabShell],
  activate,
};

export default plugin;
