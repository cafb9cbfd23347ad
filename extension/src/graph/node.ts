/** One task in the drawing: a card of fixed size with glyph, name, time and, when needed, a remark. */

import { s, setAttribute, setText } from "../dom.ts";
import { faceOf, glyph, wordOf } from "../glyphs.ts";
import { kindSign, kindWord } from "../kinds.ts";
import type { Sizes } from "../layout/drawing.ts";
import type { GraphTask, TaskRun } from "../model/run.ts";
import { isUnheard, joined, remark, resourcesText, shortRemark, timeText } from "../story.ts";
import { fit, fitEnd, type Ruler } from "./measure.ts";

export interface NodeCard {
  readonly element: SVGGElement;
  /** Draws the task's state; `now` is the kernel's time. */
  show(task: TaskRun, now: number): void;
}

export interface NodeFaces {
  readonly name: Ruler;
  readonly middleName: Ruler;
  readonly farName: Ruler;
  readonly remark: Ruler;
  nameOf(id: string): string;
}

export const PAD = 10;
export const TEXT_LEFT = 30;
/** Where the larger name begins that is shown when the card itself is small. */
export const FAR_LEFT = 38;
/** Kept free for the time, so that the name is not cut anew with each tick. */
const TIME_ROOM = 46;
/** What the sign of its kind takes before the remark. */
const SIGN_ROOM = 15;

export function createNodeCard(spec: GraphTask, sizes: Sizes, faces: NodeFaces): NodeCard {
  const { nodeWidth: width, nodeHeight: height } = sizes;
  const textRoom = width - TEXT_LEFT - PAD;
  const name = s("text", { class: "mz-node-name", x: TEXT_LEFT });
  name.textContent = fit(spec.name, textRoom - TIME_ROOM, faces.name);
  const middleName = s("text", { class: "mz-node-middle-name", x: TEXT_LEFT });
  middleName.textContent = fit(spec.name, textRoom, faces.middleName);
  const farName = s("text", { class: "mz-node-far-name", x: FAR_LEFT, y: height / 2 + 7 });
  farName.textContent = fit(spec.name, width - FAR_LEFT - 4, faces.farName);
  const time = s("text", { class: "mz-node-time", x: width - PAD, "text-anchor": "end" });
  const kind = kindWord(spec.kind);
  const sign = kind !== "" && s("g", { transform: `translate(${TEXT_LEFT - 1} ${height / 2 + 4})` }, kindSign(kind));
  const signRoom = kind === "" ? 0 : SIGN_ROOM;
  const note = s("text", { class: "mz-node-note", x: TEXT_LEFT + signRoom, y: height / 2 + 14 });
  const mark = s("g", { transform: `translate(${PAD} ${height / 2 - 6})` });
  const hover = s("title");
  const bar = s("rect", { class: "mz-node-bar", x: 0, y: height - 3, height: 3, rx: 1.5, width: 0 });
  const body = s("rect", { class: "mz-node-body", width, height, rx: 4 });
  const element = s(
    "g",
    { class: "mz-node", "data-task": spec.id, role: "button", tabindex: -1 },
    hover, body, bar, mark, name, middleName, farName, time, sign, note,
  );
  let shown = "";

  return {
    element,
    show(task, now) {
      const isMarked = isUnheard(task) && spec.mark !== "";
      const line = isMarked ? joined(spec.mark, spec.why) : remark(task, spec, faces.nameOf);
      const spent = timeText(task, now, "scarce");
      const word = wordOf(task);
      if (shown !== word) {
        shown = word;
        const face = faceOf(task);
        setAttribute(element, "data-state", task.state);
        element.classList.toggle("mz-reused", face === "cached");
        element.classList.toggle("mz-stale", isMarked && spec.mark === "stale");
        mark.replaceChildren(glyph(face));
      }
      for (const text of [name, middleName, time]) setAttribute(text, "y", height / 2 + (line === "" && kind === "" ? 4 : -3));
      setText(time, spent);
      const short = (isMarked ? line : shortRemark(task, spec, faces.nameOf)) || kind;
      if (note.getAttribute("data-full") !== short) {
        setAttribute(note, "data-full", short);
        setText(note, fitEnd(short, textRoom - signRoom, faces.remark));
      }
      setAttribute(bar, "width", Math.round((task.progress ?? 0) * width));
      setText(hover, [joined(spec.name, kind, word, timeText(task, now, "wide")), line, resourcesText(spec.resources)].filter(Boolean).join("\n"));
      setAttribute(element, "aria-label", [spec.name, kind, word, line].filter(Boolean).join(", "));
    },
  };
}
