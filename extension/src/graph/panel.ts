/** The graph panel: the board with choosing, hovering, searching, opening of groups and walking by keyboard. */

import type { Chooser } from "../choice.ts";
import { button, h, setAttribute, setText } from "../dom.ts";
import { plural } from "../format.ts";
import { createLayouter } from "../layout/layouter.ts";
import type { Change } from "../model/change.ts";
import { foldGraph, groupPath, isOpenIn, membersOf, pathsOf, turnedFor } from "../model/groups.ts";
import { nameIn } from "../model/items.ts";
import type { RunView } from "../model/store.ts";
import { shapeOf } from "../model/topology.ts";
import type { Panel } from "../panels/panel.ts";
import { grouped } from "../sum.ts";
import { createBoard, FAR, type Board } from "./board.ts";
import { createCriticalLight } from "./critical_light.ts";
import { createFinder } from "./finder.ts";
import { edgeUnder, listenForHover, showHint } from "./hover.ts";
import type { Wish } from "./lights.ts";
import type { GraphSurface, Overlay, OverlayPart } from "./overlay.ts";
import { createScene, linksOf } from "./scene.ts";
import { createSight } from "./sight.ts";
import { isArrow, stepFrom } from "./walk.ts";
import { watchSize } from "./watch_size.ts";

const ZOOM = 1.3;

export interface GraphOptions {
  /** What is laid over the drawing from outside, in the order in which it is stacked. */
  readonly overlays?: readonly Overlay[];
}

export function createGraphPanel(
  view: RunView,
  chooser: Chooser,
  signal: AbortSignal,
  { overlays = [] }: GraphOptions = {},
): Panel {
  const hover = h("div", { class: "mz-hover", hidden: true });
  const hint = h("div", { class: "mz-hint", hidden: true }, "Click the graph or hold Ctrl to zoom");
  const note = h("div", { class: "mz-hint mz-laying", hidden: true, role: "status" });
  const empty = h("div", { class: "mz-empty" }, "No tasks yet: mark a cell with ", h("code", {}, "%%maze_task"));
  const tools = h("div", { class: "mz-tools", role: "toolbar", "aria-label": "Graph" });
  const frame = h("div", { class: "mz-frame" });
  const layouter = createLayouter(signal);
  const parts: OverlayPart[] = [];
  let shape = "";
  /** The card that had the focus last. */
  let visited: string | null = null;
  let selected = -1;
  /** Whether a task was open beside the drawing when that was last of another size. */
  let wasOpen = false;

  const finder = createFinder(view, {
    onChange: () => light(),
    goTo: (id) => goTo(id),
    hiddenOf: (ids) => [...ids].filter((id) => board.scene !== null && board.scene.folded.cardOf(id) !== id).length,
    openAll: (isOpen) => view.graph !== null && chooser.turnTo(turnedFor(view.graph, isOpen)),
    leave: () => focus(finder.current ?? visited ?? board.scene?.cards[0]?.id ?? ""),
  }, signal);
  const element = h("div", { class: "mz-graph" }, finder.element, frame);
  const board: Board = createBoard(view, frame, {
    nameOf: (id) => nameIn(view.graph)(id),
    onTurn: (path) => chooser.turn(path),
    onCard: (card, spec) => parts.forEach((part) => part.onCard?.(card, spec)),
    onMove: () => parts.forEach((part) => part.onMove?.()),
    onUserMove: () => sight.leave(),
    onWheelLeft: () => showHint(hint),
    hasWheel: () => element.contains(document.activeElement),
  }, signal);
  const { svg, viewport } = board;
  const sight = createSight(board, frame, chooser);
  frame.append(hover, hint, note, empty);

  const critical = createCriticalLight(view, {
    say: (text) => finder.say(text),
    onChange: () => {
      light();
      renewFinder();
    },
  });
  const wish = (): Wish => ({
    chosen: chooser.current.task, critical: critical.tasks, matches: finder.matches, current: finder.current, faces: finder.faces,
  });
  const light = () => {
    board.light(wish());
    frame.classList.toggle("mz-has-choice", board.lights?.hasChoice ?? false);
  };
  const zoom = (factor: number) => viewport.zoomBy(factor);
  tools.append(
    button({ class: "mz-tool mz-search-tool", title: "Search and filter (/)", "aria-label": "Search" }, () => finder.search(), "⌕"),
    critical.button,
    button({ class: "mz-tool", title: "Zoom out (−)", "aria-label": "Zoom out" }, () => zoom(1 / ZOOM), "−"),
    button({ class: "mz-tool", title: "Fit the whole graph (0)" }, sight.fit, "fit"),
    button({ class: "mz-tool", title: "Zoom in (+)", "aria-label": "Zoom in" }, () => zoom(ZOOM), "+"),
  );

  const reveal = (id: string | null): boolean => {
    const box = id === null ? null : board.scene?.boxOf(id);
    if (!box || !board.scene) return false;
    viewport.reveal(box, { x: 0, y: 0, ...board.scene.size });
    return true;
  };
  const focus = (id: string) => {
    const card = board.stopAt(id);
    if (card === null) return;
    visited = card.getAttribute("data-task");
    card.focus({ preventScroll: true });
    reveal(id);
  };
  /** To a task wherever it is: the groups around it are opened. */
  const goTo = (id: string) => {
    const { graph } = view;
    if (graph === null) return;
    const closed = pathsOf(id, graph).filter((each) => !isOpenIn(each, graph, chooser.current.turned));
    if (closed.length > 0 && board.scene?.folded.cardOf(id) !== id) chooser.turn(...closed);
    sight.leave();
    if (viewport.scale < FAR) viewport.zoomBy(0.8 / viewport.scale);
    light();
    board.stopAt(id);
    reveal(id);
    visited = id;
  };
  const rebuild = (then: () => void) => {
    const { graph } = view;
    const { turned } = chooser.current;
    const { columns } = sight;
    const next = graph === null ? "" : [columns, shapeOf(graph), ...[...turned].sort()].join("\n");
    if (graph === null || next === shape) return;
    shape = next;
    const folded = foldGraph(graph, turned);
    const links = linksOf(folded.graph);
    empty.hidden = graph.tasks.length > 0;
    note.hidden = false;
    setText(note, `Laying out ${grouped(folded.graph.tasks.length)} tasks…`);
    setAttribute(svg, "aria-label", `Graph of ${plural(graph.tasks.length, "task")}. Arrow keys walk along it, Enter opens a task, slash searches; the Table tab has the same as a table.`);
    layouter.layOut(folded.graph.tasks.length, links, (drawing) => {
      note.hidden = true;
      selected = -1;
      board.setScene(createScene(folded, links, drawing), wish());
      // What the search found may be behind other cards now.
      finder.renew();
      light();
      renewFinder();
      sight.follow();
      for (const part of parts) part.onScene?.();
      then();
      board.paintNow();
    }, columns);
  };
  const renewFinder = () => {
    const folded = board.scene?.folded;
    finder.update((folded?.members.size ?? 0) > 0, (folded?.open.length ?? 0) > 0);
  };
  const show = (change: Change) => {
    board.update(change, wish());
    critical.renew();
    renewFinder();
    sight.followRunning();
  };
  /** Draws with groups opened or closed, as legible as it was, and with the focus where it was. */
  const turnOver = (turned: ReadonlySet<string>, before: ReadonlySet<string>) => {
    const hasFocus = svg.contains(document.activeElement);
    const { scale } = viewport;
    const changed = [...turned, ...before].filter((each) => turned.has(each) !== before.has(each));
    const wanted = finder.current ?? (view.graph === null ? "" : (membersOf(changed[0] ?? "", view.graph)[0] ?? ""));
    rebuild(() => {
      // All at once is looked at as a whole.
      if (changed.length > 1 && finder.current === null) return;
      if (viewport.scale < Math.min(FAR, scale)) viewport.zoomBy(Math.min(scale, 1) / viewport.scale);
      const at = board.scene?.numberOf(wanted) ?? -1;
      const first = at < 0 ? null : board.scene!.cards[at]!.id;
      if (first !== null && hasFocus) focus(first);
      else reveal((visited = first));
    });
  };
  /** Pressed again on a closed group, it opens. */
  const choose = (id: string) => {
    const group = groupPath(id);
    if (group !== null && chooser.current.task === id) chooser.turn(group);
    else chooser.task(id);
  };
  const select = (edge: number) => {
    selected = edge;
    board.mark(-1, selected);
    light();
  };
  const surface = surfaceOf(board, frame);
  parts.push(...overlays.map((overlay) => overlay(surface, signal)));

  chooser.subscribe((choice, before) => {
    if (choice.turned !== before.turned) turnOver(choice.turned, before.turned);
    if (choice.task === before.task) return;
    light();
    reveal(choice.task);
  }, signal);
  // The graph has the focus once it is pressed anywhere, for the wheel and the keys.
  svg.addEventListener("mousedown", (event) => {
    if (taskAt(event.target) !== null || event.button !== 0) return;
    event.preventDefault();
    if (!svg.contains(document.activeElement)) svg.querySelector<SVGElement>('.mz-node[tabindex="0"]')?.focus({ preventScroll: true });
  }, { signal });
  svg.addEventListener("click", (event) => {
    const id = taskAt(event.target) ?? surface.cardAt(event.clientX, event.clientY);
    if (id !== null) {
      focus(id);
      choose(id);
      return;
    }
    const edge = edgeUnder(board, event.clientX, event.clientY);
    if (edge === -1) chooser.task(null);
    select(edge);
  }, { signal });
  // Whatever gave a card the focus, Tab comes back to it. (Such a listener would make the drawing itself a stop.)
  frame.addEventListener("focusin", ({ target }) => {
    if (taskAt(target) !== null) board.stopAt((visited = taskAt(target)!));
  }, { signal });
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const id = taskAt(event.target);
    if (event.key === "/") finder.search();
    else if (event.key === "Escape" && selected !== -1) select(-1);
    else if (id === null || board.scene === null) return;
    else if (isArrow(event.key)) {
      const next = stepFrom(id, event.key, board.scene.places, board.scene.topology);
      if (next !== null) focus(next);
    } else if (event.key === "Enter" || event.key === " ") choose(id);
    else if (event.key === "+" || event.key === "=") zoom(ZOOM);
    else if (event.key === "-") zoom(1 / ZOOM);
    else if (event.key === "0") sight.fit();
    else if (event.key === "c") critical.turn();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
  listenForHover(board, hover, frame, view, (edge) => board.mark(edge, selected), signal);
  watchSize(frame, () => {
    board.resized();
    const { task } = chooser.current;
    const isTurned = (task !== null) !== wasOpen;
    wasOpen = task !== null;
    // As the task panel opens the drawing keeps its scale, so that nothing jumps while reading.
    if (isTurned && reveal(task)) return;
    if (task === null) rebuild(() => undefined);
    if (sight.isFollowing) sight.follow();
    reveal(task ?? (sight.isFollowing ? null : visited));
  }, signal);

  return {
    element,
    tools,
    update(change: Change) {
      if (change.graph) rebuild(() => undefined);
      show(change);
    },
    tick() {
      board.tick();
      critical.renew();
    },
    shown: () => {
      board.resized();
      rebuild(() => undefined);
      if (sight.isFollowing) sight.follow();
    },
  };
}

function surfaceOf(board: Board, frame: HTMLElement): GraphSurface {
  const { viewport } = board;
  return {
    frame,
    layer: board.layer,
    get scale() {
      return viewport.scale;
    },
    toDrawing: (clientX, clientY) => viewport.toDrawing(clientX, clientY),
    cardAt: (clientX, clientY) => board.scene?.cards[board.scene.cardAt(viewport.toDrawing(clientX, clientY))]?.id ?? null,
    edgeAt: (clientX, clientY) => board.scene?.edges[edgeUnder(board, clientX, clientY)]?.edge ?? null,
    boxOf: (id) => board.scene?.boxOf(id) ?? null,
    elementOf: (id) => board.elementOf(id),
  };
}

function taskAt(target: EventTarget | null): string | null {
  const node = target instanceof Element ? target.closest(".mz-node") : null;
  return node?.getAttribute("data-task") ?? null;
}
