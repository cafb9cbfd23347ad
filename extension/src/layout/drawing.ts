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
}

export const SIZES: Sizes = {
  nodeWidth: 196,
  nodeHeight: 42,
  layerGap: 56,
  rowGap: 14,
  partGap: 34,
  leapRoom: 22,
  aspect: 2.2,
};

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
