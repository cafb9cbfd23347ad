/** The cards that are elements, for pointer, keyboard and screen reader: all of a small graph, else those in sight. */

import { s } from "../dom.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { createCard, type Card } from "./card.ts";
import { CHOSEN, CRITICAL, CURRENT, DIM, LIT, MATCH, type Lights } from "./lights.ts";
import type { NodeFaces } from "./node.ts";
import type { Scene } from "./scene.ts";

export interface LiveCards {
  readonly element: SVGGElement;
  /** By the number of the card. */
  readonly cards: ReadonlyMap<number, Card>;
  /** Has exactly these cards be elements. */
  show(numbers: ReadonlySet<number>): void;
  /** Draws these anew, as far as they are elements. */
  update(numbers: readonly number[]): void;
  light(lights: Lights): void;
  tick(): void;
}

const CLASSES: readonly (readonly [number, string])[] = [
  [LIT, "mz-lit"], [CHOSEN, "mz-chosen"], [DIM, "mz-dim"],
  [CRITICAL, "mz-critical"], [MATCH, "mz-match"], [CURRENT, "mz-current"],
];

export interface LiveHost {
  readonly faces: NodeFaces;
  /** Opens or closes a group. */
  onTurn(path: string): void;
  /** A card became an element. */
  onCard(element: SVGGElement, spec: GraphTask): void;
}

export function createLiveCards(scene: Scene, view: RunView, host: LiveHost): LiveCards {
  const element = s("g", { class: "mz-nodes" });
  const cards = new Map<number, Card>();
  let lights: Lights | null = null;

  const mark = (at: number, card: Card) => {
    const marks = lights?.cards[at] ?? 0;
    for (const [bit, name] of CLASSES) card.element.classList.toggle(name, Boolean(marks & bit));
  };
  const make = (at: number) => {
    const spec = scene.cards[at]!;
    const card = createCard(spec, scene.folded.members.get(spec.id) ?? [], host.faces, host.onTurn);
    const { x, y } = scene.boxes[at]!;
    card.element.setAttribute("transform", `translate(${x} ${y})`);
    card.show(view, view.kernelTime());
    mark(at, card);
    cards.set(at, card);
    host.onCard(card.element, spec);
    return card.element;
  };
  return {
    element,
    cards,
    show(numbers) {
      for (const [at, card] of cards) {
        if (numbers.has(at)) continue;
        card.element.remove();
        cards.delete(at);
      }
      element.append(...[...numbers].filter((at) => !cards.has(at)).map(make));
    },
    update(numbers) {
      const now = view.kernelTime();
      for (const at of numbers) cards.get(at)?.show(view, now);
    },
    light(next) {
      lights = next;
      for (const [at, card] of cards) mark(at, card);
    },
    tick() {
      const now = view.kernelTime();
      for (const card of cards.values()) if (card.isTicking(view)) card.show(view, now);
    },
  };
}
