/** The line of buttons over a timeline. */

import { button, h, setAttribute } from "../dom.ts";
import type { LaneBy } from "./timeline_bars.ts";
import type { Hold } from "./timeline_scale.ts";

export interface TimelineChoices {
  readonly by: LaneBy;
  readonly hold: Hold;
  readonly isCriticalShown: boolean;
  readonly isGoingOn: boolean;
}

export interface TimelineCalls {
  lanesBy(by: LaneBy): void;
  turnCritical(): void;
  turnFollow(): void;
  zoom(factor: number): void;
  fit(): void;
}

export interface TimelineBar {
  readonly element: HTMLElement;
  show(choices: TimelineChoices): void;
}

const MODES: readonly (readonly [LaneBy, string, string])[] = [
  ["slot", "Slots", "A lane for each slot of each node"],
  ["device", "Devices", "A lane for each GPU of each node"],
  ["task", "Tasks", "A lane for each task, with all of its wait"],
];
const ZOOM = 1.5;

export function createTimelineBar(calls: TimelineCalls): TimelineBar {
  const modes = MODES.map(([by, title, hint]) => button({ class: "mz-choice", title: hint }, () => calls.lanesBy(by), title));
  const critical = button(
    { class: "mz-choice mz-choice-wide", title: "Outline the critical path" }, () => calls.turnCritical(), "Critical path",
  );
  const follow = button({ class: "mz-choice", title: "Keep what happens now in sight" }, () => calls.turnFollow(), "Follow");
  const fit = button({ class: "mz-choice", title: "Show all (f)" }, () => calls.fit(), "Fit");
  const zoom = (sign: string, name: string, factor: number) =>
    button({ class: "mz-choice", title: name, "aria-label": name }, () => calls.zoom(factor), sign);
  return {
    element: h(
      "div",
      { class: "mz-panel-bar" },
      h("span", { class: "mz-choices", role: "group", "aria-label": "Lanes" }, ...modes),
      critical,
      h("span", { class: "mz-panel-bar-space" }),
      h("span", { class: "mz-choices" }, follow, zoom("−", "Zoom out", 1 / ZOOM), zoom("+", "Zoom in", ZOOM), fit),
    ),
    show({ by, hold, isCriticalShown, isGoingOn }) {
      MODES.forEach(([mode], at) => setAttribute(modes[at]!, "aria-pressed", String(mode === by)));
      setAttribute(critical, "aria-pressed", String(isCriticalShown));
      setAttribute(follow, "aria-pressed", String(hold === "tail"));
      setAttribute(fit, "aria-pressed", String(hold === "all"));
      follow.hidden = !isGoingOn;
    },
  };
}
