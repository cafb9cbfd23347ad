/** Fitting text into a width. */

export interface Ruler {
  width(text: string): number;
}

/** Widths estimated from an average letter, for places without a canvas. */
const ESTIMATE: Ruler = { width: (text) => text.length * 6.8 };

/** Measures with the browser's own font; a drawing is not laid out for it. */
export function createRuler(font: string): Ruler {
  if (typeof OffscreenCanvas === "undefined") return ESTIMATE;
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  if (pen === null) return ESTIMATE;
  pen.font = font;
  return { width: (text) => pen.measureText(text).width };
}

/** Cut in the middle, since names of tasks differ at both ends. */
export function fit(text: string, room: number, ruler: Ruler): string {
  return fitted(text, room, ruler, cutMiddle);
}

/** Cut at the end, since a sentence says what matters first. */
export function fitEnd(text: string, room: number, ruler: Ruler): string {
  return fitted(text, room, ruler, cutEnd);
}

type Cut = (letters: readonly string[], kept: number) => string;

function fitted(text: string, room: number, ruler: Ruler, cut: Cut): string {
  if (ruler.width(text) <= room) return text;
  const letters = [...text];
  let [least, most] = [1, letters.length - 1];
  while (least < most) {
    const kept = Math.ceil((least + most) / 2);
    if (ruler.width(cut(letters, kept)) <= room) least = kept;
    else most = kept - 1;
  }
  return cut(letters, least);
}

function cutMiddle(letters: readonly string[], kept: number): string {
  const head = Math.ceil(kept * 0.6);
  const tail = kept - head;
  return `${letters.slice(0, head).join("")}…${tail > 0 ? letters.slice(-tail).join("") : ""}`;
}

function cutEnd(letters: readonly string[], kept: number): string {
  return `${letters.slice(0, kept).join("").trimEnd()}…`;
}
