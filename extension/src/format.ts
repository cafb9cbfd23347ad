/** Numbers as people say them; the exact ones go into hover texts. */

/** "0.4 ms", "120 ms", "1.2 s", "42 s", "3 min 05 s", "2 h 05 min". */
export function duration(seconds: number): string {
  if (seconds < 0.001) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** As `duration` where room is scarce: "3:05", "2:05 h". */
export function shortDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return duration(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}

/** A running time in whole seconds, so that it ticks evenly. */
export function ticking(seconds: number, say: (seconds: number) => string = duration): string {
  const whole = Math.floor(Math.max(0, seconds));
  return whole < 10 ? `${whole} s` : say(whole);
}

/** "00:01:12". */
export function clock(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  return [whole / 3600, (whole % 3600) / 60, whole % 60].map((part) => two(Math.floor(part))).join(":");
}

/** MB of 2^20 bytes as "512 MB" or "8.0 GB". */
export function megabytes(amount: number): string {
  return amount < 1024 ? `${plain(amount)} MB` : `${(amount / 1024).toFixed(1)} GB`;
}

export function plain(amount: number): string {
  return String(Math.round(amount * 1000) / 1000);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The first eight characters of a long id. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `${id.slice(0, 8)}…`;
}

/** Local time of day, for reading. */
export function timeOfDay(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

/** "2030-01-31 18:00:00", local. */
export function dayAndTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  if (Number.isNaN(date.getTime())) return String(epochSeconds);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${timeOfDay(epochSeconds)}`;
}

/** The exact moment, for hovering. */
export function moment(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  return Number.isNaN(date.getTime()) ? String(epochSeconds) : date.toISOString();
}

/** "now", "12 s ago", "3 min ago", "2 h ago", "5 d ago". */
export function ago(seconds: number): string {
  const steps: readonly (readonly [number, string])[] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const found = steps.find(([length]) => seconds >= length);
  return found === undefined ? "now" : `${Math.floor(seconds / found[0])} ${found[1]} ago`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
