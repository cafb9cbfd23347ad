/** What sort of thing a task runs, where that is not just Python: a small sign, and the word itself. */

import { s } from "./dom.ts";

const PROMPT = "M1.6 3l3 3l-3 3M6.4 9.2h4";
const BOX = "M6 1.2l4.6 2.3v5L6 10.8L1.4 8.5V3.5zM1.4 3.5L6 5.8l4.6-2.3M6 5.8v5";
const PAGE = "M3 1.3h7.2v9.4H3zM1.4 3.8H3M1.4 8.2H3M5.2 4h3M5.2 6.5h3";

/** Paths in a box of 12 by 12, stroked. */
const SIGNS: Readonly<Record<string, string>> = { command: PROMPT, shell: PROMPT, container: BOX, notebook: PAGE };

/** The word for a kind of task; empty for Python and what is no kind of its own. */
export function kindWord(kind: string): string {
  return Object.hasOwn(SIGNS, kind) ? kind : "";
}

/** The sign for a kind of task, to stand in a drawing; the word is said beside it. */
export function kindSign(kind: string): SVGPathElement | null {
  return kindWord(kind) === "" ? null : s("path", { class: "mz-kind", d: SIGNS[kind]!, "data-kind": kind });
}
