/** The text of a cell that is a task, and of one that is not. */

const MARK = "%%maze_task";

export function isTaskCell(source: string): boolean {
  return /^\s*%%maze_task(\s|$)/.test(source);
}

/** The magic that a cell begins with, if it is another one. */
export function otherMagic(source: string): string | null {
  const found = /^\s*(%%[\w.]+)/.exec(source)?.[1] ?? null;
  return found === MARK ? null : found;
}

/** The text with the mark, or without it if it had one. */
export function turnMark(source: string): string {
  if (!isTaskCell(source)) return `${MARK}\n${source}`;
  return source.replace(/^\s*%%maze_task[^\n]*\n?/, "");
}

/** Whether a cell has the kernel load Maze. */
export function loadsMaze(source: string): boolean {
  return /^\s*(%(re)?load_ext\s+maze_nb\b|[^#\n]*\bload_extension\(\s*["']maze_nb["'])/m.test(source);
}

/** Before which cell one has to be put that loads Maze, for all cells to run in their order; null if none has to. */
export function placeToLoad(sources: readonly string[]): number | null {
  const first = sources.findIndex(isTaskCell);
  return first < 0 || sources.slice(0, first).some(loadsMaze) ? null : first;
}
