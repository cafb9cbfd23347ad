/** The one line on top: which run, its state, how far, how long, and what went wrong. */

import type { Chooser } from "../choice.ts";
import { button, h, setAttribute, setText } from "../dom.ts";
import { clock, duration, moment, plural } from "../format.ts";
import { icon, lookOf, stateOfStatus, type Face } from "../glyphs.ts";
import { isGoingOn, type Run } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { copyText } from "./copy.ts";
import type { Panel } from "./panel.ts";
import { countFaces, failedTasks } from "./tally.ts";

/** Order of the parts of the thin bar. */
const BAR: readonly Face[] = ["cached", "succeeded", "failed", "cancelled", "skipped", "running", "was_running", "retrying"];

export function createHeader(view: RunView, chooser: Chooser): Panel {
  const name = h("span", { class: "mz-run-name" });
  const id = button({ class: "mz-run-id", hidden: true }, () => void copyText(id, view.run?.run_id ?? ""));
  const mark = h("span", { class: "mz-run-mark" });
  const word = h("span", { class: "mz-run-word" });
  const count = h("span", { class: "mz-run-count" });
  const elapsed = h("span", { class: "mz-run-time" });
  const failures = button({ class: "mz-failures", hidden: true }, () => openRootCause(view, chooser));
  const news = h("span", { class: "mz-unseen", role: "status", "aria-live": "polite" });
  const bar = h("div", { class: "mz-bar", "aria-hidden": "true" });
  const line = h(
    "div",
    { class: "mz-line" },
    h("span", { class: "mz-which" }, name, id),
    h("span", { class: "mz-state" }, mark, word),
    count, elapsed, failures, news,
  );

  const showTime = () => {
    const run = view.run;
    if (!run || run.started === null) return setText(elapsed, "");
    const seconds = Math.max(0, (run.finished ?? view.kernelTime()) - run.started - run.away);
    setText(elapsed, isGoingOn(run) ? clock(seconds) : duration(seconds));
    const until = run.finished === null ? "" : `, finished ${moment(run.finished)}`;
    setAttribute(elapsed, "title", `Started ${moment(run.started)}${until}${resumesText(run)}`);
  };
  const showState = () => {
    const run = view.run;
    const state = run === null ? "waiting" : stateOfStatus(run.status);
    const said = run === null ? "not run yet" : run.status_word.replaceAll("_", " ");
    if (word.textContent === said) return;
    mark.replaceChildren(icon(state));
    setText(word, said);
    setText(news, run === null ? "" : `Run ${said}`);
  };
  const showCounts = () => {
    const counts = countFaces(view);
    const total = view.graph?.tasks.length ?? 0;
    const done = counts.succeeded + counts.cached;
    const share = counts.cached > 0 ? `${done}/${total} · ${counts.cached} cached` : `${done}/${total}`;
    setText(count, total === 0 ? "" : view.run === null ? plural(total, "task") : share);
    const cached = counts.cached > 0 ? `, of these ${counts.cached} cached` : "";
    setAttribute(count, "title", `${done} of ${plural(total, "task")} succeeded${cached}`);
    const parts = (["failed", "skipped", "cancelled"] as const).flatMap((state) =>
      counts[state] > 0 ? `${counts[state]} ${lookOf(state).label}` : [],
    );
    failures.hidden = counts.failed === 0;
    setText(failures, parts.join(" · "));
    setAttribute(failures, "title", "Show the task that failed first");
    bar.replaceChildren(
      ...BAR.filter((state) => counts[state] > 0).map((state) => {
        const part = h("span", { class: `mz-bar-part mz-is-${state}` });
        part.style.flexGrow = String(counts[state]);
        return part;
      }),
      restOfBar(total - BAR.reduce((sum, state) => sum + counts[state], 0)),
    );
  };

  return {
    element: h("div", { class: "mz-header" }, line, bar),
    update(change) {
      if (!change.run && !change.graph && change.tasks !== "all" && change.tasks.size === 0) return;
      const run = view.run;
      setText(name, view.graph?.name || "run");
      setAttribute(name, "title", view.graph?.name);
      id.hidden = !run?.run_id;
      setText(id, run?.run_id.slice(0, 8) ?? "");
      setAttribute(id, "title", run && `Run ${run.run_id}: click to copy`);
      showState();
      showCounts();
      showTime();
    },
    tick: showTime,
  };
}

function resumesText({ resumes, away }: Run): string {
  if (resumes === 0) return "";
  const times = resumes === 1 ? "once" : `${resumes} times`;
  return `, resumed ${times}; ${duration(away)} in which nobody worked on it are left out`;
}

/** Opens the first failure; pressed again, the next one. */
function openRootCause(view: RunView, chooser: Chooser): void {
  const failed = failedTasks(view);
  const next = failed.indexOf(chooser.current.task ?? "") + 1;
  const id = failed[next % failed.length];
  if (id !== undefined) chooser.task(id);
}

function restOfBar(rest: number): HTMLElement {
  const part = h("span", { class: "mz-bar-part" });
  part.style.flexGrow = String(Math.max(0, rest));
  return part;
}
