/** What each card of a scene shows of its tasks, kept up to date with as little looking as possible. */

import { faceOf, type Face } from "../glyphs.ts";
import type { Change } from "../model/change.ts";
import { isMap } from "../model/items.ts";
import type { RunView } from "../model/store.ts";
import { sumOf, sumOfMap, type Sum } from "../sum.ts";
import type { Scene } from "./scene.ts";

export interface Look {
  readonly face: Face;
  /** 0 to 1 of a task that tells how far it is. */
  readonly progress: number;
  /** Of a card that stands for many. */
  readonly sum: Sum | null;
}

export interface Looks {
  readonly cards: readonly Look[];
  /** Looks again at what changed, and says which cards that touches. */
  update(change: Change): number[];
}

export function createLooks(scene: Scene, view: RunView): Looks {
  const look = (at: number): Look => {
    const spec = scene.cards[at]!;
    const members = scene.folded.members.get(spec.id);
    if (members !== undefined) {
      const sum = sumOf(members, view);
      return { face: sum.face, progress: 0, sum };
    }
    const task = view.task(spec.id);
    if (isMap(spec)) {
      const sum = sumOfMap(spec.id, view);
      return { face: sum.face, progress: 0, sum };
    }
    return { face: faceOf(task), progress: task.state === "succeeded" ? 0 : (task.progress ?? 0), sum: null };
  };
  const cards = scene.cards.map((_, at) => look(at));
  return {
    cards,
    update({ tasks }) {
      const touched = tasks === "all" ? [...cards.keys()] : [...new Set(Array.from(tasks, scene.numberOf))].filter((at) => at >= 0);
      for (const at of touched) cards[at] = look(at);
      return touched;
    },
  };
}

/** Whether a card shows one of these states, or stands for a task that does. */
export function showsOneOf({ face, sum }: Look, faces: ReadonlySet<Face>): boolean {
  return sum === null ? faces.has(face) : sum.counts.some(([each]) => faces.has(each)) || (sum.total === 0 && faces.has(face));
}
