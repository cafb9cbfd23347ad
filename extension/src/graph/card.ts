/** A card in the drawing, whatever it stands for: a task, the items of a map, a sub-workflow. */

import { SIZES } from "../layout/drawing.ts";
import { groupPath } from "../model/groups.ts";
import { isMap } from "../model/items.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { plural } from "../format.ts";
import { hasEnded, sumOf, sumOfMap, timesText } from "../sum.ts";
import { isTicking, joined } from "../story.ts";
import { createGroupCard } from "./group.ts";
import { createNodeCard, type NodeFaces } from "./node.ts";

export interface Card {
  readonly element: SVGGElement;
  /** The tasks of which it shows the states. */
  readonly tasks: readonly string[];
  isTicking(view: RunView): boolean;
  show(view: RunView, now: number): void;
}

/** `members` are the tasks of a closed sub-workflow. */
export function createCard(
  spec: GraphTask,
  members: readonly string[],
  faces: NodeFaces,
  onTurn: (path: string) => void,
): Card {
  const path = groupPath(spec.id);
  if (path !== null) return groupCard(spec, members, faces, () => onTurn(path));
  return isMap(spec) ? mapCard(spec, faces) : taskCard(spec, faces);
}

function taskCard(spec: GraphTask, faces: NodeFaces): Card {
  const card = createNodeCard(spec, SIZES, faces);
  return {
    element: card.element,
    tasks: [spec.id],
    isTicking: (view) => isTicking(view.task(spec.id)),
    show: (view, now) => card.show(view.task(spec.id), now),
  };
}

function mapCard(spec: GraphTask, faces: NodeFaces): Card {
  const card = createGroupCard(spec, SIZES, faces, null);
  return {
    element: card.element,
    tasks: [spec.id],
    isTicking: (view) => isGoingOn(spec.id, view),
    show(view, now) {
      const sum = sumOfMap(spec.id, view);
      const times = timesText(spec.id, view);
      const hasItems = (view.map(spec.id)?.count ?? 0) > 0;
      const why = view.task(spec.id).reason ?? "";
      const note = times === "" ? joined(why || spec.mark, spec.why) || "for each item" : hasItems ? "" : why || "no items";
      card.show(sum, times, note, now);
    },
  };
}

function groupCard(spec: GraphTask, members: readonly string[], faces: NodeFaces, onTurn: () => void): Card {
  const card = createGroupCard(spec, SIZES, faces, onTurn);
  return {
    element: card.element,
    tasks: members,
    isTicking: (view) => members.some((id) => isTicking(view.task(id)) || isGoingOn(id, view)),
    show(view, now) {
      const sum = sumOf(members, view);
      const isQuiet = sum.counts.length === 1 && sum.face === "waiting";
      card.show(sum, "", isQuiet ? plural(sum.total, "task") : "", now);
    },
  };
}

function isGoingOn(id: string, view: RunView): boolean {
  const map = view.map(id);
  return map !== null && map.started !== null && map.finished === null && !hasEnded(view.task(id));
}
