/** A traceback with the line marked at which it failed. */

import { h } from "../dom.ts";

/** The last frame is where it failed; what follows it up to the error's own line is the code there. */
const FRAME = /^\s*File "(.*)", line (\d+)/;

export function tracebackText(traceback: string): HTMLElement {
  const lines = traceback.split("\n");
  const at = failingLine(lines);
  const parts = lines.map((line, number) => {
    const end = number < lines.length - 1 ? "\n" : "";
    return number === at ? h("span", { class: "mz-failing" }, line + end) : line + end;
  });
  return h("pre", { class: "mz-pre mz-traceback", tabindex: 0 }, ...parts);
}

/** Where in a file or cell it failed; null where the traceback does not say. */
export function failedAt(traceback: string): { readonly file: string; readonly line: number } | null {
  const frames = traceback.split("\n").flatMap((line) => FRAME.exec(line) ?? []);
  const [, file, line] = frames.slice(-3);
  return file === undefined || line === undefined ? null : { file, line: Number(line) };
}

function failingLine(lines: readonly string[]): number {
  const frame = lines.findLastIndex((line) => FRAME.test(line));
  const next = lines[frame + 1];
  if (frame < 0 || next === undefined || !/^\s/.test(next)) return frame;
  return frame + 1;
}
