/** Lines of a log as elements: streams told apart, what is searched for marked. */

import { h } from "../dom.ts";
import type { LogLine } from "../model/run.ts";

/** Marks beyond these would slow the page and help nobody. */
export const MOST_FOUND = 500;

export interface Written {
  readonly nodes: readonly Node[];
  /** What was found, in order. */
  readonly marks: readonly HTMLElement[];
}

export function writeLines(lines: readonly LogLine[], wanted = ""): Written {
  const marks: HTMLElement[] = [];
  const nodes = runsOf(lines).map(([stream, text], at) => {
    const whole = at === 0 ? text : `\n${text}`;
    const parts = wanted === "" ? [whole] : marked(whole, wanted, marks);
    if (stream !== "stderr") return h("span", {}, ...parts);
    return h("span", { class: "mz-stderr", title: "stderr" }, ...parts);
  });
  return { nodes, marks };
}

/** Lines that follow on one another on the same stream are one text. */
function runsOf(lines: readonly LogLine[]): [string, string][] {
  const runs: [string, string[]][] = [];
  for (const { stream, text } of lines) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] === stream) last[1].push(text);
    else runs.push([stream, [text]]);
  }
  return runs.map(([stream, texts]) => [stream, texts.join("\n")]);
}

function marked(text: string, wanted: string, marks: HTMLElement[]): (Node | string)[] {
  const parts: (Node | string)[] = [];
  const [low, sought] = [text.toLowerCase(), wanted.toLowerCase()];
  let from = 0;
  for (let at = low.indexOf(sought); at >= 0 && marks.length < MOST_FOUND; at = low.indexOf(sought, from)) {
    const mark = h("mark", { class: "mz-found" }, text.slice(at, at + wanted.length));
    parts.push(text.slice(from, at), mark);
    marks.push(mark);
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}
