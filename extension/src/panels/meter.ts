/** How much of something is taken, as a thin bar with words: what is reserved, what is in use. */

import { h } from "../dom.ts";

export interface Amounts {
  readonly name: string;
  readonly total: number;
  /** Taken by tasks. */
  readonly taken: number;
  /** Taken by others. */
  readonly lost?: number;
  /** What was measured to be in use, 0 to `total`; null where it is not told. */
  readonly used: number | null;
  say(amount: number): string;
  /** How much is taken, in words; else said of `taken` and `total`. */
  readonly share?: string;
}

export function meter({ name, total, taken, lost = 0, used, say, share = `${say(taken)} of ${say(total)}` }: Amounts): HTMLElement {
  const part = (amount: number) => (total > 0 ? Math.min(100, Math.max(0, (amount / total) * 100)) : 0);
  const bar = h("span", { class: "mz-meter-bar" });
  for (const [kind, amount] of [["mz-meter-taken", taken], ["mz-meter-lost", lost]] as const) {
    if (amount <= 0) continue;
    const piece = h("span", { class: kind });
    piece.style.width = `${part(amount)}%`;
    bar.append(piece);
  }
  if (used !== null && total > 0) {
    const tick = h("span", { class: "mz-meter-used" });
    tick.style.left = `${part(used)}%`;
    bar.append(tick);
  }
  const words = [
    `${share} reserved by tasks`,
    lost > 0 ? `${say(lost)} taken by other programs` : "",
    used === null ? "" : `${say(used)} in use`,
  ].filter((word) => word !== "").join(", ");
  return h(
    "div",
    {
      class: `mz-meter${part(taken) >= 99.5 ? " mz-is-full" : ""}`, title: words, role: "meter", "aria-label": name,
      "aria-valuenow": Math.round(part(taken)), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuetext": words,
    },
    h("span", { class: "mz-meter-name" }, name),
    bar,
    h("span", { class: "mz-meter-text" }, share, used === null ? "" : h("span", { class: "mz-quiet" }, ` · ${say(used)} in use`)),
  );
}
