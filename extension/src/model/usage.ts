/** What the nodes used over time: a series of bounded length, whatever comes. */

export interface DeviceUse {
  readonly index: number;
  /** 0 to 1, where it is told. */
  readonly load: number | null;
  /** MB of 2^20 bytes. */
  readonly used: number;
  readonly total: number;
}

export interface NodeUse {
  readonly node_id: string;
  /** 0 to 1. */
  readonly cpu: number;
  /** MB of 2^20 bytes. */
  readonly memory: number;
  readonly total: number;
  readonly devices: readonly DeviceUse[];
}

export interface UsagePoint {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly nodes: readonly NodeUse[];
}

const MOST_POINTS = 300;

/** A series with further points at its end; where it is too long, those go that leave the smallest holes. */
export function extended(series: readonly UsagePoint[], fresh: readonly UsagePoint[]): readonly UsagePoint[] {
  const last = series.at(-1)?.time ?? -Infinity;
  const points = [...series, ...fresh.filter((point) => point.time > last)];
  while (points.length > MOST_POINTS) points.splice(leastMissed(points), 1);
  return points;
}

function leastMissed(points: readonly UsagePoint[]): number {
  let [best, smallest] = [1, Infinity];
  for (let at = 1; at < points.length - 1; at += 1) {
    const hole = points[at + 1]!.time - points[at - 1]!.time;
    if (hole < smallest) [best, smallest] = [at, hole];
  }
  return best;
}
