/** What time it is where the run is told of, as well as that can be known from here. */

export class KernelClock {
  /** Seconds by which this clock is ahead; the smallest delay seen. */
  #ahead: number | null = null;

  constructor(readonly here: () => number) {}

  /** What was told just now was told at this time. */
  note(time: number): void {
    this.#ahead = Math.min(this.#ahead ?? Infinity, this.here() - time);
  }

  get now(): number {
    return this.here() - (this.#ahead ?? 0);
  }
}
