/** A part whose vertices have places, and how far they reach. */

/** A vertex is a node or a bend; places are centres until the part is folded. */
export interface Placed {
  readonly x: number[];
  readonly y: number[];
  readonly layers: readonly (readonly number[])[];
  /** Left edge and width of each layer. */
  readonly spans: readonly { readonly left: number; readonly width: number }[];
}

export function extent(values: readonly number[]): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return values.length === 0 ? [0, 0] : [least, most];
}
