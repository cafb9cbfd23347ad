/** How a view in the output of a cell asks the page around it, which may know more than the view's own host. */

import { isFields } from "../model/reader.ts";

/** What is dispatched at the view's element, and heard by whoever listens further up. */
export const HOST_EVENT = "maze-host";

export const ABILITIES = ["insertCell", "goToCell"] as const;
export type Ability = (typeof ABILITIES)[number];

/** What somebody who hears a call can do for the view; true if it was done. */
export type Abilities = Partial<Record<Ability, (given: string) => boolean>>;

/** The detail of the event: both sides may be of different versions, and only agree on this. */
interface Call {
  /** An ability, or `who` to be told which there are. */
  readonly what: string;
  /** Code, or the id of a cell. */
  readonly given: string;
  answered: boolean;
  abilities: readonly string[];
}

/** Whether somebody around the element has an ability now. */
export function canAsk(element: EventTarget, ability: Ability): boolean {
  const { answered, abilities } = call(element, "who", "");
  return answered && Array.isArray(abilities) && abilities.includes(ability);
}

/** Has it done; false if nobody did. */
export function askHost(element: EventTarget, ability: Ability, given: string): boolean {
  return call(element, ability, given).answered;
}

/** Answers the calls of views inside an element; `abilities` are those for a view at a place, null for none. */
export function answerCalls(around: EventTarget, abilities: (at: Node) => Abilities | null, signal?: AbortSignal): void {
  around.addEventListener(HOST_EVENT, (event) => {
    if (!(event instanceof CustomEvent) || !(event.target instanceof Node) || !isCall(event.detail)) return;
    const { detail } = event;
    if (detail.answered) return;
    const able = abilities(event.target);
    if (able === null) return;
    if (detail.what === "who") {
      detail.abilities = ABILITIES.filter((ability) => able[ability] !== undefined);
      detail.answered = true;
      return;
    }
    const asked = ABILITIES.find((ability) => ability === detail.what);
    detail.answered = (asked !== undefined && able[asked]?.(detail.given)) ?? false;
  }, signal === undefined ? {} : { signal });
}

function call(element: EventTarget, what: Ability | "who", given: string): Call {
  const detail: Call = { what, given, answered: false, abilities: [] };
  element.dispatchEvent(new CustomEvent(HOST_EVENT, { bubbles: true, composed: true, detail }));
  return detail;
}

function isCall(raw: unknown): raw is Call {
  return isFields(raw) && typeof raw["what"] === "string" && typeof raw["given"] === "string";
}
