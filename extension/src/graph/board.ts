/** What the graph is drawn on: a canvas, over it the cards that are elements, and the map in the corner. */

import { h, s } from "../dom.ts";
import type { Face } from "../glyphs.ts";
import type { Change } from "../model/change.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { createEdgeLabel } from "./edges.ts";
import { createGround, type Overview } from "./ground.ts";
import { createHullTitle } from "./hull.ts";
import { lightsOf, type Lights, type Wish } from "./lights.ts";
import { createLiveCards, type LiveCards } from "./live.ts";
import { createLooks, type Looks } from "./looks.ts";
import { createRuler } from "./measure.ts";
import { createMinimap } from "./minimap.ts";
import { paint, type Picture, type View } from "./paint.ts";
import { NAMES_FROM } from "./paint_cards.ts";
import { readPalette, watchTheme, type Palette } from "./palette.ts";
import type { Scene } from "./scene.ts";
import { createViewport, type Viewport } from "./viewport.ts";

/** Below these scales the name is larger, then it is all there is, and then all text would be too small to read. */
const MIDDLE = 0.85;
export const FAR = 0.6;
const FARTHER = 0.28;
/** At this scale names of the middle size are still read without effort. */
export const READABLE = 0.615;
/** Up to so many cards all are elements; of more, at most as many of those in sight. */
export const MOST_ELEMENTS = 150;
/** Labels beyond this many would only cover each other. */
const MOST_LABELS = 24;
/** A drawing of so few cards needs no map. */
const FEW_CARDS = 12;
const OVERVIEW_PX = 1000;
const OVERVIEW_MS = 3000;
/** Pages load the style sheets of a theme some time after they say which it is. */
const THEME_MS = 400;

export interface BoardHost {
  nameOf(id: string): string;
  onTurn(path: string): void;
  onCard(element: SVGGElement, spec: GraphTask): void;
  onMove(): void;
  onUserMove(): void;
  onWheelLeft(): void;
  hasWheel(): boolean;
}

export interface Board {
  readonly svg: SVGSVGElement;
  readonly viewport: Viewport;
  /** What the card of a number shows. */
  faceAt(at: number): Face | null;
  /** A layer above the cards, in the drawing's coordinates. */
  readonly layer: SVGGElement;
  readonly scene: Scene | null;
  readonly lights: Lights | null;
  setScene(scene: Scene, wish: Wish): void;
  /** Draws what changed of the tasks. */
  update(change: Change, wish: Wish): void;
  tick(): void;
  light(wish: Wish): void;
  /** Marks the edges under the pointer and chosen; -1 for none. */
  mark(hovered: number, selected: number): void;
  /** The card that keeps the stop for the Tab key, and so is always an element. */
  stopAt(id: string): SVGGElement | null;
  elementOf(id: string): SVGGElement | null;
  /** The view may be of another size. */
  resized(): void;
  /** Paints what lies below the cards at once, so that it goes with them. */
  paintNow(): void;
}

export function createBoard(view: RunView, frame: HTMLElement, host: BoardHost, signal: AbortSignal): Board {
  const svg = s("svg", { class: "mz-canvas", role: "group" });
  const [layer, labels, titles] = [s("g", { class: "mz-overlays" }), s("g", { class: "mz-labels" }), s("g", { class: "mz-hulls" })];
  let scene: Scene | null = null;
  let looks: Looks | null = null;
  let lights: Lights | null = null;
  let live: LiveCards | null = null;
  let chosen = -1;
  let stop = 0;
  let [hovered, selected] = [-1, -1];
  let palette: Palette | null = null;

  const ground = createGround({
    view: () => viewNow(),
    paint: (pen, at, ratio) => {
      const picture = pictureNow();
      const count = picture === null ? 0 : paint(pen, picture, at, ratio);
      drawMap();
      return count;
    },
    overview: () => {
      drawMap();
      return overview;
    },
    onRest: () => showCards(),
  }, signal);
  frame.append(ground.element, svg);
  const viewport = createViewport(svg, {
    ...host,
    onMove(scale) {
      frame.classList.toggle("mz-middle", scale < MIDDLE && scale >= FAR);
      frame.classList.toggle("mz-far", scale < FAR);
      frame.classList.toggle("mz-farther", scale < FARTHER);
      ground.moved();
      host.onMove();
    },
  }, signal);
  const minimap = createMinimap(() => viewport, signal);
  frame.append(minimap.element);

  const viewNow = (): View => ({
    x: viewport.x, y: viewport.y, scale: viewport.scale, width: frame.clientWidth, height: frame.clientHeight,
  });
  const pictureNow = (): Picture | null => {
    if (scene === null || looks === null || lights === null) return null;
    palette ??= readPalette(frame);
    return { scene, looks, lights, palette, isElement: (at) => live?.cards.has(at) ?? false, hovered, selected };
  };

  const overviewCanvas = h("canvas");
  let overview: Overview | null = null;
  let [overviewOf, overviewAt, isOverviewStale] = [null as Scene | null, -Infinity, true];
  const drawOverview = () => {
    const picture = pictureNow();
    const pen = typeof CanvasRenderingContext2D === "undefined" ? null : overviewCanvas.getContext("2d");
    if (picture === null || pen === null) return;
    const { width, height } = picture.scene.size;
    const scale = Math.min(1, OVERVIEW_PX / Math.max(width, height));
    Object.assign(overviewCanvas, { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
    paint(pen, { ...picture, isElement: () => false, hovered: -1 }, { x: 0, y: 0, scale, width: width * scale, height: height * scale }, 1);
    overview = { image: overviewCanvas, width, height };
    [overviewOf, overviewAt, isOverviewStale] = [picture.scene, performance.now(), false];
  };
  let later: ReturnType<typeof setTimeout> | null = null;
  signal.addEventListener("abort", () => later !== null && clearTimeout(later), { once: true });
  const drawMap = () => {
    const isNeeded = scene !== null && scene.cards.length > FEW_CARDS && minimap.isNeeded(scene.size);
    const isDue = !ground.isMoving && performance.now() - overviewAt > OVERVIEW_MS;
    if (isNeeded && (overviewOf !== scene || (isOverviewStale && isDue))) drawOverview();
    else if (isNeeded && isOverviewStale && !signal.aborted) {
      later ??= setTimeout(() => {
        later = null;
        ground.repaint(false);
      }, OVERVIEW_MS);
    }
    if (palette !== null) minimap.draw(isNeeded ? overview : null, palette);
  };
  const stale = (isUrgent = true) => {
    isOverviewStale = true;
    ground.repaint(isUrgent);
  };

  const showCards = () => {
    if (scene === null || live === null) return;
    const wanted = new Set<number>();
    const isSmall = scene.cards.length <= MOST_ELEMENTS;
    const near = isSmall ? [...scene.cards.keys()] : viewport.scale >= NAMES_FROM ? scene.cardsIn(viewport.visible()) : [];
    for (const at of near.length <= MOST_ELEMENTS ? near : []) wanted.add(at);
    for (const at of [chosen, stop]) if (at >= 0 && at < scene.cards.length) wanted.add(at);
    live.show(wanted);
    live.cards.get(stop)?.element.setAttribute("tabindex", "0");
  };
  const light = (wish: Wish, isUrgent = true) => {
    if (scene === null || looks === null) return;
    lights = lightsOf(scene, looks, wish);
    chosen = wish.chosen === null ? -1 : scene.numberOf(wish.chosen);
    showCards();
    live?.light(lights);
    const own = chosen < 0 ? [] : scene.edges.filter(({ source, target }) => source === chosen || target === chosen);
    const picked = scene.edges[selected];
    labels.replaceChildren(...[...own.slice(0, MOST_LABELS), ...(picked && !own.includes(picked) ? [picked] : [])].map(createEdgeLabel));
    stale(isUrgent);
  };

  let theming: ReturnType<typeof setTimeout> | null = null;
  watchTheme(() => {
    const reread = () => {
      palette = null;
      stale();
    };
    reread();
    if (theming !== null) clearTimeout(theming);
    theming = setTimeout(reread, THEME_MS);
  }, signal);
  signal.addEventListener("abort", () => theming !== null && clearTimeout(theming), { once: true });

  return {
    svg,
    viewport,
    layer,
    get scene() {
      return scene;
    },
    get lights() {
      return lights;
    },
    faceAt: (at) => looks?.cards[at]?.face ?? null,
    setScene(next, wish) {
      const { fontFamily: family } = getComputedStyle(frame);
      const faces = {
        name: createRuler(`600 12px ${family || "sans-serif"}`),
        middleName: createRuler(`600 16px ${family || "sans-serif"}`),
        farName: createRuler(`600 20px ${family || "sans-serif"}`),
        remark: createRuler(`11px ${family || "sans-serif"}`),
        nameOf: host.nameOf,
      };
      scene = next;
      looks = createLooks(next, view);
      live = createLiveCards(next, view, { faces, onTurn: host.onTurn, onCard: host.onCard });
      [hovered, selected, stop] = [-1, -1, 0];
      titles.replaceChildren(...next.hulls.map((hull) => createHullTitle(hull, host.onTurn)));
      viewport.stage.replaceChildren(titles, live.element, labels, layer);
      light(wish);
    },
    update(change, wish) {
      const touched = looks?.update(change) ?? [];
      if (touched.length === 0) return;
      live?.update(touched);
      // What changed may be shown now, or no longer.
      if (wish.faces.size > 0) light(wish, false);
      else stale(false);
    },
    tick: () => live?.tick(),
    light: (wish) => light(wish),
    mark(nextHovered, nextSelected) {
      if (hovered === nextHovered && selected === nextSelected) return;
      [hovered, selected] = [nextHovered, nextSelected];
      ground.repaint(true);
    },
    stopAt(id) {
      const at = scene?.numberOf(id) ?? -1;
      if (at < 0) return null;
      live?.cards.get(stop)?.element.setAttribute("tabindex", "-1");
      stop = at;
      showCards();
      return live?.cards.get(at)?.element ?? null;
    },
    elementOf: (id) => live?.cards.get(scene?.numberOf(id) ?? -1)?.element ?? null,
    resized: () => ground.moved(),
    paintNow: () => ground.now(),
  };
}
