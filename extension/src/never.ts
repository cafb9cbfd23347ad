/** The end of a switch over all cases: the type checker names those that are missing. */

export function never(value: never): never {
  throw new Error(`unhandled: ${String(value)}`);
}
