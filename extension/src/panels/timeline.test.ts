import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChooser } from "../choice.ts";
import { EVERYTHING } from "../model/change.ts";
import { extended } from "../model/usage.ts";
import { notePainting, type Stroke } from "../testing/pen.ts";
import { DIAMOND, NASTY, rawRun, rawState, rawTask, storeOf, tell } from "../testing/runs.ts";
import { createTimelinePanel } from "./timeline.ts";
import { barsOf, lanesOf, queueDepth, spanOf } from "./timeline_bars.ts";
import { chartsOf, sampleAt } from "./timeline_charts.ts";
import { cutMiddle } from "./timeline_draw.ts";
import { barAt, placeRows, stepFrom, ROW_PX } from "./timeline_rows.ts";
import { TimeScale, ticksOf } from "./timeline_scale.ts";

type Raw = Readonly<Record<string, unknown>>;

const ran = (queued: number, started: number, finished: number | null, more: Raw = {}) =>
  rawState(finished === null ? "running" : "succeeded", { queued, started, finished, node_id: "node-a", slot: 0, past: [], ...more });
const past = (attempt: number, started: number, finished: number) => ({
  attempt, state: "failed", queued: started, started, finished, node_id: "node-a", node_ip: null, worker: null, slot: 1,
  gpu_ids: [], reason: "OSError: gone", memory: null, vram: null,
});
const USE = (time: number, more: Raw = {}) => ({
  time, nodes: [{ node_id: "node-a", cpu: 0.5, memory: 1024, total: 4096, devices: [], ...more }],
});

/** a, then b and c on two slots, c after an attempt that failed; d waits for a place. */
const STORY: Raw = {
  run: rawRun("running", { started: 1000 }),
  tasks: {
    a: ran(1000, 1000, 1010),
    b: ran(1010, 1012, 1030, { slot: 0, gpu_ids: [0, 1] }),
    c: ran(1015, 1016, null, { slot: 1, attempt: 2, past: [past(1, 1010, 1014)] }),
    d: rawState("pending", { queued: 1030, reason: "no room", past: [] }),
  },
  usage: [USE(1002), USE(1004, { devices: [{ index: 0, load: 0.25, used: 512, total: 2048 }] })],
  messages: [], last_seq: 9,
};

const lanes = (by: "slot" | "device" | "task", story = STORY) =>
  lanesOf(barsOf(storeOf(story)), by, 1100).map(({ title, rows }) => [title, rows.map((row) => row.bars.map((bar) => `${bar.task}${bar.attempt}`))]);

describe("bars and lanes", () => {
  it("has a bar for each attempt, with its wait", () => {
    const shown = barsOf(storeOf(STORY)).map((bar) => [bar.task, bar.attempt, bar.queued, bar.started, bar.finished, bar.face]);
    expect(shown).toEqual([
      ["a", 1, 1000, 1000, 1010, "succeeded"],
      ["b", 1, 1010, 1012, 1030, "succeeded"],
      ["c", 1, 1010, 1010, 1014, "failed"],
      ["c", 2, 1015, 1016, null, "running"],
      ["d", 1, 1030, null, null, "pending"],
    ]);
  });

  it.each([
    ["slot", [["slot 0", [["a1", "b1"]]], ["slot 1", [["c1", "c2"]]], ["no place yet", [["d1"]]]]],
    ["device", [["GPU 0", [["b1"]]], ["GPU 1", [["b1"]]], ["no GPU", [["a1", "c1", "c2"]]], ["no place yet", [["d1"]]]]],
    ["task", [["name_a", [["a1"]]], ["name_b", [["b1"]]], ["name_c", [["c1", "c2"]]], [NASTY, [["d1"]]]]],
  ] as const)("has lanes by %s", (by, expected) => {
    expect(lanes(by)).toEqual(expected);
  });

  it("gives bars that overlap rows of their own", () => {
    const tasks = { a: ran(1000, 1000, 1010), b: ran(1000, 1005, 1015), c: ran(1000, 1010, 1012) };
    expect(lanes("slot", { ...STORY, tasks })[0]).toEqual(["slot 0", [["a1", "c1"], ["b1"]]]);
  });

  it.each([
    ["nothing that did not run", { a: rawState("waiting"), b: rawState("skipped"), c: rawState("succeeded", { finished: 1001, reused_from: "cache" }) }, []],
    ["an attempt that is to come, beside the one that failed",
      { a: rawState("retrying", { attempt: 1, queued: 1020, started: 1010, finished: 1014, past: [past(1, 1010, 1014)] }) },
      [["slot 1", [["a1"]]], ["no place yet", [["a2"]]]]],
    ["a task of which only the node is known", { a: ran(1000, 1000, 1001, { slot: null, worker: "tcp://10.0.0.4:41" }) }, [["10.0.0.4:41", [["a1"]]]]],
  ])("shows %s", (_, tasks, expected) => {
    expect(lanes("slot", { ...STORY, tasks })).toEqual(expected);
  });

  it("shows a long map in figures, with the items that are told of", () => {
    const graph = { ...DIAMOND, tasks: [rawTask("m", { kind: "map" })], edges: [] };
    const map = { count: 400, counts: { succeeded: 390, failed: 2, running: 8 }, started: 1001, finished: null, items: ["m.7"] };
    const store = storeOf({ ...STORY, tasks: { m: rawState("waiting"), "m.7": ran(1000, 1003, null) }, maps: { m: map } }, graph);
    expect(barsOf(store).map((bar) => [bar.name, bar.isMany, bar.note])).toEqual([
      ["name_m[7]", false, ""],
      ["name_m × 400", true, "390 succeeded · 2 failed · 8 running"],
    ]);
    expect(lanesOf(barsOf(store), "slot", 1100).map((lane) => lane.title)).toEqual(["slot 0", "maps"]);
  });

  it("counts who was ready and did not run", () => {
    const { times, counts, most } = queueDepth(barsOf(storeOf(STORY)), 1100);
    expect(times.map((time, at) => [time, counts[at]])).toEqual([[1010, 1], [1012, 0], [1015, 1], [1016, 0], [1030, 1], [1100, 0]]);
    expect(most).toBe(1);
  });

  it("goes from the start of the run to now, and to its end once it has one", () => {
    const store = storeOf(STORY);
    expect(spanOf(barsOf(store), store, 1100)).toEqual([1000, 1100]);
    const over = storeOf({ ...STORY, run: rawRun("succeeded", { finished: 1050 }), tasks: { a: ran(1000, 1000, 1010) } });
    expect(spanOf(barsOf(over), over, 1100)).toEqual([1000, 1050]);
  });
});

describe("the scale", () => {
  it("fits all, zooms around a place, moves within bounds and follows", () => {
    const scale = new TimeScale();
    scale.setWhole(0, 100);
    expect(scale.shown).toEqual({ start: -2, end: 102 });
    scale.show(40, 60);
    expect(scale.time(scale.x(45, 500), 500)).toBeCloseTo(45);
    scale.zoom(2, 0.25);
    expect(scale.shown.start).toBeCloseTo(42.5);
    expect(scale.span).toBeCloseTo(10);
    scale.pan(1000);
    expect(scale.shown.end).toBeCloseTo(110);
    scale.zoom(1e9, 0.5);
    expect(scale.span).toBeGreaterThanOrEqual(0.01);
    scale.zoom(1e-9, 0.5);
    expect(scale.span).toBeCloseTo(120);
    scale.show(20, 40);
    scale.follow();
    scale.setWhole(0, 200);
    expect(scale.shown.end).toBeCloseTo(200.4);
    expect(scale.span).toBeCloseTo(20);
    scale.fit();
    scale.setWhole(0, 300);
    expect(scale.shown.end).toBe(306);
  });

  it.each([
    [0, 0.01, ["0", "0.002 s", "0.004 s", "0.006 s", "0.008 s"]],
    [0, 10, ["0", "2 s", "4 s", "6 s", "8 s", "10 s"]],
    [55, 75, ["55 s", "1 min", "1:05 min", "1:10 min", "1:15 min"]],
    [3500, 7300, ["1:00 h", "1:15 h", "1:30 h", "1:45 h", "2:00 h"]],
    [0, 864_000, ["0", "48:00 h", "96:00 h", "144:00 h", "192:00 h", "240:00 h"]],
  ])("has round ticks from %s to %s", (start, end, texts) => {
    expect(ticksOf({ start: 1000 + start, end: 1000 + end }, 1000, 5).map((tick) => tick.text)).toEqual(texts);
  });
});

describe("what nodes used", () => {
  it("has a chart for what there is, and a second where there is a GPU", () => {
    const store = storeOf(STORY);
    const charts = chartsOf(store.usage);
    expect(charts.map((chart) => [chart.title, sampleAt(chart.area, 1005)?.text, sampleAt(chart.line!, 1005)?.text])).toEqual([
      ["CPU", "50 %", "1.0 GB"],
      ["GPU", "25 %", "512 MB"],
    ]);
    expect(chartsOf([])).toEqual([]);
  });

  it("says nothing of times without samples", () => {
    const [chart] = chartsOf(storeOf(STORY).usage);
    expect(sampleAt(chart!.area, 999)).toBeNull();
    expect(sampleAt(chart!.area, 1400)).toBeNull();
  });

  it("takes in what is new, and stays within bounds", () => {
    const store = storeOf(STORY);
    tell(store, { kind: "delta", run: null, tasks: {}, usage: [USE(1006), "no point"], messages: [], first_seq: 10, last_seq: 10 });
    expect(store.usage.map((point) => point.time)).toEqual([1002, 1004, 1006]);
    let series = store.usage;
    for (let at = 0; at < 3000; at += 1) series = extended(series, [{ time: 2000 + at, nodes: [] }]);
    expect(series.length).toBe(300);
    expect(series.at(-1)!.time).toBe(4999);
    const holes = series.slice(4).map((point, at) => point.time - series[at + 3]!.time);
    expect(Math.max(...holes)).toBeLessThan(40);
  });
});

describe("places", () => {
  const store = storeOf(STORY);
  const rows = placeRows(lanesOf(barsOf(store), "slot", 1100));
  const taskAt = (y: number, time: number, slack = 0) => {
    const place = barAt(rows, y, time, slack, 1100);
    return place && rows.rows[place.row]!.bars[place.at]!.task;
  };

  it.each([
    ["in a bar", 5, 1005, 0, "a"],
    ["in the wait before one", 5, 1011, 0, "b"],
    ["after all", 5, 1040, 0, null],
    ["beside a bar", 5, 1030.5, 1, "b"],
    ["in another row", ROW_PX + 8, 1050, 0, "c"],
    ["between lanes", ROW_PX + 2, 1050, 0, null],
    ["below all", 900, 1005, 0, null],
  ])("finds what is %s", (_, y, time, slack, expected) => {
    expect(taskAt(y, time, slack)).toBe(expected);
  });

  it("leads from bar to bar", () => {
    const walk = ["right", "right", "right", "down", "left", "down", "down", "up", "first", "last"] as const;
    let place = stepFrom(rows, null, "right", 1100);
    const seen = [place].concat(walk.map((step) => (place = stepFrom(rows, place, step, 1100))));
    expect(seen.map((found) => rows.rows[found!.row]!.bars[found!.at]!).map((bar) => `${bar.task}${bar.attempt}`)).toEqual(
      ["a1", "b1", "b1", "b1", "c2", "c1", "d1", "d1", "c2", "c1", "c2"],
    );
  });
});

it.each([
  ["node-a · slot 3", 200, "node-a · slot 3"],
  ["a-very-long-name-of-a-node · slot 13", 92, "a-ver… slot 13"],
  ["train_a_network_for_long", 60, "train_a_…"],
])("cuts %s", (text, width, expected) => {
  expect(cutMiddle(text, width)).toBe(expected);
});

describe("the panel", () => {
  let painted: { readonly strokes: Stroke[]; stop(): void };
  let frames: (() => void)[] = [];
  const request = globalThis.requestAnimationFrame;

  beforeEach(() => {
    painted = notePainting();
    frames = [];
    globalThis.requestAnimationFrame = (call) => frames.push(() => call(0));
  });
  afterEach(() => {
    painted.stop();
    globalThis.requestAnimationFrame = request;
  });

  function panelOf(story: Raw = STORY, graph: Raw = DIAMOND) {
    const chooser = createChooser();
    const end = new AbortController();
    const panel = createTimelinePanel(storeOf(story, graph), chooser, end.signal);
    document.body.replaceChildren(panel.element);
    panel.update(EVERYTHING);
    const paint = () => frames.splice(0).forEach((frame) => frame());
    paint();
    const canvas = panel.element.querySelector("canvas")!;
    const key = (name: string) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key: name, cancelable: true }));
    const texts = () => painted.strokes.flatMap(({ what, args }) => (what === "fillText" ? String(args[0]) : []));
    const press = (title: string) => [...panel.element.querySelectorAll("button")].find((each) => each.textContent === title)!.click();
    return { panel, chooser, canvas, key, texts, paint, press, end };
  }

  it("paints lanes, names, waits, charts and the time", () => {
    const { texts } = panelOf();
    expect(texts()).toEqual(expect.arrayContaining(["slot 0", "slot 1", "no place yet", "0", "waiting ≤ 1", "━ CPU 50 %"]));
    expect(texts().some((text) => text.startsWith("name_b"))).toBe(true);
    expect(painted.strokes.some(({ what, fill }) => what === "fillRect" && fill === "hatched")).toBe(true);
  });

  it("does not hatch in a slot the wait of an item, of whose like only some are known", () => {
    const graph = { ...DIAMOND, tasks: [rawTask("m", { kind: "map" })], edges: [] };
    const map = { count: 400, counts: { succeeded: 400 }, started: 1000, finished: 1030, items: ["m.399"] };
    const { texts } = panelOf({ ...STORY, tasks: { "m.399": ran(1000, 1020, 1021) }, maps: { m: map } }, graph);
    frames.splice(0).forEach((frame) => frame());
    expect(texts()).toContain("slot 0");
    expect(painted.strokes.some(({ what, fill }) => what === "fillRect" && fill === "hatched")).toBe(false);
  });

  it("is walked by keys, says what is there, and opens a task", () => {
    const { key, panel, chooser } = panelOf();
    const said = () => panel.element.querySelector("[aria-live]")!.textContent;
    key("ArrowRight");
    expect(said()).toBe("name_a: succeeded; ran 10 s, from +0.0 ms; slot 0; on the critical path");
    key("ArrowDown");
    expect(said()).toContain("name_c: failed; attempt 1; ran 4.0 s, from +10 s; slot 1; OSError: gone");
    key("Enter");
    expect(chooser.current.task).toBe("c");
  });

  it("leaves keys alone that it does not know", () => {
    expect(panelOf().key("x")).toBe(true);
  });

  it("has a text that says what each lane held", () => {
    const lines = [...panelOf().panel.element.querySelectorAll("li")].map((line) => line.textContent);
    expect(lines).toEqual(["slot 0: 2 attempts, busy 28 %", "slot 1: 2 attempts, busy 88 %", "1 task waiting for a place"]);
  });

  it("turns to lanes by task", () => {
    const { press, paint, texts } = panelOf();
    painted.strokes.length = 0;
    press("Tasks");
    paint();
    expect(texts()).toContain("name_a");
    expect(texts()).not.toContain("slot 0");
  });

  it("follows only while there is something to follow", () => {
    const follow = (panel: HTMLElement) => [...panel.querySelectorAll("button")].find((each) => each.textContent === "Follow")!;
    expect(follow(panelOf().panel.element).hidden).toBe(false);
    expect(follow(panelOf({ ...STORY, run: rawRun("succeeded", { finished: 1050 }) }).panel.element).hidden).toBe(true);
  });

  it("says that nothing has run", () => {
    const { panel } = panelOf({ run: rawRun("running"), tasks: {}, messages: [], last_seq: 0 });
    expect(panel.element.querySelector<HTMLElement>(".mz-empty")!.hidden).toBe(false);
  });

  it("paints 10,000 bars once a pixel at most, and only rows in sight", () => {
    const tasks = Array.from({ length: 10_000 }, (_, at) => rawTask(`t${at}`));
    const states = Object.fromEntries(tasks.map(({ id }, at) => {
      const started = 1000 + Math.floor(at / 8);
      return [id, ran(1000, started, started + 0.9, { slot: at % 8 })];
    }));
    const { press, paint } = panelOf({ ...STORY, tasks: states }, { ...DIAMOND, tasks, edges: [] });
    const rects = () => painted.strokes.filter(({ what }) => what === "fillRect").length;
    expect(rects()).toBeLessThan(8 * 800 * 2);
    painted.strokes.length = 0;
    press("Tasks");
    paint();
    expect(rects()).toBeLessThan(400);
  });

  it("lets go of all when it is closed", () => {
    const { end, key, panel } = panelOf();
    end.abort();
    key("ArrowRight");
    expect(panel.element.querySelector("[aria-live]")!.textContent).toBe("");
  });
});
