/** The one line on top: which run, its state, how far, how long, and what went wrong. */

import type { Chooser } from "../choice.ts";
import { button, h, setAttribute, setText } from "../dom.ts";
import { clock, duration, moment, plural } from "../format.ts";
import { icon, lookOf, stateOfStatus } from "../glyphs.ts";
import { isGoingOn, type Run } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { BAR, grouped } from "../sum.ts";
import { createActing } from "./act.ts";
import { copyText } from "./copy.ts";
import type { Panel } from "./panel.ts";
import { createRunActions } from "./run_actions.ts";
import { countFaces, failedTasks } from "./tally.ts";

export interface Header extends Panel {
  /** Notes whether the list of runs is open. */
  runsTurned(isOpen: boolean): void;
}

/** With `turnRuns` the name of the run opens the list of runs, and closes it. */
export function createHeader(view: RunView, chooser: Chooser, turnRuns?: () => void): Header {
  const acting = createActing(view);
  const actions = createRunActions(view, acting);
  const name =
    turnRuns === undefined
      ? h("span", { class: "mz-run-name" })
      : button({ class: "mz-run-name mz-turn-runs", "aria-haspopup": "true", "aria-expanded": "false" }, turnRuns);
  const id = button({ class: "mz-run-id", hidden: true }, () => void copyText(id, view.run?.run_id ?? "", view.host));
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
    count, elapsed, failures, news, actions.element,
  );

  const showTime = () => {
    const run = view.run;
    if (!run || run.started === null) return setText(elapsed, "");
    const seconds = Math.max(0, (run.finished ?? run.stopped ?? view.kernelTime()) - run.started - run.away);
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
  };
  /** Said aloud: how the run stands, and once that not all is well, however many fail. */
  const tellNews = () => {
    const { run } = view;
    const said = run === null ? "" : `Run ${run.status_word.replaceAll("_", " ")}`;
    setText(news, isGoingOn(run) && !failures.hidden ? `${said}, tasks failed` : said);
  };
  const showCounts = () => {
    const counts = countFaces(view);
    const known = Object.values(counts).reduce((sum, number) => sum + number, 0);
    const total = view.run === null ? (view.graph?.tasks.length ?? 0) : known;
    const done = counts.succeeded + counts.cached;
    const both = `${grouped(done)}/${grouped(total)}`;
    const share = counts.cached > 0 ? `${both} · ${grouped(counts.cached)} cached` : both;
    setText(count, total === 0 ? "" : view.run === null ? plural(total, "task") : share);
    const cached = counts.cached > 0 ? `, of these ${counts.cached} cached` : "";
    setAttribute(count, "title", `${done} of ${plural(total, "task")} succeeded${cached}`);
    const parts = (["failed", "skipped", "cancelled"] as const).flatMap((state) =>
      counts[state] > 0 ? `${grouped(counts[state])} ${lookOf(state).label}` : [],
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
    element: h("div", { class: "mz-header" }, line, acting.element, bar),
    update(change) {
      actions.update();
      if (!change.run && !change.graph && change.tasks !== "all" && change.tasks.size === 0) return;
      const run = view.run;
      setText(name, view.graph?.name || "run");
      setAttribute(name, "title", turnRuns === undefined ? view.graph?.name : `${view.graph?.name || "run"}: show other runs`);
      id.hidden = !run?.run_id;
      setText(id, run?.run_id.slice(0, 8) ?? "");
      setAttribute(id, "title", run && `Run ${run.run_id}: click to copy`);
      showState();
      showCounts();
      tellNews();
      showTime();
    },
    runsTurned: (isOpen) => {
      if (turnRuns !== undefined) setAttribute(name, "aria-expanded", String(isOpen));
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
