/** What the chosen task displayed: pictures, pages that cannot do anything, and text. */

import { h } from "../dom.ts";
import type { Display } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Pane } from "./log.ts";
import { section } from "./sections.ts";

/** A page may use what it brings along, and nothing else. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function createDisplaysPane(id: string, view: RunView): Pane {
  const list = h("div", { class: "mz-displays" });
  const element = section("Output", list);
  let drawn: readonly Display[] | null = null;
  return {
    element,
    update() {
      const displays = view.displays(id);
      element.hidden = displays.length === 0;
      if (displays === drawn) return;
      drawn = displays;
      const colour = getComputedStyle(element).color;
      list.replaceChildren(...displays.map((display) => shown(display, colour)));
    },
  };
}

/** One display, whoever made it. */
export function shown({ mime, text, image, html, place }: Display, colour: string): HTMLElement {
  const note = place === "" ? null : h("p", { class: "mz-quiet" }, `${mime}, ${place}`);
  if (image !== "") return h("div", { class: "mz-display" }, h("img", { src: image, alt: text || mime }), note);
  if (html !== "") {
    const srcdoc = `<meta http-equiv="Content-Security-Policy" content="${POLICY}"><style>${pageStyle(colour)}</style>${html}`;
    const style = `height: ${pageHeight(html)}px`;
    return h("div", { class: "mz-display" }, h("iframe", { sandbox: "", srcdoc, style, title: text || mime }), note);
  }
  const what = text === "" && note === null ? h("p", { class: "mz-quiet" }, mime) : null;
  return h("div", { class: "mz-display" }, text !== "" && h("pre", { class: "mz-pre", tabindex: 0 }, text), note, what);
}

/** About as high as the page will be: a page of another origin does not tell. */
function pageHeight(html: string): number {
  const lines = html.match(/<(tr|p|li|br|div|h\d|pre)\b/g)?.length ?? 1;
  return Math.min(260, 16 + 21 * Math.max(1, lines));
}

function pageStyle(colour: string): string {
  const safe = /^[\w(),.%\s/]+$/.test(colour) ? colour : "inherit";
  return (
    `body{margin:0;font:12px system-ui,sans-serif;color:${safe}}` +
    "table{border-collapse:collapse;border:0}td,th{padding:2px 8px;text-align:right;border:0}" +
    "thead th{border-bottom:1px solid #80808080}tr:nth-child(even){background:#80808018}"
  );
}
