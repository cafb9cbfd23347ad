/** The keyboard's focus is never lost: where what had it was taken away, what stands for it gets it. */

import type { Chooser } from "../choice.ts";

const STOPS = 'button, input, select, textarea, summary, a[href], [tabindex]:not([tabindex="-1"])';
/** Within these any neighbour is as good as another; of larger parts none is. */
const LARGE = ".mz-root, .mz-body, .mz-panels, .mz-over, .mz-over-body, [role=tabpanel], .mz-task";
const REMEMBERED = 12;
/** Cards can have the focus each, though only one is a stop of the Tab key. */
const TWINS = `${STOPS}, [tabindex]`;

interface Visit {
  readonly element: Element;
  /** From the nearest to the outermost. */
  readonly around: readonly Element[];
  readonly key: string;
  /** Its place among all that can have the focus in each of these. */
  readonly places: readonly number[];
}

/** What was opened for a choice gives the focus back to where it was chosen. */
export function keepFocus(root: HTMLElement, signal: AbortSignal, chooser?: Chooser): void {
  const page = root.ownerDocument;
  let visits: Visit[] = [];
  let opener: Visit | null = null;
  let frame: number | null = null;

  const look = () => {
    frame = null;
    const visit = visits.at(-1);
    const isElsewhere = page.activeElement !== null && page.activeElement !== page.body;
    if (visit === undefined || isElsewhere || !root.isConnected || canStop(visit.element)) return;
    const isClosed = opener !== null && chooser?.current.task === null && visit.around.some((each) => each.matches(".mz-task"));
    const earlier = [...(isClosed && opener !== null ? [opener] : []), ...visits.slice(0, -1).reverse()];
    const next = substituteOf(visit) ?? earlier.map(standing).find((each) => each !== null) ?? homeOf(root);
    next?.focus({ preventScroll: true });
  };
  const lookSoon = () => {
    if (visits.length > 0) frame ??= requestAnimationFrame(look);
  };
  root.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof Element)) return;
    visits = [...visits.filter((each) => each.element !== target), visitOf(target, root)].slice(-REMEMBERED);
  }, { signal });
  // Left for another place, or for none, by the person: there is nothing to be kept.
  root.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget instanceof Node && !root.contains(relatedTarget)) visits = [];
    else if (target instanceof Element && relatedTarget === null) lookSoon();
  }, { signal });
  page.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !root.contains(target)) visits = [];
  }, { capture: true, signal });
  chooser?.subscribe((choice, before) => {
    if (before.task === null && choice.task !== null) opener = visits.at(-1) ?? null;
  }, signal);
  const watcher = new MutationObserver(lookSoon);
  watcher.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "disabled"] });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    if (frame !== null) cancelAnimationFrame(frame);
  }, { once: true });
}

function visitOf(element: Element, root: HTMLElement): Visit {
  const around: Element[] = [];
  for (let each = element.parentElement; each !== null; each = each === root ? null : each.parentElement) around.push(each);
  return { element, around, key: keyOf(element), places: around.map((each) => stopsIn(each).indexOf(element)) };
}

/** The same thing drawn anew, else what is next to it in the smallest part that is still there. */
function substituteOf({ around, key, places }: Visit): HTMLElement | null {
  const at = around.findIndex(isSeen);
  if (at < 0) return null;
  const stops = stopsIn(around[at]!).filter(canStop);
  const twin = twinIn(around[at]!, key);
  if (twin !== null) return twin;
  if (around[at]!.matches(LARGE)) return null;
  return (stops[Math.min(Math.max(places[at]!, 0), stops.length - 1)] ?? null) as HTMLElement | null;
}

function standing(visit: Visit): HTMLElement | null {
  if (canStop(visit.element)) return visit.element as HTMLElement;
  const nearest = visit.around.find(isSeen);
  return nearest === undefined ? null : twinIn(nearest, visit.key);
}

function twinIn(place: Element, key: string): HTMLElement | null {
  const found = [...place.querySelectorAll(TWINS)].find((each) => keyOf(each) === key && canStop(each));
  return (found ?? null) as HTMLElement | null;
}

function homeOf(root: HTMLElement): HTMLElement | null {
  const tab = root.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]');
  return tab !== null && canStop(tab) ? tab : ((stopsIn(root).find(canStop) ?? null) as HTMLElement | null);
}

function stopsIn(place: Element): Element[] {
  return [...place.querySelectorAll(STOPS)];
}

/** What tells it from others: what it is of, or what it is called. */
function keyOf(element: Element): string {
  const own = element.getAttribute("class")?.split(" ")[0] ?? "";
  const of = element.closest("[data-task], [data-seq], [data-at], [data-attempt]");
  const data = of instanceof HTMLElement || of instanceof SVGElement ? Object.values(of.dataset).slice(0, 1) : [];
  const name = element.getAttribute("name") ?? element.getAttribute("data-face") ?? (element instanceof HTMLElement ? element.textContent : "");
  return [element.tagName, own, ...data, name].join(" ");
}

function canStop(element: Element): boolean {
  return element.isConnected && isSeen(element) && !(element as HTMLButtonElement).disabled;
}

function isSeen(element: Element): boolean {
  return element.isConnected && element.closest("[hidden]") === null && element.getClientRects().length > 0;
}
