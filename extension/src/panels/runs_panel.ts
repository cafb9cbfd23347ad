/** The list of runs over a run's view, and the comparison of two: opened from the name of the run. */

import { button, h, setText } from "../dom.ts";
import { decodeComparison } from "../model/decode_comparison.ts";
import type { RunView } from "../model/store.ts";
import { createComparePanel } from "./compare.ts";
import { createRunsList } from "./runs.ts";
import { askedRuns } from "./runs_source.ts";

export interface RunsPanel {
  readonly element: HTMLElement;
  readonly isOpen: boolean;
  toggle(): void;
  close(): void;
}

/** `turned` is told when it opens or closes. */
export function createRunsPanel(
  view: RunView,
  signal: AbortSignal,
  turned: (isOpen: boolean) => void = () => undefined,
): RunsPanel {
  const title = h("h3", {}, "Runs");
  const back = button({ class: "mz-link", hidden: true }, () => showList(), "‹ Runs");
  const shut = button({ class: "mz-tool", "aria-label": "Close the list of runs", title: "Close (Esc)" }, () => close(), "✕");
  const place = h("div", { class: "mz-over-body" });
  const element = h(
    "section",
    { class: "mz-over", "aria-label": "Runs", hidden: true },
    h("div", { class: "mz-over-head" }, back, title, shut),
    place,
  );
  let comparing: AbortController | null = null;
  let before: Element | null = null;

  const open = (runId: string) => {
    close();
    if (runId === view.run?.run_id) return;
    if (view.host.openRun) view.host.openRun(runId);
    else view.open(runId);
  };
  const list = createRunsList(
    askedRuns(view),
    { open, current: () => view.run?.run_id ?? "", compare: (one, two) => showComparison(one, two) },
    signal,
  );
  const showList = () => {
    comparing?.abort();
    comparing = null;
    back.hidden = true;
    setText(title, "Runs");
    place.replaceChildren(list.element);
    list.refresh();
  };
  const showComparison = (one: string, two: string) => {
    comparing?.abort();
    comparing = new AbortController();
    const load = () => view.ask("compare", { before: one, after: two }, (raw) => decodeComparison(raw).value);
    back.hidden = false;
    setText(title, "Two runs compared");
    place.replaceChildren(createComparePanel({ load, open }, comparing.signal).element);
    back.focus();
  };
  const close = () => {
    if (element.hidden) return;
    element.hidden = true;
    comparing?.abort();
    comparing = null;
    turned(false);
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (comparing === null) close();
    else {
      showList();
      list.focus();
    }
  }, { signal });
  signal.addEventListener("abort", () => comparing?.abort(), { once: true });
  window.addEventListener("resize", () => !element.hidden && standBelowHeader(element), { signal });

  return {
    element,
    get isOpen() {
      return !element.hidden;
    },
    toggle() {
      if (!element.hidden) {
        close();
        return;
      }
      before = element.ownerDocument.activeElement;
      standBelowHeader(element);
      element.hidden = false;
      showList();
      turned(true);
      list.focus();
    },
    close,
  };
}

/** The header may take more than one line. */
function standBelowHeader(element: HTMLElement): void {
  const header = element.parentElement?.querySelector<HTMLElement>(":scope > .mz-header");
  if (header) element.style.top = `${header.offsetHeight}px`;
}
