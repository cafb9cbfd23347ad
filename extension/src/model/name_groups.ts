/** Groups that only names tell of: "train/svm" and "train.knn", "load_1" to "load_500", many of one name. */

import type { Graph, GraphTask } from "./run.ts";

/** Fewer of a name than this are told apart more easily than opened. */
const MANY = 10;
/** Between digits a dot is part of a number. */
const SEPARATOR = /\/|(?<!\d)\.|\.(?!\d)/;
const NUMBER_AT_END = /[\s_.\-#[(]*\d+[\])]*$/;

/** For each task the groups it is in, the outermost first: its sub-workflows, then those of its name. */
export function groupsByName({ tasks }: Graph): ReadonlyMap<string, readonly string[]> {
  const own = tasks.map(({ group }) => [...group]);
  const rests = splitPrefixes(tasks, own);
  gather(own, rests.map((rest) => [rest.replace(NUMBER_AT_END, ""), beforeNumber(rest)] as const), MANY);
  return new Map(tasks.map(({ id }, at) => [id, own[at]!]));
}

/** Adds the groups of prefixes to `groups`; what is left of each name is told. */
function splitPrefixes(tasks: readonly GraphTask[], groups: string[][]): string[] {
  const parts = tasks.map(({ name }) => name.split(SEPARATOR).filter(Boolean));
  const deepest = Math.min(8, parts.reduce((most, { length }) => Math.max(most, length), 0));
  for (let level = 0; level < deepest - 1; level += 1) {
    gather(groups, parts.map((part) => (part.length > level + 1 ? [part[level]!, part[level]!] : null)), 2);
  }
  return parts.map((part, at) => part.at(-1) ?? tasks[at]!.name);
}

/** One more group for those of one group whose key is the same, where that tells some of them apart. */
function gather(groups: string[][], keys: readonly (readonly [key: string, label: string] | null)[], least: number): void {
  const inside = groups.map((group) => group.join("/"));
  const sizes = new Map<string, number>();
  const add = (key: string) => sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const keyOf = (at: number) => (keys[at]?.[0] ? `${inside[at]!}\n${keys[at]![0]}` : null);
  const labels = new Map<string, string>();
  keys.forEach((named, at) => {
    add(inside[at]!);
    const key = keyOf(at);
    if (key === null) return;
    add(key);
    if (!labels.has(key)) labels.set(key, `${named![1].replaceAll("/", "∕")}*`);
  });
  const all = groups.length;
  groups.forEach((group, at) => {
    const key = keyOf(at);
    const size = key === null ? 0 : sizes.get(key)!;
    const around = inside[at] === "" ? all : sizes.get(inside[at]!)!;
    if (key !== null && size >= least && size < around) group.push(labels.get(key)!);
  });
}

function beforeNumber(name: string): string {
  return /^(.*?)\d*\D*$/.exec(name.replace(/(\d+)[\])]*$/, "$1"))?.[1] || name;
}
