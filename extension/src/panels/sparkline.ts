/** When the tasks of a run ended, as small bars. */

import { s } from "../dom.ts";
import { duration, plural } from "../format.ts";
import type { ListedRun } from "../model/run_list.ts";

const WIDTH = 72;
const HEIGHT = 18;
const LEAST_PX = 1.5;

/** Bars over the time from the run's start to its end, or to now; those of failed tasks stand out. */
export function sparkline(run: ListedRun, now: number): SVGSVGElement {
  const { seconds, ended, failed } = run.sparkline;
  // Of a run that nobody works on the time goes no further than its tasks went.
  const end = run.finished ?? (run.status === "running" ? now : null);
  const length = run.started === null || end === null ? 0 : Math.max(0, end - run.started);
  const bars = Math.max(ended.length, Math.min(Math.ceil(length / seconds), 2 * ended.length + 24), 1);
  const most = Math.max(...ended, 1);
  const wide = WIDTH / bars;
  const height = (count: number) => (count === 0 ? 0 : Math.max(LEAST_PX, (count / most) * (HEIGHT - 2)));
  const bar = (kind: string, at: number, count: number, tall: number) =>
    count > 0 && s("rect", {
      class: kind,
      x: round(at * wide),
      y: round(HEIGHT - 1 - tall),
      width: round(Math.max(wide - (wide > 3 ? 1 : 0), 1)),
      height: round(tall),
    });
  const total = ended.reduce((sum, count) => sum + count, 0);
  const lost = failed.reduce((sum, count) => sum + count, 0);
  const said = `${plural(total, "task")} ended${lost > 0 ? `, ${lost} of them failed` : ""}; a bar is ${duration(seconds)}`;
  return s(
    "svg",
    { class: "mz-spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said },
    s("title", {}, said),
    s("line", { class: "mz-spark-base", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }),
    ...ended.flatMap((count, at) => [
      bar("mz-spark-bar", at, count, height(count)),
      bar("mz-spark-bar mz-is-failed", at, failed[at] ?? 0, height(Math.min(failed[at] ?? 0, count))),
    ]),
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
