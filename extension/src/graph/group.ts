/** Many tasks as one card: the items of a map, or a closed sub-workflow, with counts and a thin bar. */

import { s, setAttribute, setText } from "../dom.ts";
import { glyph, lookOf, type Face } from "../glyphs.ts";
import type { Sizes } from "../layout/drawing.ts";
import type { GraphTask } from "../model/run.ts";
import { duration, shortDuration, ticking } from "../format.ts";
import { joined } from "../story.ts";
import { BAR, countsText, grouped, type Sum } from "../sum.ts";
import { fit, fitEnd } from "./measure.ts";
import { FAR_LEFT, PAD, TEXT_LEFT, type NodeFaces } from "./node.ts";

export interface GroupCard {
  readonly element: SVGGElement;
  /** `times` stands after the name, `note` in place of counts while there are none worth it. */
  show(sum: Sum, times: string, note: string, now: number): void;
}

/** "59:59": beside the number of items there is no room for more. */
const TIME_SCARCE = 33;
const GLYPH_SCALE = 0.75;
const GAP = 7;

/** With `onTurn` it has a sign that opens it. */
export function createGroupCard(
  spec: GraphTask,
  sizes: Sizes,
  faces: NodeFaces,
  onTurn: (() => void) | null,
): GroupCard {
  const { nodeWidth: width, nodeHeight: height } = sizes;
  const name = s("text", { class: "mz-node-name", x: TEXT_LEFT, y: height / 2 - 4 });
  const middleName = s("text", { class: "mz-node-middle-name", x: TEXT_LEFT, y: height / 2 - 3 });
  const farName = s("text", { class: "mz-node-far-name", x: FAR_LEFT, y: height / 2 + 7 });
  const time = s("text", { class: "mz-node-time", x: width - PAD, y: height / 2 - 4, "text-anchor": "end" });
  const counts = s("g", { class: "mz-counts", transform: `translate(${TEXT_LEFT} ${height / 2 + 11})` });
  const mark = s("g", { transform: `translate(${PAD} ${height / 2 - 6})` });
  const hover = s("title");
  const bar = s("g", { class: "mz-stack", transform: `translate(0 ${height - 3})` });
  const behind = s("path", { class: "mz-node-behind", d: `M5 ${height + 3}H${width + 3}V5` });
  const body = s("rect", { class: "mz-node-body", width, height, rx: 4 });
  const element = s(
    "g",
    { class: "mz-node mz-is-group", "data-task": spec.id, role: "button", tabindex: -1 },
    hover, behind, body, bar, mark, name, middleName, farName, time, counts,
    onTurn && turner(width, height, onTurn),
  );
  const room = width - TEXT_LEFT - PAD - (onTurn ? 14 : 0);
  let [drawn, label] = ["", ""];

  return {
    element,
    show(sum, times, note, now) {
      const title = titled(spec.name, times);
      if (label !== title) {
        label = title;
        const tail = times === "" ? "" : ` ${times}`;
        setText(name, fit(spec.name, width - TEXT_LEFT - PAD - TIME_SCARCE - faces.name.width(tail), faces.name) + tail);
        setText(middleName, fit(title, width - TEXT_LEFT - PAD, faces.middleName));
        setText(farName, fit(title, width - FAR_LEFT - 4, faces.farName));
      }
      const spent = timeOf(sum, now, shortDuration);
      setText(time, spent);
      const key = JSON.stringify([sum.counts, sum.face, note]);
      if (key !== drawn) {
        drawn = key;
        setAttribute(element, "data-state", sum.face === "cached" ? "succeeded" : sum.face);
        element.classList.toggle("mz-reused", sum.face === "cached");
        mark.replaceChildren(glyph(sum.face));
        counts.replaceChildren(...(note === "" ? drawCounts(sum, room, faces) : [noteText(note, room, faces)]));
        bar.replaceChildren(...drawBar(sum, width));
      }
      const said = note === "" ? countsText(sum) : note;
      setText(hover, [joined(title, timeOf(sum, now, duration)), said].filter(Boolean).join("\n"));
      setAttribute(element, "aria-label", [title, lookOf(sum.face).label, said].filter(Boolean).join(", "));
    },
  };
}

/** Parts of the bar as wide as their share; what is only waiting is left free. */
function drawBar({ counts, total }: Sum, width: number): SVGElement[] {
  const number = new Map<Face, number>(counts);
  let x = 0;
  return BAR.flatMap((face) => {
    const share = ((number.get(face) ?? 0) / Math.max(total, 1)) * width;
    if (share === 0) return [];
    // One that failed among ten thousand is seen all the same.
    const wide = Math.min(width - x, Math.max(share, face === "failed" ? 2 : 0));
    const part = s("rect", { class: `mz-stack-part mz-is-${face}`, x: x.toFixed(2), width: wide.toFixed(2), height: 3 });
    x += wide;
    return part;
  });
}

function drawCounts({ counts }: Sum, room: number, { remark }: NodeFaces): SVGElement[] {
  const parts: SVGElement[] = [];
  let x = 0;
  // What only waits is seen from the bar too: where there is little room it goes first.
  const isIdle = (face: Face) => face === "waiting" || face === "pending";
  const ordered = [...counts.filter(([face]) => !isIdle(face)), ...counts.filter(([face]) => isIdle(face))];
  for (const [face, number] of ordered) {
    const text = grouped(number);
    const wide = 12 * GLYPH_SCALE + 3 + remark.width(text);
    if (x + wide > room) break;
    const mark = glyph(face);
    mark.setAttribute("transform", `translate(${x.toFixed(1)} -8.5) scale(${GLYPH_SCALE})`);
    parts.push(mark, s("text", { class: "mz-node-note", x: (x + 12 * GLYPH_SCALE + 3).toFixed(1) }, text));
    x += wide + GAP;
  }
  return parts;
}

function noteText(note: string, room: number, { remark }: NodeFaces): SVGElement {
  return s("text", { class: "mz-node-note" }, fitEnd(note, room, remark));
}

function turner(width: number, height: number, onTurn: () => void): SVGElement {
  const [x, y] = [width - PAD - 6, height / 2 + 8];
  const element = s(
    "g",
    { class: "mz-turn", "data-turn": "open", "aria-hidden": "true" },
    s("title", {}, "Open it in the graph"),
    s("rect", { class: "mz-turn-reach", x: x - 10, y: y - 10, width: 20, height: 20 }),
    s("path", { class: "mz-turn-sign", d: `M${x - 4} ${y}h8M${x} ${y - 4}v8` }),
  );
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    onTurn();
  });
  return element;
}

function timeOf({ started, finished }: Sum, now: number, say: (seconds: number) => string): string {
  if (started === null) return "";
  return finished === null ? ticking(now - started, say) : say(Math.max(0, finished - started));
}

function titled(name: string, times: string): string {
  return [name, times].filter(Boolean).join(" ");
}
