/** One task in the drawing: a card of fixed size with glyph, name, time and, when needed, a remark. */

import { s, setAttribute, setText } from "../dom.ts";
import { faceOf, glyph, wordOf } from "../glyphs.ts";
import type { Sizes } from "../layout/drawing.ts";
import type { GraphTask, TaskRun } from "../model/run.ts";
import { joined, remark, shortRemark, timeText } from "../story.ts";
import { fit, fitEnd, type Ruler } from "./measure.ts";

export interface NodeCard {
  readonly element: SVGGElement;
  /** Draws the task's state; `now` is the kernel's time. */
  show(task: TaskRun, now: number): void;
}

export interface NodeFaces {
  readonly name: Ruler;
  readonly farName: Ruler;
  readonly remark: Ruler;
  nameOf(id: string): string;
}

const PAD = 10;
const TEXT_LEFT = 30;
/** Where the larger name begins that is shown when the card itself is small. */
const FAR_LEFT = 38;
/** Kept free for the time, so that the name is not cut anew with each tick. */
const TIME_ROOM = 46;

export function createNodeCard(spec: GraphTask, sizes: Sizes, faces: NodeFaces): NodeCard {
  const { nodeWidth: width, nodeHeight: height } = sizes;
  const textRoom = width - TEXT_LEFT - PAD;
  const name = s("text", { class: "mz-node-name", x: TEXT_LEFT });
  name.textContent = fit(spec.name, textRoom - TIME_ROOM, faces.name);
  const farName = s("text", { class: "mz-node-far-name", x: FAR_LEFT, y: height / 2 + 7 });
  farName.textContent = fit(spec.name, width - FAR_LEFT - 4, faces.farName);
  const time = s("text", { class: "mz-node-time", x: width - PAD, "text-anchor": "end" });
  const note = s("text", { class: "mz-node-note", x: TEXT_LEFT, y: height / 2 + 14 });
  const mark = s("g", { transform: `translate(${PAD} ${height / 2 - 6})` });
  const hover = s("title");
  const bar = s("rect", { class: "mz-node-bar", x: 0, y: height - 3, height: 3, rx: 1.5, width: 0 });
  const body = s("rect", { class: "mz-node-body", width, height, rx: 4 });
  const element = s(
    "g",
    { class: "mz-node", "data-task": spec.id, role: "button", tabindex: -1 },
    hover, body, bar, mark, name, farName, time, note,
  );
  let shown = "";

  return {
    element,
    show(task, now) {
      const line = remark(task, spec, faces.nameOf);
      const spent = timeText(task, now, "scarce");
      const word = wordOf(task);
      if (shown !== word) {
        shown = word;
        const face = faceOf(task);
        setAttribute(element, "data-state", task.state);
        element.classList.toggle("mz-reused", face === "cached");
        mark.replaceChildren(glyph(face));
      }
      for (const text of [name, time]) setAttribute(text, "y", height / 2 + (line === "" ? 4 : -3));
      setText(time, spent);
      const short = shortRemark(task, spec, faces.nameOf);
      if (note.getAttribute("data-full") !== short) {
        setAttribute(note, "data-full", short);
        setText(note, fitEnd(short, textRoom, faces.remark));
      }
      setAttribute(bar, "width", Math.round((task.progress ?? 0) * width));
      setText(hover, [joined(spec.name, word, timeText(task, now, "wide")), line].filter(Boolean).join("\n"));
      setAttribute(element, "aria-label", [spec.name, word, line].filter(Boolean).join(", "));
    },
  };
}
