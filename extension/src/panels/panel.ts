/** What every panel is: an element that follows a run. */

import type { Change } from "../model/change.ts";

export interface Panel {
  readonly element: HTMLElement;
  /** Stands in the row of tabs while the panel is shown. */
  readonly tools?: HTMLElement;
  /** Draws what changed. */
  update(change: Change): void;
  /** Draws what only time changes; called each second while the run goes on. */
  tick?(): void;
  /** The panel has just become visible. */
  shown?(): void;
}
