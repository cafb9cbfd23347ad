/** Input and output of the layout: plain arrays, so that a worker can be handed them. */

export interface Sizes {
  readonly nodeWidth: number;
  readonly nodeHeight: number;
  /** Between layers, left to right. */
  readonly layerGap: number;
  /** Between nodes of a layer, top to bottom. */
  readonly rowGap: number;
  /** Between parts that no edge joins, and between the bands of a folded part. */
  readonly partGap: number;
  /** Beside a folded part, for the edges that go round to the next band. */
  readonly leapRoom: number;
  /** Width over height that a drawing should come near to. */
  readonly aspect: number;
  /** A part is left in one line up to this width, and while it is no thinner than that, width over height. */
  readonly widestLine: number;
  readonly thinnest: number;
  /** No band need be narrower. */
  readonly leastBand: number;
}

export const SIZES: Sizes = {
  nodeWidth: 196,
  nodeHeight: 42,
  layerGap: 56,
  rowGap: 14,
  partGap: 34,
  leapRoom: 22,
  aspect: 2.2,
  widestLine: 2600,
  thinnest: 5,
  leastBand: 0,
};

const NARROW_GAP = 24;
const NARROW_LEAP = 6;

/** For a place in which only so many layers can be read side by side: what is longer goes on below. */
export function sizesFor(columns: number | null): Sizes {
  if (columns === null) return SIZES;
  const room = columns * (SIZES.nodeWidth + NARROW_GAP) - NARROW_GAP;
  return { ...SIZES, layerGap: NARROW_GAP, aspect: 1, leapRoom: NARROW_LEAP, widestLine: room, thinnest: 1.5, leastBand: room };
}

/** How many layers fit side by side in some width of the drawing; null where there is room enough to read along. */
export function columnsIn(width: number): number | null {
  const columns = Math.max(2, Math.floor((width - 2 * NARROW_LEAP + NARROW_GAP) / (SIZES.nodeWidth + NARROW_GAP)));
  return columns < 6 ? columns : null;
}

/** Edges name nodes by their place in the node list. */
export type Link = readonly [source: number, target: number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Top left corner of each node. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** For each edge the points it passes between its two nodes' ports, left to right. */
  readonly routes: readonly (readonly Point[])[];
}
