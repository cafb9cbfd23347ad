/** Colours and letters for what is painted, read from the style of the page, light or dark. */

import { h } from "../dom.ts";
import type { Face } from "../glyphs.ts";

export interface Palette {
  readonly ground: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly edge: string;
  readonly frame: string;
  readonly family: string;
  /** The colour of a state, as of its glyph. */
  readonly face: Readonly<Record<Face, string>>;
  /** A card that stands out, such as a running one, and one seen from afar. */
  readonly tint: Readonly<Record<Face, string>>;
  readonly far: Readonly<Record<Face, string>>;
}

/** Each state borrows the colour of one that has a variable of its own, and how much of it shows from afar. */
const FACES: Readonly<Record<Face, readonly [colour: string, percent: number]>> = {
  waiting: ["waiting", 30],
  pending: ["waiting", 42],
  running: ["running", 100],
  retrying: ["retrying", 100],
  was_running: ["retrying", 100],
  succeeded: ["succeeded", 62],
  cached: ["succeeded", 36],
  failed: ["failed", 100],
  skipped: ["waiting", 22],
  cancelled: ["cancelled", 55],
  unknown: ["waiting", 42],
};

/** `place` has the style; the browser resolves what is written in variables and mixtures. */
export function readPalette(place: HTMLElement): Palette {
  const probe = h("span", { hidden: true });
  place.append(probe);
  const style = getComputedStyle(probe);
  const colour = (said: string) => {
    probe.style.color = said;
    return style.color;
  };
  const own = (name: string) => colour(`var(--mz-${name})`);
  const faces = (say: (name: string, percent: number) => string) =>
    Object.fromEntries(Object.entries(FACES).map(([face, [name, percent]]) => [face, say(name, percent)])) as Record<Face, string>;
  const palette = {
    ground: own("bg"),
    text: own("text"),
    quiet: own("quiet"),
    line: own("line-strong"),
    accent: own("accent"),
    edge: own("edge"),
    frame: colour("color-mix(in srgb, var(--mz-text) 4%, var(--mz-bg))"),
    family: style.fontFamily || "sans-serif",
    face: faces(own),
    tint: faces((name) => colour(`color-mix(in srgb, var(--mz-${name}) var(--mz-tint), var(--mz-bg))`)),
    far: faces((name, percent) => colour(`color-mix(in srgb, var(--mz-${name}) ${percent}%, var(--mz-bg))`)),
  };
  probe.remove();
  return palette;
}

/** Calls back when the page's theme may have changed. */
export function watchTheme(onChange: () => void, signal: AbortSignal): void {
  const watcher = new MutationObserver(onChange);
  for (const element of [document.documentElement, document.body]) {
    watcher.observe(element, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-theme"] });
  }
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
  // JupyterLab says first which theme it is, and loads its style sheet then; a load does not bubble.
  document.addEventListener("load", ({ target }) => {
    if (target instanceof HTMLLinkElement) onChange();
  }, { capture: true, signal });
  if (typeof matchMedia === "function") {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange, { signal });
  }
}
