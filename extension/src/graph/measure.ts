/** Fitting text into a width, cut in the middle, since names of tasks differ at both ends. */

export interface Ruler {
  width(text: string): number;
}

/** Widths estimated from an average letter, for places without a canvas. */
export const ESTIMATE: Ruler = { width: (text) => text.length * 6.8 };

/** Measures with the browser's own font; a drawing is not laid out for it. */
export function createRuler(font: string): Ruler {
  if (typeof OffscreenCanvas === "undefined") return ESTIMATE;
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  if (pen === null) return ESTIMATE;
  pen.font = font;
  return { width: (text) => pen.measureText(text).width };
}

export function fit(text: string, room: number, ruler: Ruler): string {
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

function cut(letters: readonly string[], kept: number): string {
  const head = Math.ceil(kept * 0.6);
  const tail = kept - head;
  return `${letters.slice(0, head).join("")}…${tail > 0 ? letters.slice(-tail).join("") : ""}`;
}
