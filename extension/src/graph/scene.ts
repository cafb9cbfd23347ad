/** The drawn graph: cards and lines in their places, and which of them are lit. */

import { s } from "../dom.ts";
import { drawGraph } from "../layout/draw.ts";
import { SIZES, type Link } from "../layout/drawing.ts";
import type { Graph } from "../model/run.ts";
import { createTopology, type Topology } from "../model/topology.ts";
import { createEdgeLabel, createEdgeLine, type EdgeLine } from "./edges.ts";
import { createNodeCard, type NodeCard, type NodeFaces } from "./node.ts";
import type { Place } from "./walk.ts";
import type { Box } from "./viewport.ts";

export interface Scene {
  readonly elements: readonly SVGElement[];
  readonly size: { readonly width: number; readonly height: number };
  readonly cards: ReadonlyMap<string, NodeCard>;
  /** Top left corners, in reading order. */
  readonly places: ReadonlyMap<string, Place>;
  readonly topology: Topology;
  readonly lines: ReadonlyMap<Element, EdgeLine>;
  boxOf(id: string): Box | null;
  /** Lights the way to and from a task, or nothing. */
  light(id: string | null): void;
}

/** Labels beyond this many would only cover each other. */
const MOST_LABELS = 24;

export function createScene(graph: Graph, faces: NodeFaces): Scene {
  const index = new Map(graph.tasks.map((task, at) => [task.id, at]));
  const links = graph.edges.map((edge): Link => [index.get(edge.source)!, index.get(edge.target)!]);
  const drawing = drawGraph(graph.tasks.length, links);
  const corner = (at: number): Place => ({ x: drawing.x[at]!, y: drawing.y[at]! });
  const topology = createTopology(graph);
  const cards = new Map(graph.tasks.map((task) => [task.id, createNodeCard(task, SIZES, faces)]));
  const places = new Map(graph.tasks.map((task, at) => [task.id, corner(at)]));
  const lines = graph.edges.map((edge, at) => {
    const [source, target] = links[at]!;
    return createEdgeLine(edge, corner(source), corner(target), drawing.routes[at]!, SIZES);
  });
  for (const [id, card] of cards) {
    const { x, y } = places.get(id)!;
    card.element.setAttribute("transform", `translate(${x} ${y})`);
  }
  const labels = s("g", { class: "mz-labels" });
  return {
    elements: [
      s("g", { class: "mz-edges", "aria-hidden": "true" }, ...lines.map((line) => line.element)),
      s("g", { class: "mz-nodes" }, ...[...cards.values()].map((card) => card.element)),
      labels,
    ],
    size: { width: drawing.width, height: drawing.height },
    cards,
    places,
    topology,
    lines: new Map(lines.map((line) => [line.element, line])),
    boxOf(id) {
      const place = places.get(id);
      return place && cards.has(id)
        ? { ...place, width: SIZES.nodeWidth, height: SIZES.nodeHeight }
        : null;
    },
    light: (id) => light(id, { topology, cards, lines, labels }),
  };
}

interface Lightable {
  readonly topology: Topology;
  readonly cards: ReadonlyMap<string, NodeCard>;
  readonly lines: readonly EdgeLine[];
  readonly labels: SVGGElement;
}

function light(id: string | null, { topology, cards, lines, labels }: Lightable): void {
  const path = id === null || !cards.has(id) ? null : topology.pathThrough(id);
  for (const [other, { element }] of cards) {
    element.classList.toggle("mz-lit", path !== null && (path.before.has(other) || path.after.has(other)));
    element.classList.toggle("mz-chosen", other === id);
  }
  const own: EdgeLine[] = [];
  for (const line of lines) {
    const { source, target } = line.edge;
    const isOn = (side: ReadonlySet<string>) => side.has(source) && side.has(target);
    line.element.classList.toggle("mz-lit", path !== null && (isOn(path.before) || isOn(path.after)));
    if (source === id || target === id) own.push(line);
  }
  labels.replaceChildren(...own.slice(0, MOST_LABELS).map(createEdgeLabel));
}
