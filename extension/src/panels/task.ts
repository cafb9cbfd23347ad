/** The task panel: everything known about what is chosen, what matters most first. */

import type { Chooser } from "../choice.ts";
import { button, h, setText } from "../dom.ts";
import { duration, ticking } from "../format.ts";
import { faceOf, icon, lookOf, wordOf, type Face } from "../glyphs.ts";
import { kindWord } from "../kinds.ts";
import { groupPath, membersOf } from "../model/groups.ts";
import { isMap, itemOf, nameIn, specOf } from "../model/items.ts";
import { AS_ALWAYS, type GraphTask } from "../model/run.ts";
import { isTouched, type Change } from "../model/change.ts";
import type { RunView } from "../model/store.ts";
import { createTopology, type Topology } from "../model/topology.ts";
import { headTimeText, isTicking } from "../story.ts";
import { sumOf, sumOfMap, timesText, type Sum } from "../sum.ts";
import { createActing } from "./act.ts";
import { createSourceAsking } from "./answers.ts";
import { createAttemptsPane } from "./attempts.ts";
import { createDisplaysPane } from "./displays.ts";
import { aboutGroup, aboutItemFailures, aboutSum } from "./group.ts";
import { createInputsPane } from "./inputs.ts";
import { createItemsPane } from "./items.ts";
import { createLogPane, type Pane } from "./log.ts";
import { createOutputsPane } from "./outputs.ts";
import type { Panel } from "./panel.ts";
import { aboutFailure, aboutFacts, aboutPlace, aboutProgress, aboutWhy } from "./sections.ts";
import { createSourcePane } from "./source.ts";
import { createTaskActions } from "./task_actions.ts";
import { createTaskTabs, type TaskTabs } from "./task_tabs.ts";

/** What is chosen: a task, an item of a map, a map, or a sub-workflow. */
interface Chosen {
  readonly id: string;
  readonly spec: GraphTask;
  /** The tasks of a sub-workflow. */
  readonly members: readonly string[] | null;
  readonly panes: readonly Pane[];
  readonly tabs: TaskTabs | null;
}

export function createTaskPanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const head = h("header", { class: "mz-task-head" });
  const top = h("div");
  const middle = h("div");
  const bottom = h("div");
  const acting = createActing(view);
  const element = h("aside", { class: "mz-task", hidden: true, tabindex: -1, "aria-label": "Chosen task" }, head, top, middle, bottom);
  const time = h("span", { class: "mz-task-time" });
  let topology: Topology | null = null;
  let nameOf = nameIn(null);
  let chosen: Chosen | null = null;
  let drawn = "";
  /** The part that a person chose to see of tasks; null while what matters most is shown. */
  let wanted: string | null = null;
  let saidOf: string | null = null;

  const choose = (): Chosen | null => {
    const { task: id } = chooser.current;
    if (id === null || topology === null || view.graph === null) return null;
    const path = groupPath(id);
    if (path !== null) {
      const members = membersOf(path, view.graph);
      return members.length === 0 ? null : { id, spec: groupSpec(id, path), members, panes: [], tabs: null };
    }
    const spec = specOf(id, topology.task);
    if (spec === null) return null;
    const items = isMap(spec) ? [createItemsPane(spec, view, chooser, nameOf)] : [];
    const tabs = tabsOf(id, spec, topology);
    return { id, spec, members: null, panes: [createTaskActions(id, spec.cell, view, acting), ...items, tabs], tabs };
  };
  const tabsOf = (id: string, spec: GraphTask, known: Topology): TaskTabs => {
    const asking = createSourceAsking(id, view, () => tabs.update());
    const tabs: TaskTabs = createTaskTabs(
      [
        { name: "Output", panes: [createDisplaysPane(id, view), createOutputsPane(id, spec, view)] },
        { name: "Log", panes: [createLogPane(id, view)] },
        { name: "Inputs", panes: [createInputsPane(spec, known, view, chooser, asking)] },
        { name: "Source", panes: [createSourcePane(id, spec, view, asking)] },
        { name: "Attempts", panes: [createAttemptsPane(id, view)] },
      ],
      wanted ?? mostTelling(id, view),
      (name) => (wanted = name),
    );
    return tabs;
  };
  const start = () => {
    const wasShown = chosen !== null;
    const hadFocus = element.contains(element.ownerDocument.activeElement);
    chosen = choose();
    // Most of the time nothing is chosen, and to empty what is empty would have the page laid out.
    if (chosen === null && !wasShown) return;
    element.hidden = chosen === null;
    drawn = "";
    for (const part of [head, top, middle, bottom]) part.replaceChildren();
    element.dataset["task"] = chosen?.id ?? "";
    // What was said of a task stays while the run that was begun for it is opened.
    if (chooser.current.task !== saidOf) acting.clear();
    saidOf = chooser.current.task;
    element.scrollTop = 0;
    if (chosen === null) return;
    const [actions, ...parts] = chosen.panes.map((pane) => pane.element);
    if (actions !== undefined) middle.append(actions, acting.element, ...parts);
    draw();
    // A link in the panel led to another task: reading goes on at its top.
    if (hadFocus) element.focus({ preventScroll: true });
  };
  const draw = () => {
    if (chosen === null || topology === null) return;
    const { id, spec, members } = chosen;
    const task = view.task(id);
    if (wanted === null) chosen.tabs?.show(mostTelling(id, view, chosen.tabs.current));
    for (const pane of chosen.panes) pane.update();
    const sum = members !== null ? sumOf(members, view) : isMap(spec) ? sumOfMap(id, view) : null;
    const around = (members ?? []).map((other) => [view.task(other).state, view.map(other)?.counts]);
    const key = JSON.stringify([spec, task, sum, around, [...chooser.current.turned], failures(id)]);
    setText(time, timeIn(chosen, sum));
    if (key === drawn) return;
    drawn = key;
    const face = sum?.face ?? faceOf(task);
    head.dataset["state"] = face === "cached" ? "succeeded" : face;
    head.replaceChildren(...headOf(chosen, face));
    top.replaceChildren(
      ...(sum === null ? [] : aboutSum(sum, members === null)),
      ...(members === null ? [] : aboutGroup(id, members, view, chooser, nameOf)),
      ...(sum === null ? aboutPlace(task, spec) : []),
      ...aboutProgress(task),
      ...(failures(id).length > 0 ? aboutItemFailures(failures(id), view, chooser, nameOf) : aboutFailure(task, view)),
      // A map is skipped once an item failed: for the reader it failed because of that item.
      ...aboutWhy(sum?.face === "failed" ? { ...task, state: "failed" } : task, spec, nameOf, chooser),
    );
    bottom.replaceChildren(...(members === null ? aboutFacts(task, spec) : []));
  };
  const failures = (id: string) =>
    (view.map(id)?.items ?? []).filter((item) => view.task(item).state === "failed");
  const timeIn = ({ id, spec }: Chosen, sum: Sum | null) => {
    if (sum === null) return headTimeText(view.task(id), spec, view.kernelTime());
    if (sum.started === null) return "";
    return sum.finished === null ? ticking(view.kernelTime() - sum.started) : duration(sum.finished - sum.started);
  };
  const headOf = ({ id, spec }: Chosen, face: Face) => {
    const map = view.map(id) === null ? (itemOf(id)?.map ?? null) : null;
    const title = [spec.name, timesText(id, view)].filter(Boolean).join(" ");
    const word = view.map(id) === null && groupPath(id) === null ? wordOf(view.task(id)) : lookOf(face).label;
    return [
      map !== null && view.map(map) !== null
        ? button({ class: "mz-link mz-back", title: `All items of ${nameOf(map)}`, "aria-label": `All items of ${nameOf(map)}` }, () => chooser.task(map), "‹")
        : "",
      h("h3", { class: "mz-task-name", title }, title),
      kindWord(spec.kind) === "" ? "" : h("span", { class: "mz-quiet" }, spec.kind),
      h("span", { class: "mz-task-state" }, icon(face), word),
      time,
      button({ class: "mz-close", title: "Close (Esc)", "aria-label": "Close" }, () => chooser.task(null), "×"),
    ];
  };
  chooser.subscribe((choice, before) => {
    if (choice.task !== before.task) start();
    else if (choice.turned !== before.turned) draw();
  }, signal);

  return {
    element,
    update(change: Change) {
      if (change.graph) {
        topology = view.graph === null ? null : createTopology(view.graph);
        nameOf = nameIn(view.graph);
        const again = chooser.current.task === null ? null : specOf(chooser.current.task, topology?.task ?? new Map());
        if (chosen === null || JSON.stringify(again) !== JSON.stringify(chosen.spec)) return start();
      }
      if (chosen === null || topology === null) return;
      if (change.link || change.run) for (const pane of chosen.panes) pane.update();
      const { id, members } = chosen;
      const near = [id, ...(members ?? []), ...topology.into(id).map((edge) => edge.source), ...(view.map(id)?.items ?? [])];
      if (change.graph || near.some((other) => isTouched(change, other))) draw();
      else if (change.messages) for (const pane of chosen.panes) pane.update();
    },
    tick() {
      if (chosen === null) return;
      const { id, spec, members } = chosen;
      if (members !== null) setText(time, timeIn(chosen, sumOf(members, view)));
      else if (isMap(spec)) draw();
      else if (isTicking(view.task(id))) setText(time, timeIn(chosen, null));
    },
  };
}

/** What to show of a task while nobody chose: what it made, or what it prints until then. */
function mostTelling(id: string, view: RunView, current = "Output"): string {
  const { outputs, state } = view.task(id);
  if (outputs.length > 0 || view.displays(id).length > 0) return "Output";
  const isQuiet = view.log(id).length === 0 || state === "waiting" || state === "pending";
  return isQuiet ? current : "Log";
}

function groupSpec(id: string, path: string): GraphTask {
  const none = { cpu: null, cpu_mem: null, gpu: null, gpu_mem: null };
  return {
    id, name: path.split("/").at(-1)!, kind: "group", resources: none, options: AS_ALWAYS, inputs: [], outputs: [],
    group: [], mark: "", why: "", cell: "",
  };
}
