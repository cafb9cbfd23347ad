/** The commands of Maze on the notebook in use: what palette, toolbar and context menu call. */

import { InputDialog, Notification } from "@jupyterlab/apputils";
import type { Cell } from "@jupyterlab/cells";
import { NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";
import { shortId } from "../../format.ts";
import { decodeRunsPage } from "../../model/decode_runs.ts";
import type { ListedRun } from "../../model/run_list.ts";
import { markIcon, mazeIcon, runIcon } from "./icon.ts";
import { loadMaze } from "./kernel_setup.ts";
import type { Notebooks } from "./notebooks.ts";
import { attempt, Refusal } from "./refusal.ts";
import type { RunTabs } from "./run_tabs.ts";
import { listedRuns, type Server } from "./server.ts";
import { isTaskCell, otherMagic, placeToLoad, turnMark } from "./task_cell.ts";
import type { CommandRegistry } from "@lumino/commands";

export const COMMANDS = {
  run: "maze-nb:run-workflow",
  mark: "maze-nb:mark-cell",
  attach: "maze-nb:attach-run",
  graph: "maze-nb:show-graph",
  task: "maze-nb:show-task",
  open: "maze-nb:open-run",
} as const;

const RUN_CELL = /^\s*%maze_run\b/;
const OFFERED = 50;

export function addCommands(
  commands: CommandRegistry,
  notebooks: Notebooks,
  tabs: RunTabs,
  server: Server,
): void {
  const inUse = () => {
    const panel = notebooks.tracker.currentWidget;
    if (panel === null) throw new Refusal("open a notebook first");
    return panel;
  };
  const isEnabled = () => notebooks.tracker.currentWidget !== null;
  const runOf = async (panel: NotebookPanel) => {
    // Runs of a workflow that is code, of no cells, are only in the list.
    const runId = notebooks.marks(panel)?.runId || (await newestRunOf(panel, server));
    if (runId !== "") return runId;
    throw new Refusal("this notebook has no run yet: run its workflow, or attach to a run");
  };

  commands.addCommand(COMMANDS.run, {
    label: "Maze: Run Workflow",
    caption: "Run the task cells of this notebook as a workflow",
    icon: runIcon,
    isEnabled,
    execute: () => attempt(() => runWorkflow(inUse())),
  });
  commands.addCommand(COMMANDS.mark, {
    label: "Maze: Mark Cell as Task",
    caption: "Mark this cell as a task, or make it an ordinary cell again",
    icon: markIcon,
    isEnabled,
    execute: () => attempt(() => markCell(inUse())),
  });
  commands.addCommand(COMMANDS.attach, {
    label: "Maze: Attach to Run…",
    caption: "Follow a run in this notebook",
    isEnabled,
    execute: (given) =>
      attempt(async () => {
        const panel = inUse();
        const runId = text(given["run_id"]) || (await chooseRun(server));
        if (runId === null) return;
        tabs.show(runId, panel);
        await attach(panel, runId);
      }),
  });
  commands.addCommand(COMMANDS.graph, {
    label: "Maze: Show Graph",
    caption: "Show the graph of the last run beside this notebook",
    icon: mazeIcon,
    isEnabled,
    execute: () =>
      attempt(async () => {
        const panel = inUse();
        tabs.show(await runOf(panel), panel);
      }),
  });
  commands.addCommand(COMMANDS.task, {
    label: "Maze: Show Task of Cell",
    caption: "Show the task of this cell in the graph",
    isEnabled: () => isTaskCell(notebooks.tracker.activeCell?.model.sharedModel.getSource() ?? ""),
    execute: () =>
      attempt(() => {
        const panel = inUse();
        const cellId = panel.content.activeCell?.model.id ?? "";
        showTaskOf(panel, notebooks, tabs, cellId);
      }),
  });
  commands.addCommand(COMMANDS.open, {
    label: "Maze: Open Run",
    execute: (given) => attempt(() => tabs.show(text(given["run_id"]), notebooks.tracker.currentWidget)),
  });
}

/** Shows the task of a cell in the graph of the run it is in. */
export function showTaskOf(panel: NotebookPanel, notebooks: Notebooks, tabs: RunTabs, cellId: string): void {
  const marks = notebooks.marks(panel);
  const mark = marks?.get(cellId) ?? null;
  const runId = mark?.run_id || marks?.runId || "";
  if (mark === null || runId === "") throw new Refusal("this cell is in no run yet: run the workflow first");
  tabs.show(runId, panel, mark.task_id);
}

async function runWorkflow(panel: NotebookPanel): Promise<void> {
  const { content, sessionContext } = panel;
  const tasks = content.widgets.filter((cell) => isTaskCell(cell.model.sharedModel.getSource()));
  if (tasks.length === 0) throw new Refusal("no cell of this notebook is a task: mark one first");
  tellIfBusy(panel);
  await loadMaze(panel);
  if (!(await NotebookActions.runCells(content, tasks, sessionContext))) return;
  const found = content.widgets.findIndex((cell) => RUN_CELL.test(cell.model.sharedModel.getSource()));
  const index = found >= 0 ? found : insertCode(panel, content.widgets.length, "%maze_run");
  await runAt(panel, index);
}

async function attach(panel: NotebookPanel, runId: string): Promise<void> {
  tellIfBusy(panel);
  await loadMaze(panel);
  await runAt(panel, insertCode(panel, panel.content.activeCellIndex + 1, `%maze_attach ${runId}`));
}

function markCell(panel: NotebookPanel): void {
  const { content } = panel;
  const model = content.activeCell?.model;
  if (model === undefined || model.type !== "code") throw new Refusal("only a code cell can be a task");
  const source = model.sharedModel.getSource();
  const other = otherMagic(source);
  if (other !== null) throw new Refusal(`the cell begins with ${other}: a task begins with %%maze_task`);
  model.sharedModel.setSource(turnMark(source));
  if (isTaskCell(source)) return;
  // Whoever runs the whole notebook, here or elsewhere, has only what stands in it.
  const place = placeToLoad(content.widgets.map(codeOf));
  if (place !== null) insertCode(panel, place, "%load_ext maze_nb");
}

function codeOf({ model }: Cell): string {
  return model.type === "code" ? model.sharedModel.getSource() : "";
}

function insertCode({ content }: NotebookPanel, index: number, source: string): number {
  content.model?.sharedModel.insertCell(index, { cell_type: "code", source });
  return index;
}

async function runAt({ content, sessionContext }: NotebookPanel, index: number): Promise<void> {
  const cell = content.widgets[index];
  if (cell === undefined) return;
  content.activeCellIndex = index;
  await NotebookActions.runCells(content, [cell], sessionContext);
}

function tellIfBusy({ sessionContext }: NotebookPanel): void {
  if (sessionContext.session?.kernel?.status !== "busy") return;
  Notification.info("Maze: the kernel is busy; this is done when it is free", { autoClose: 4000 });
}

/** Asks which run; null if the person thought better of it. */
async function chooseRun(server: Server): Promise<string | null> {
  const { rows: runs, note } = await listedRuns(server).page({ search: "", statuses: [], offset: 0, limit: OFFERED });
  if (runs.length === 0) throw new Refusal(note || "there are no runs yet: run a workflow first");
  const labels = new Map(runs.map((run) => [labelOfRun(run), run.run_id]));
  const title = "Attach to which run?";
  const { value, button } = await InputDialog.getItem({ title, items: [...labels.keys()] });
  return button.accept && value !== null ? (labels.get(value) ?? null) : null;
}

/** The id of the newest run that was started in a notebook; empty if there is none. */
async function newestRunOf({ context }: NotebookPanel, server: Server): Promise<string> {
  const { rows } = decodeRunsPage(await server.list("runs", { notebook: context.localPath, limit: "1" })).value;
  return rows[0]?.run_id ?? "";
}

function labelOfRun({ run_id, name, status_word, started }: ListedRun): string {
  const when = started === null ? "" : new Date(started * 1000).toLocaleString();
  return [name || "run", shortId(run_id), status_word, when].filter(Boolean).join(" · ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
