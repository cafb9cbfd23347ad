/** The graph in its places: cards, the ways of edges and the frames of open groups, as plain data. */

import { SIZES, type Drawing, type Link, type Point } from "../layout/drawing.ts";
import type { Folded } from "../model/groups.ts";
import type { Graph, GraphEdge, GraphTask } from "../model/run.ts";
import { createTopology, type Topology } from "../model/topology.ts";
import { boxOfCurve, curveBetween, type Curve } from "./curve.ts";
import { gridOfBoxes, gridOfCurves, nearestCurve } from "./grid.ts";
import { hullsOf, type Hull } from "./hull.ts";
import type { Box } from "./viewport.ts";
import type { Place } from "./walk.ts";

export interface SceneEdge {
  readonly edge: GraphEdge;
  /** Numbers of the cards that it joins. */
  readonly source: number;
  readonly target: number;
  readonly curve: Curve;
  readonly box: Box;
}

/** Cards and edges are named by their numbers in these lists. */
export interface Scene {
  readonly folded: Folded;
  readonly cards: readonly GraphTask[];
  readonly boxes: readonly Box[];
  readonly edges: readonly SceneEdge[];
  readonly hulls: readonly Hull[];
  readonly size: { readonly width: number; readonly height: number };
  /** Top left corners by id, in reading order. */
  readonly places: ReadonlyMap<string, Place>;
  readonly topology: Topology;
  /** The number of the card that a task is on; -1 for none. */
  numberOf(id: string): number;
  boxOf(id: string): Box | null;
  cardAt(point: Point): number;
  /** The edge nearest to a point, no further away than `reach`. */
  edgeAt(point: Point, reach: number): number;
  /** Numbers of the cards in a box. */
  cardsIn(box: Box): number[];
}

const CELL = 280;
const EDGE_CELL = 120;

export function linksOf({ tasks, edges }: Graph): Link[] {
  const index = new Map(tasks.map((task, at) => [task.id, at]));
  return edges.map((edge): Link => [index.get(edge.source)!, index.get(edge.target)!]);
}

export function createScene(folded: Folded, links: readonly Link[], drawing: Drawing): Scene {
  const { graph } = folded;
  const boxes = graph.tasks.map((_, at): Box => {
    return { x: drawing.x[at]!, y: drawing.y[at]!, width: SIZES.nodeWidth, height: SIZES.nodeHeight };
  });
  const edges = graph.edges.map((edge, at): SceneEdge => {
    const [source, target] = links[at]!;
    const curve = curveBetween(boxes[source]!, boxes[target]!, drawing.routes[at]!, SIZES);
    return { edge, source, target, curve, box: boxOfCurve(curve) };
  });
  const numbers = new Map(graph.tasks.map(({ id }, at) => [id, at]));
  const numberOf = (id: string) => numbers.get(id) ?? numbers.get(folded.cardOf(id)) ?? -1;
  const grid = once(() => gridOfBoxes(boxes, CELL));
  const edgeGrid = once(() => gridOfCurves(edges.map(({ curve }) => curve), EDGE_CELL));
  const curves = once(() => edges.map(({ curve }) => curve));
  const cardsIn = (box: Box) => [...grid().near(box)].filter((at) => meets(boxes[at]!, box));
  return {
    folded,
    cards: graph.tasks,
    boxes,
    edges,
    hulls: hullsOf(folded.open, boxes, numberOf, cardsIn),
    size: { width: drawing.width, height: drawing.height },
    places: new Map(graph.tasks.map(({ id }, at) => [id, boxes[at]!])),
    topology: createTopology(graph),
    numberOf,
    boxOf: (id) => boxes[numberOf(id)] ?? null,
    cardsIn,
    cardAt: ({ x, y }) => cardsIn({ x, y, width: 0, height: 0 })[0] ?? -1,
    edgeAt: (point, reach) => nearestCurve(edgeGrid(), curves(), point, reach),
  };
}

export function meets(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | null = null;
  return () => (made ??= { value: make() }).value;
}

