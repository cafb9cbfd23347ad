/** What stands between the person and the truth: no kernel, or data that could not be read. */

import { h } from "../dom.ts";
import { moment, plural, timeOfDay } from "../format.ts";
import { isGoingOn } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Panel } from "./panel.ts";

export interface NoticePanel extends Panel {
  /** Says that a part of the view itself broke. */
  fault(where: string, error: unknown): void;
}

export function createNotice(view: RunView): NoticePanel {
  const faults = new Map<string, string>();
  const element = h("div", { class: "mz-notices" });
  let drawn = "";
  const show = () => {
    const parts = [
      ...[...faults].map(([where, what]) =>
        h("div", { class: "mz-notice mz-fault", role: "alert" }, `The ${where} could not be drawn (${what}). The run itself is not affected.`),
      ),
      ...absence(view),
      ...interruption(view),
      ...link(view),
      ...problems(view),
    ];
    // Said aloud when it is drawn: not again while it is the same.
    const key = parts.map((part) => part.textContent).join("\n");
    if (key === drawn) return;
    drawn = key;
    const wasOpen = element.querySelector("details")?.open ?? false;
    element.replaceChildren(...parts);
    const details = element.querySelector("details");
    if (details !== null) details.open = wasOpen;
  };
  return {
    element,
    update: (change) => {
      if (change.link || change.run) show();
    },
    fault: (where, error) => {
      const what = error instanceof Error ? error.message : String(error);
      if (faults.get(where) === what) return;
      faults.set(where, what);
      show();
    },
  };
}

function link(view: RunView): HTMLElement[] {
  if (view.link !== "saved") return [];
  const heard = view.kernelTime();
  return [
    h(
      "div",
      { class: "mz-notice", role: "status" },
      view.host.lost ?? "No kernel answers: showing the last known state",
      isGoingOn(view.run) && h("span", { title: moment(heard) }, `, of ${timeOfDay(heard)}`),
      view.host.lost === undefined && isGoingOn(view.run) && h("span", {}, ". In a new kernel, ", h("code", {}, "%maze_attach"), " follows the run"),
    ),
  ];
}

function absence({ absent }: RunView): HTMLElement[] {
  return absent === "" ? [] : [h("div", { class: "mz-notice mz-warning", role: "status" }, absent)];
}

function interruption(view: RunView): HTMLElement[] {
  if (view.run?.status !== "interrupted") return [];
  const heard = view.kernelTime();
  return [
    h(
      "div",
      { class: "mz-notice mz-warning", role: "status" },
      "Interrupted: the scheduler is gone, last heard of at ",
      h("span", { title: moment(heard) }, timeOfDay(heard)),
      ". Results that were stored are kept; resume the run with ",
      h("code", {}, "run.resume()"), " or ", h("code", {}, "%maze_resume"),
    ),
  ];
}

function problems({ problems: all }: RunView): HTMLElement[] {
  if (all.length === 0) return [];
  return [
    h(
      "details",
      { class: "mz-notice" },
      h("summary", {}, `${plural(all.length, "part")} of what the kernel sent could not be read`),
      h("ul", {}, ...all.map((problem) => h("li", {}, problem))),
    ),
  ];
}
