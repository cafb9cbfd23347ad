/** Folds a part that is far longer than high into bands, read like lines of text. */

import type { Sizes } from "./drawing.ts";
import { extent, type Placed } from "./placed.ts";

export interface Folded {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly isFolded: boolean;
}

export function foldBands(placed: Placed, count: number, sizes: Sizes): Folded {
  const { x, y, layers, spans } = placed;
  const width = spans.at(-1)!.left + spans.at(-1)!.width;
  const [top, bottom] = extent(y);
  const height = bottom - top + sizes.nodeHeight;
  if (width <= sizes.widestLine || width / height < sizes.thinnest) return { x, y, isFolded: false };
  const bands = bandsOf(spans, bandWidth(width, height, sizes));
  const folded = { x: [...x], y: [...y], isFolded: true };
  let below = 0;
  for (const band of bands) {
    const vertices = layers.slice(band.first, band.end).flat();
    const [highest, lowest] = extent(vertices.map((vertex) => y[vertex]!));
    const left = spans[band.first]!.left;
    for (const vertex of vertices) {
      folded.x[vertex] = x[vertex]! - left;
      folded.y[vertex] = y[vertex]! - highest + below;
    }
    const room = vertices.some((vertex) => vertex < count) ? sizes.nodeHeight : 0;
    below += lowest - highest + room + sizes.partGap;
  }
  return folded;
}

/** The width at which the bands together come to the wished aspect. */
function bandWidth(width: number, height: number, sizes: Sizes): number {
  const bands = Math.max(2, Math.sqrt(width / (height + sizes.partGap) / sizes.aspect));
  return Math.max(sizes.leastBand, width / Math.round(bands));
}

interface Band {
  readonly first: number;
  readonly end: number;
}

function bandsOf(spans: Placed["spans"], widest: number): Band[] {
  const bands: Band[] = [];
  let first = 0;
  spans.forEach((span, index) => {
    if (index === first || span.left + span.width - spans[first]!.left <= widest) return;
    bands.push({ first, end: index });
    first = index;
  });
  return [...bands, { first, end: spans.length }];
}
