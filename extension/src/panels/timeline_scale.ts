/** The window of time that is shown: zoomed, moved, fitted, or following what goes on. */

export interface TimeWindow {
  /** Seconds since the epoch. */
  readonly start: number;
  readonly end: number;
}

/** `all` shows everything, `tail` the newest part in as much room as was chosen, `held` what was chosen. */
export type Hold = "all" | "tail" | "held";

const SHORTEST = 0.01;
const BESIDE = 0.02;
/** Around everything, so that it could be seen that there is no more. */
const ROOM = 1.2;

export class TimeScale {
  hold: Hold = "all";
  #whole: TimeWindow = { start: 0, end: 1 };
  #shown: TimeWindow = { start: 0, end: 1 };

  get shown(): TimeWindow {
    return this.#shown;
  }

  get span(): number {
    return this.#shown.end - this.#shown.start;
  }

  /** Takes in how far everything goes by now. */
  setWhole(start: number, end: number): void {
    this.#whole = { start, end };
    if (this.hold === "all") this.fit();
    else if (this.hold === "tail") this.#show(end + this.span * BESIDE - this.span, end + this.span * BESIDE);
  }

  fit(): void {
    const { start, end } = this.#whole;
    const beside = (end - start) * BESIDE;
    this.hold = "all";
    this.#shown = { start: start - beside, end: end + beside };
  }

  /** Shows the newest part, as long as what is shown now. */
  follow(): void {
    this.hold = "tail";
    this.setWhole(this.#whole.start, this.#whole.end);
  }

  show(start: number, end: number): void {
    this.hold = "held";
    this.#show(start, end);
  }

  /** Zooms around a place from 0, the left edge, to 1. */
  zoom(factor: number, at: number): void {
    const centre = this.#shown.start + this.span * at;
    const span = this.span / factor;
    this.show(centre - span * at, centre + span * (1 - at));
  }

  /** Moves by a share of what is shown. */
  pan(share: number): void {
    const by = this.span * share;
    this.show(this.#shown.start + by, this.#shown.end + by);
  }

  /** Moves only as far as is needed to see a time. */
  reveal(start: number, end: number): void {
    const edge = this.span * 0.05;
    if (start >= this.#shown.start && Math.min(end, start + this.span) <= this.#shown.end + edge) return;
    this.show(start - edge, start - edge + this.span);
  }

  x(time: number, width: number): number {
    return ((time - this.#shown.start) / this.span) * width;
  }

  time(x: number, width: number): number {
    return this.#shown.start + (x / width) * this.span;
  }

  #show(start: number, end: number): void {
    const whole = this.#whole.end - this.#whole.start;
    const span = Math.min(Math.max(end - start, SHORTEST), Math.max(whole * ROOM, SHORTEST));
    const middle = (start + end) / 2;
    const low = this.#whole.start - whole * (ROOM - 1) / 2;
    const high = Math.max(low, this.#whole.end + whole * (ROOM - 1) / 2 - span);
    const first = Math.min(Math.max(middle - span / 2, low), high);
    this.#shown = { start: first, end: first + span };
  }
}

const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

export interface Tick {
  /** Seconds since the run began. */
  readonly at: number;
  readonly text: string;
}

/** Round times since a start, as many as have room. */
export function ticksOf({ start, end }: TimeWindow, origin: number, most: number): readonly Tick[] {
  const wanted = (end - start) / Math.max(1, most);
  const step = STEPS.find((each) => each >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
  const ticks: Tick[] = [];
  const first = Math.max(0, Math.ceil((start - origin) / step));
  for (let number = first; number * step <= end - origin && ticks.length <= most + 1; number += 1) {
    ticks.push({ at: number * step, text: tickText(number * step, step) });
  }
  return ticks;
}

function tickText(seconds: number, step: number): string {
  if (seconds === 0) return "0";
  if (step < 1) return `${seconds.toFixed(step < 0.01 ? 3 : step < 0.1 ? 2 : 1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.round(seconds % 60)];
  const two = (value: number) => String(value).padStart(2, "0");
  if (hours > 0) return `${hours}:${two(minutes)}${rest > 0 ? `:${two(rest)}` : ""} h`;
  return rest > 0 ? `${minutes}:${two(rest)} min` : `${minutes} min`;
}
