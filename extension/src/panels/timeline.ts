/** When each task waited and ran, and where: lanes of bars under what the nodes used, on one scale of time. */

import type { Chooser } from "../choice.ts";
import { h, setAttribute, setText } from "../dom.ts";
import { watchTheme } from "../graph/palette.ts";
import { criticalPath } from "../model/critical.ts";
import { isGoingOn } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import barStyle from "../style/bar.css";
import style from "../style/timeline.css";
import type { Panel } from "./panel.ts";
import { createTimelineBar, type TimelineBar } from "./timeline_bar.ts";
import { barsOf, beginOf, endOf, lanesOf, queueDepth, spanOf, type Bar, type LaneBy } from "./timeline_bars.ts";
import { chartsOf } from "./timeline_charts.ts";
import { listenToTimeline, type TimelineActions } from "./timeline_input.ts";
import { EMPTY_SCENE, Picture, type Scene } from "./timeline_picture.ts";
import { ROW_PX, barAt, findBar, placeRows, stepFrom, type BarPlace, type Step } from "./timeline_rows.ts";
import { TimeScale } from "./timeline_scale.ts";
import { createTip } from "./timeline_tip.ts";
import { sentenceOf, summaryOf } from "./timeline_words.ts";

/** With more bars than this, what changed is taken in less often. */
const MANY_BARS = 2_000;
const SELDOM_MS = 300;
/** A bar that is thinner is met from so many pixels beside it. */
const SLACK_PX = 3;
/** Less than this is no stretch that somebody marked. */
const BRUSH_FROM_PX = 3;

let nextId = 0;

export function createTimelinePanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const timeline = new Timeline(view, chooser);
  timeline.listen(signal);
  return {
    element: timeline.element,
    update(change) {
      const isTouched = change.graph || change.run || change.messages || change.tasks === "all" || change.tasks.size > 0;
      if (isTouched) timeline.rebuildSoon();
    },
    tick: () => timeline.rebuildSoon(),
    shown: () => timeline.resize(),
  };
}

/** Keeps the scene in step with the run, and what the person looks at. */
class Timeline {
  readonly element: HTMLElement;
  readonly #summary = h("ul", { class: "mz-unseen", id: `mz-time-${(nextId += 1)}` });
  readonly #said = h("p", { class: "mz-unseen", "aria-live": "polite" });
  readonly #canvas = h("canvas", {
    class: "mz-time-canvas", tabindex: 0, role: "application", "aria-label": "Timeline", "aria-describedby": this.#summary.id,
  });
  readonly #space = h("div");
  readonly #scroller = h("div", { class: "mz-time-scroller" }, h("div", { class: "mz-time-sticky" }, this.#canvas), this.#space);
  readonly #tip = createTip();
  readonly #empty = h("div", { class: "mz-empty" }, "Nothing has run yet");
  readonly #bar: TimelineBar = createTimelineBar({
    lanesBy: (by) => this.#lanesBy(by),
    turnCritical: () => this.#moved(() => (this.#isCriticalShown = !this.#isCriticalShown)),
    turnFollow: () => this.#moved(() => this.#turnFollow()),
    zoom: (factor) => this.#moved(() => this.#scale.zoom(factor, 0.5)),
    fit: () => this.#moved(() => this.#scale.fit()),
  });
  readonly #scale = new TimeScale();
  readonly #picture: Picture;
  #by: LaneBy = "slot";
  #isCriticalShown = true;
  #scene: Scene = EMPTY_SCENE;
  #focused: BarPlace | null = null;
  #hovered: BarPlace | null = null;
  #pointedX: number | null = null;
  #brushed: readonly [number, number] | null = null;
  #frame: number | null = null;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly view: RunView,
    private readonly chooser: Chooser,
  ) {
    this.element = h(
      "div", { class: "mz-timeline" }, h("style", {}, barStyle + style), this.#bar.element, this.#scroller, this.#tip.element,
      this.#empty, this.#summary, this.#said,
    );
    this.#picture = new Picture(this.#canvas, this.element);
  }

  listen(signal: AbortSignal): void {
    const shape = () => {
      const { left, top, width } = this.#picture.lanesArea(this.#scene);
      return { left, width, isHead: (y: number) => y < top };
    };
    listenToTimeline(this.#canvas, shape, this.#actions(), signal);
    this.#scroller.addEventListener("scroll", () => this.#draw(), { passive: true, signal });
    this.chooser.subscribe((choice, before) => choice.task !== before.task && this.#draw(), signal);
    watchTheme(() => {
      this.#picture.forgetColours();
      this.#draw();
    }, signal);
    if (typeof ResizeObserver === "function") {
      const watcher = new ResizeObserver(() => this.resize());
      watcher.observe(this.#scroller);
      signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
    }
    signal.addEventListener("abort", () => {
      clearTimeout(this.#later);
      if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    }, { once: true });
  }

  rebuildSoon(): void {
    if (this.#scene.bars.length < MANY_BARS) this.#rebuild();
    else this.#later ??= setTimeout(() => this.#rebuild(), SELDOM_MS);
  }

  resize(): void {
    this.#picture.resize(this.#scroller);
    this.#space.style.height = `${this.#picture.headPx(this.#scene) + this.#scene.rows.height}px`;
    this.#draw();
  }

  #rebuild(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    const { view } = this;
    const now = view.kernelTime();
    const held = this.#barOf(this.#focused);
    const bars = barsOf(view);
    const lanes = lanesOf(bars, this.#by, now);
    const critical = new Set(view.graph === null ? [] : criticalPath(view.graph, view));
    this.#scene = { bars, lanes, rows: placeRows(lanes), depth: queueDepth(bars, now), charts: chartsOf(view.usage), critical };
    this.#focused = held === undefined ? null : findBar(this.#scene.rows, held.task, held.attempt);
    this.#hovered = null;
    const span = spanOf(bars, view, now);
    this.#scale.setWhole(...span);
    this.#summary.replaceChildren(...summaryOf(lanes, span, now).map((line) => h("li", {}, line)));
    const label = `Timeline of ${bars.length} attempts in ${lanes.length} lanes; arrows walk it, Enter opens a task`;
    setAttribute(this.#canvas, "aria-label", label);
    this.#empty.hidden = bars.length > 0 || this.#scene.charts.length > 0;
    this.#showChoices();
    this.resize();
  }

  #draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#picture.paint(this.#scene, {
        isWhole: this.#by === "task", isCriticalShown: this.#isCriticalShown, chosen: this.chooser.current.task,
        focused: this.#focused, hovered: this.#hovered, pointedX: this.#pointedX, brushed: this.#brushed,
        scrollTop: this.#scroller.scrollTop,
      }, this.#scale, this.view);
    });
  }

  #moved(change: () => unknown): void {
    change();
    this.#showChoices();
    this.#draw();
  }

  #showChoices(): void {
    this.#bar.show({
      by: this.#by, hold: this.#scale.hold, isCriticalShown: this.#isCriticalShown, isGoingOn: isGoingOn(this.view.run),
    });
  }

  #lanesBy(by: LaneBy): void {
    this.#by = by;
    this.#focused = null;
    this.#scroller.scrollTop = 0;
    this.#rebuild();
  }

  #turnFollow(): void {
    const { start, end } = this.#scale.shown;
    if (this.#scale.hold === "tail") this.#scale.show(start, end);
    else this.#scale.follow();
  }

  #barOf(place: BarPlace | null): Bar | undefined {
    return place === null ? undefined : this.#scene.rows.rows[place.row]?.bars[place.at];
  }

  #isCritical(bar: Bar): boolean {
    return !bar.isPast && this.#scene.critical.has(bar.task);
  }

  #origin(): number {
    return this.view.run?.started ?? this.#scale.shown.start;
  }

  #placeAt(x: number, y: number): BarPlace | null {
    const { left, top, width } = this.#picture.lanesArea(this.#scene);
    if (x < left || y < top) return null;
    const slack = (SLACK_PX / width) * this.#scale.span;
    const time = this.#scale.time(x - left, width);
    return barAt(this.#scene.rows, y - top + this.#scroller.scrollTop, time, slack, this.view.kernelTime());
  }

  #actions(): TimelineActions {
    return {
      zoom: (factor, at) => this.#moved(() => this.#scale.zoom(factor, at)),
      pan: (dx, dy) => this.#pan(dx, dy),
      brush: (range) => this.#moved(() => (this.#brushed = range)),
      zoomTo: (from, to) => this.#zoomTo(from, to),
      fit: () => this.#moved(() => this.#scale.fit()),
      point: (x, y) => this.#point(x, y),
      leave: () => this.#leave(),
      press: (x, y) => this.#press(x, y),
      step: (step) => this.#step(step),
      choose: () => this.#choose(this.#focused),
    };
  }

  #pan(dx: number, dy: number): void {
    if (dy !== 0) this.#scroller.scrollTop -= dy;
    if (dx !== 0) this.#moved(() => this.#scale.pan(-dx / this.#picture.lanesArea(this.#scene).width));
  }

  #zoomTo(from: number, to: number): void {
    const { left, width } = this.#picture.lanesArea(this.#scene);
    if (to - from < BRUSH_FROM_PX) return;
    this.#moved(() => this.#scale.show(this.#scale.time(from - left, width), this.#scale.time(to - left, width)));
  }

  #point(x: number, y: number): void {
    const { left, top } = this.#picture.lanesArea(this.#scene);
    const { width, height } = this.#picture.size;
    this.#hovered = this.#placeAt(x, y);
    this.#pointedX = x >= left ? x : null;
    this.#canvas.classList.toggle("mz-is-head", y < top && x >= left);
    this.#canvas.classList.toggle("mz-is-bar", this.#hovered !== null);
    const bar = this.#barOf(this.#hovered);
    const isCritical = bar !== undefined && this.#isCritical(bar);
    const down = this.#scroller.offsetTop;
    const place = { x, y: y + down, width, height: height + down, origin: this.#origin(), now: this.view.kernelTime(), isCritical };
    this.#tip.show(bar, place);
    this.#draw();
  }

  #leave(): void {
    this.#pointedX = this.#hovered = null;
    this.#tip.hide();
    this.#draw();
  }

  #press(x: number, y: number): void {
    const place = this.#placeAt(x, y);
    if (place === null) return;
    this.#focused = place;
    this.#say(place);
    this.#choose(place);
    this.#draw();
  }

  #choose(place: BarPlace | null): void {
    const bar = this.#barOf(place);
    if (bar !== undefined) this.chooser.task(bar.task);
  }

  #step(step: Step): void {
    const now = this.view.kernelTime();
    const place = stepFrom(this.#scene.rows, this.#focused, step, now);
    const bar = this.#barOf(place);
    if (place === null || bar === undefined) return;
    this.#focused = place;
    const { y } = this.#scene.rows.rows[place.row]!;
    const room = this.#picture.lanesArea(this.#scene).height;
    const { scrollTop } = this.#scroller;
    if (y < scrollTop) this.#scroller.scrollTop = y;
    else if (y + ROW_PX > scrollTop + room) this.#scroller.scrollTop = y + ROW_PX - room;
    this.#say(place);
    this.#moved(() => this.#scale.reveal(bar.started ?? beginOf(bar), endOf(bar, now)));
  }

  #say(place: BarPlace): void {
    const row = this.#scene.rows.rows[place.row];
    const bar = this.#barOf(place);
    if (row === undefined || bar === undefined) return;
    setText(this.#said, sentenceOf(bar, row.lane, this.#origin(), this.view.kernelTime(), this.#isCritical(bar)));
  }
}
