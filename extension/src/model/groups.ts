/** Folding of groups, sub-workflows and those of names: each closed one becomes a card that stands for its tasks. */

import { circlesOf } from "./circles.ts";
import { itemOf } from "./items.ts";
import { groupsByName } from "./name_groups.ts";
import { AS_ALWAYS, type Graph, type GraphEdge, type GraphTask } from "./run.ts";

const PREFIX = "group:";
/** A group of more tasks than this is closed until it is opened. */
const FEW = 3;
/** Of a graph with no more tasks than this, a group that only names tell of has to be worth its card. */
const SMALL_GRAPH = 60;
const WORTH_A_CARD = 10;
const FEWEST_CARDS = 4;

export interface OpenGroup {
  /** With those around it: "prepare/clean". */
  readonly path: string;
  /** Ids of the cards in it. */
  readonly cards: readonly string[];
}

export interface Folded {
  /** The graph of what is drawn: tasks, and a task of kind `group` for each closed group. */
  readonly graph: Graph;
  /** The tasks behind each card of a group. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly open: readonly OpenGroup[];
  /** The card that a task, or an item of a map, is on. */
  cardOf(id: string): string;
}

function groupId(path: string): string {
  return PREFIX + path;
}

/** The group that an id stands for; null for every other id. */
export function groupPath(id: string): string | null {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : null;
}

/** Ids of the tasks of a group, those of groups in it included. */
export function membersOf(path: string, graph: Graph): readonly string[] {
  return groupingOf(graph).members.get(path) ?? [];
}

/** All groups of a graph, those around before those within. */
export function groupsOf(graph: Graph): readonly string[] {
  return [...groupingOf(graph).members.keys()];
}

/** Whether a group is open as far as that was chosen; `turned` are those that were turned by hand. */
export function isOpenIn(path: string, graph: Graph, turned: ReadonlySet<string>): boolean {
  return groupingOf(graph).closed.has(path) === turned.has(path);
}

/** What has to be turned for all groups to be open, or closed. */
export function turnedFor(graph: Graph, isOpen: boolean): ReadonlySet<string> {
  return new Set(groupsOf(graph).filter((path) => groupingOf(graph).closed.has(path) === isOpen));
}

/** The groups around a task, the outermost first, each by its path. */
export function pathsOf(id: string, graph: Graph): readonly string[] {
  return groupingOf(graph).paths.get(id) ?? [];
}

/** `turned` are the groups that somebody opened or closed. */
export function foldGraph(graph: Graph, turned: ReadonlySet<string>): Folded {
  const { members, ofNames } = groupingOf(graph);
  if (members.size === 0) return unfolded(graph);
  const forced = new Set<string>();
  const isOpen = (path: string) => forced.has(path) || isOpenIn(path, graph, turned);
  for (;;) {
    const folded = foldBy(graph, isOpen);
    // One with a task between its own would come both before and after that task.
    const circles = circlesOf(folded.graph).map((ids) => ids.flatMap((id) => groupPath(id) ?? []));
    const forcing = circles.flatMap((paths) => {
      const named = paths.filter((path) => ofNames.has(path));
      return named.length > 0 ? named : paths;
    });
    if (forcing.length === 0) return folded;
    for (const path of forcing) forced.add(path);
  }
}

interface Grouping {
  /** For each task the paths of the groups around it, the outermost first. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Groups that are closed until somebody opens them. */
  readonly closed: ReadonlySet<string>;
  /** Groups that only names tell of. */
  readonly ofNames: ReadonlySet<string>;
}

const GROUPINGS = new WeakMap<Graph, Grouping>();

function groupingOf(graph: Graph): Grouping {
  const known = GROUPINGS.get(graph);
  if (known !== undefined) return known;
  const groups = groupsByName(graph);
  const paths = new Map<string, string[]>();
  const members = new Map<string, string[]>();
  const ofNames = new Set<string>();
  for (const task of graph.tasks) {
    const own = groups.get(task.id)!.map((_, at, all) => all.slice(0, at + 1).join("/"));
    paths.set(task.id, own);
    own.forEach((path, at) => {
      if (at >= task.group.length) ofNames.add(path);
      const list = members.get(path);
      if (list === undefined) members.set(path, [task.id]);
      else list.push(task.id);
    });
  }
  const made = { paths, members, ofNames, closed: closedAtFirst(graph, paths, members, ofNames) };
  GROUPINGS.set(graph, made);
  return made;
}

function closedAtFirst(
  { tasks }: Graph,
  paths: ReadonlyMap<string, readonly string[]>,
  members: ReadonlyMap<string, readonly string[]>,
  ofNames: ReadonlySet<string>,
): ReadonlySet<string> {
  const isSmall = tasks.length <= SMALL_GRAPH;
  const many = [...members].filter(([, ids]) => ids.length > FEW).map(([path]) => path);
  const chosen = many.filter((path) => !isSmall || !ofNames.has(path) || members.get(path)!.length >= WORTH_A_CARD);
  const closed = new Set(chosen);
  const cards = new Set(tasks.map(({ id }) => paths.get(id)!.find((path) => closed.has(path)) ?? `task ${id}`));
  // A small graph that came down to two or three cards would say nothing.
  const isTooLittle = isSmall && cards.size < FEWEST_CARDS;
  return isTooLittle ? new Set(chosen.filter((path) => !ofNames.has(path))) : closed;
}

function unfolded(graph: Graph): Folded {
  const known = new Set(graph.tasks.map((task) => task.id));
  return { graph, members: new Map(), open: [], cardOf: (id) => (known.has(id) ? id : (itemOf(id)?.map ?? id)) };
}

function foldBy(graph: Graph, isOpen: (path: string) => boolean): Folded {
  const grouping = groupingOf(graph);
  const cards = new Map<string, GraphTask>();
  const cardOf = new Map<string, string>();
  const members = new Map<string, readonly string[]>();
  const open = new Map<string, Set<string>>();
  for (const task of graph.tasks) {
    const paths = grouping.paths.get(task.id)!;
    const closed = paths.findIndex((path) => !isOpen(path));
    const id = closed === -1 ? task.id : groupId(paths[closed]!);
    cardOf.set(task.id, id);
    if (!cards.has(id)) {
      cards.set(id, closed === -1 ? task : groupTask(id, paths[closed]!.split("/").at(-1)!));
      if (closed !== -1) members.set(id, grouping.members.get(paths[closed]!)!);
    }
    for (const path of closed === -1 ? paths : paths.slice(0, closed)) {
      let ids = open.get(path);
      if (ids === undefined) open.set(path, (ids = new Set()));
      ids.add(id);
    }
  }
  return {
    graph: { ...graph, tasks: [...cards.values()], edges: mergedEdges(graph.edges, cardOf) },
    members,
    open: [...open].map(([path, ids]) => ({ path, cards: [...ids] })),
    cardOf: (id) => cardOf.get(id) ?? cardOf.get(itemOf(id)?.map ?? "") ?? id,
  };
}

function mergedEdges(edges: readonly GraphEdge[], cardOf: ReadonlyMap<string, string>): GraphEdge[] {
  const merged = new Map<string, { source: string; target: string; names: Set<string> }>();
  for (const edge of edges) {
    const [source, target] = [cardOf.get(edge.source)!, cardOf.get(edge.target)!];
    if (source === target && edge.source !== edge.target) continue;
    const key = `${source}\n${target}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { source, target, names: new Set(edge.names) });
    else for (const name of edge.names) known.names.add(name);
  }
  return Array.from(merged.values(), ({ source, target, names }) => ({ source, target, names: [...names] }));
}

function groupTask(id: string, name: string): GraphTask {
  const none = { cpu: null, cpu_mem: null, gpu: null, gpu_mem: null };
  return {
    id, name, kind: "group", resources: none, options: AS_ALWAYS, inputs: [], outputs: [],
    group: [], mark: "", why: "", cell: "",
  };
}
