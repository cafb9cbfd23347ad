/** All tasks as a table: the graph's twin for screen readers, and for sorting. */

import type { Chooser } from "../choice.ts";
import { button, h, setAttribute, setText } from "../dom.ts";
import { duration, moment, ticking } from "../format.ts";
import { faceOf, icon, lookOf, wordOf } from "../glyphs.ts";
import { isTouched } from "../model/change.ts";
import { nameIn } from "../model/items.ts";
import { TASK_STATES, type GraphTask, type TaskRun } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { shapeOf } from "../model/topology.ts";
import { isTicking, devices, joined, peakText, remark, reuseText, secondsOf, timeText } from "../story.ts";
import { countsText, sumOfMap, timesText, type Sum } from "../sum.ts";
import type { Panel } from "./panel.ts";

interface Row {
  readonly spec: GraphTask;
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  shownState: string;
}

interface Column {
  readonly title: string;
  text(task: TaskRun, spec: GraphTask, now: number): string;
  /** What to sort by; strings by alphabet. */
  key(task: TaskRun, spec: GraphTask, now: number): string | number;
}

/** The cached come right after those that succeeded by running. */
const stateRank = (task: TaskRun) =>
  (TASK_STATES as readonly string[]).indexOf(task.state) + (faceOf(task) === "cached" ? 0.5 : 0);

function columnsFor(view: RunView, nameOf: (id: string) => string): readonly Column[] {
  const sum = ({ id }: GraphTask) => (view.map(id) === null ? null : sumOfMap(id, view));
  return [
    { title: "State", text: wordOf, key: stateRank },
    { title: "Task", text: (_, spec) => spec.name, key: (_, spec) => spec.name },
    {
      title: "Time",
      text: (task, spec, now) => mapTimeText(sum(spec), now) ?? timeText(task, now, "wide"),
      key: (task, spec, now) => mapSeconds(sum(spec), now) ?? secondsOf(task, now) ?? -1,
    },
    { title: "Node", text: (task) => task.node_id ?? "", key: (task) => task.node_id ?? "" },
    { title: "Devices", text: devices, key: devices },
    { title: "Peak", text: peakText, key: (task) => Math.max(task.memory ?? -1, task.vram ?? -1) },
    {
      title: "Attempt",
      text: (task) => (task.started === null ? "" : String(task.attempt)),
      key: (task) => task.attempt,
    },
    {
      title: "Remark",
      text: (task, spec) => {
        const said = task.state === "succeeded" ? outputLine(task) : remark(task, spec, nameOf);
        const items = sum(spec);
        return items === null ? said : joined(countsText(items), said);
      },
      key: (task, spec) => remark(task, spec, nameOf),
    },
  ];
}

export function createTablePanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  let nameOf = nameIn(null);
  const columns = columnsFor(view, (id) => nameOf(id));
  const body = h("tbody");
  const heads = columns.map((column, at) =>
    h("th", { scope: "col" }, button({ class: "mz-sort" }, () => sortBy(at), column.title)),
  );
  const table = h(
    "table",
    { class: "mz-tasks" },
    h("caption", { class: "mz-unseen" }, "Tasks of this run"),
    h("thead", {}, h("tr", {}, ...heads)),
    body,
  );
  const empty = h("div", { class: "mz-empty" }, "No tasks yet");
  const element = h("div", { class: "mz-table" }, table, empty);
  const rows = new Map<string, Row>();
  let shape = "";
  let sorted: { at: number; isDown: boolean } | null = null;

  const showRow = (row: Row, now: number) => {
    const { id } = row.spec;
    const task = view.task(id);
    const face = view.map(id) === null ? faceOf(task) : sumOfMap(id, view).face;
    const word = view.map(id) === null ? wordOf(task) : lookOf(face).label;
    if (row.shownState !== word) {
      row.shownState = word;
      setAttribute(row.element, "data-state", face === "cached" ? "succeeded" : face);
      row.cells[0]!.replaceChildren(icon(face), h("span", {}, word));
    }
    const times = timesText(id, view);
    if (times !== "") setText(row.cells[1]!.querySelector("button")!, `${row.spec.name} ${times}`);
    columns.forEach((column, at) => {
      if (at > 1) setText(row.cells[at]!, column.text(task, row.spec, now));
    });
    if (task.started !== null) setAttribute(row.cells[2]!, "title", `Started ${moment(task.started)}`);
    setAttribute(row.cells.at(-1)!, "title", row.cells.at(-1)!.textContent);
  };
  const rebuild = () => {
    const graph = view.graph;
    if (graph === null || shapeOf(graph) === shape) return;
    shape = shapeOf(graph);
    rows.clear();
    nameOf = nameIn(graph);
    for (const spec of graph.tasks) rows.set(spec.id, createRow(spec, columns.length, chooser));
    body.replaceChildren(...[...rows.values()].map((row) => row.element));
    empty.hidden = rows.size > 0;
  };
  const sortBy = (at: number) => {
    sorted = { at, isDown: sorted?.at === at && !sorted.isDown };
    const now = view.kernelTime();
    const key = ({ spec }: Row) => columns[at]!.key(view.task(spec.id), spec, now);
    const order = [...rows.values()].sort((a, b) => compare(key(a), key(b)));
    body.append(...(sorted.isDown ? order.reverse() : order).map((row) => row.element));
    heads.forEach((head, index) =>
      setAttribute(head, "aria-sort", index === at && (sorted?.isDown ? "descending" : "ascending")),
    );
  };
  const showChoice = () => {
    for (const [id, row] of rows) {
      setAttribute(row.element, "aria-current", id === chooser.current.task ? "true" : null);
    }
  };
  chooser.subscribe(showChoice, signal);

  return {
    element,
    update(change) {
      if (change.graph) rebuild();
      const now = view.kernelTime();
      for (const [id, row] of rows) if (isTouched(change, id)) showRow(row, now);
      showChoice();
    },
    tick() {
      const now = view.kernelTime();
      for (const row of rows.values()) {
        if (isTicking(view.task(row.spec.id)) || view.map(row.spec.id)?.started) showRow(row, now);
      }
    },
  };
}

function createRow(spec: GraphTask, width: number, chooser: Chooser): Row {
  const cells = Array.from({ length: width }, () => h("td"));
  const path = spec.group.length > 0 && h("span", { class: "mz-quiet" }, `${spec.group.join("/")}/`);
  const title = [...spec.group, spec.name].join("/");
  cells[1]!.append(...[path, button({ class: "mz-link", title }, () => chooser.task(spec.id), spec.name)].filter((part) => part !== false));
  const element = h("tr", { "data-task": spec.id }, ...cells);
  return { spec, element, cells, shownState: "" };
}

function mapSeconds(sum: Sum | null, now: number): number | null {
  return sum === null || sum.started === null ? null : Math.max(0, (sum.finished ?? now) - sum.started);
}

function mapTimeText(sum: Sum | null, now: number): string | null {
  const seconds = mapSeconds(sum, now);
  if (sum === null || seconds === null) return null;
  return sum.finished === null ? ticking(seconds) : duration(seconds);
}

function outputLine(task: TaskRun): string {
  return joined(reuseText(task), ...task.outputs.map((output) => `${output.name}: ${output.summary || output.type}`));
}

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), undefined, { numeric: true });
}
