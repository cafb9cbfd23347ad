/** What hangs beside the pointer over a bar of a timeline. */

import { h, setAttribute } from "../dom.ts";
import { icon } from "../glyphs.ts";
import type { Bar } from "./timeline_bars.ts";
import { momentsOf, placeOfBar, stateOfBar, timesOfBar } from "./timeline_words.ts";

export interface TipPlace {
  readonly x: number;
  readonly y: number;
  /** Of the room it has. */
  readonly width: number;
  readonly height: number;
  /** When the run began, and what time it is. */
  readonly origin: number;
  readonly now: number;
  readonly isCritical: boolean;
}

export interface Tip {
  readonly element: HTMLElement;
  /** Hides itself where there is no bar. */
  show(bar: Bar | undefined, at: TipPlace): void;
  hide(): void;
}

const AWAY_PX = 14;

export function createTip(): Tip {
  const element = h("div", { class: "mz-hover mz-time-tip", hidden: true, "aria-hidden": "true" });
  return {
    element,
    hide() {
      element.hidden = true;
    },
    show(bar, beside) {
      element.hidden = bar === undefined;
      if (bar === undefined) return;
      element.replaceChildren(...partsOf(bar, beside));
      setAttribute(element, "title", momentsOf(bar));
      const { offsetWidth: width, offsetHeight: height } = element;
      const left = beside.x + AWAY_PX + width < beside.width ? beside.x + AWAY_PX : Math.max(4, beside.x - AWAY_PX - width);
      const top = beside.y + AWAY_PX + height < beside.height ? beside.y + AWAY_PX : Math.max(4, beside.y - AWAY_PX - height);
      element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    },
  };
}

function partsOf(bar: Bar, { origin, now, isCritical }: TipPlace): HTMLElement[] {
  const attempt = bar.attempt > 1 || bar.isPast ? `attempt ${bar.attempt}` : "";
  const state = [stateOfBar(bar), attempt, isCritical ? "on the critical path" : ""].filter((part) => part !== "").join(" · ");
  const lines = [state, timesOfBar(bar, origin, now), placeOfBar(bar)].filter((line) => line !== "");
  const parts = [
    h("p", { class: "mz-time-tip-head" }, icon(bar.started === null ? "pending" : bar.face), bar.name),
    ...lines.map((line) => h("p", {}, line)),
  ];
  if (bar.note !== "") parts.push(h("p", { class: "mz-time-tip-note mz-quiet" }, bar.note));
  return parts;
}
