/** Draws a whole graph: each connected part by itself, loose nodes in a grid, all packed in shelves. */

import { SIZES, type Drawing, type Link, type Sizes } from "./drawing.ts";
import { drawPart } from "./part.ts";
import { splitParts } from "./parts.ts";

interface Piece extends Drawing {
  /** Which nodes and edges of the graph the piece's own are. */
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
}

export function drawGraph(count: number, links: readonly Link[], sizes: Sizes = SIZES): Drawing {
  const parts = splitParts(count, links);
  const joined = parts.filter((part) => part.length > 1);
  const loose = parts.filter((part) => part.length === 1).map((part) => part[0]!);
  const pieces = drawJoined(count, joined, links, sizes);
  if (loose.length > 0) pieces.push(drawLoose(loose, sizes));
  return pack(count, links.length, pieces, sizes);
}

function drawJoined(
  count: number,
  parts: readonly (readonly number[])[],
  links: readonly Link[],
  sizes: Sizes,
): Piece[] {
  const partOf = new Array<number>(count).fill(-1);
  const place = new Array<number>(count).fill(0);
  parts.forEach((part, index) => {
    part.forEach((node, at) => {
      partOf[node] = index;
      place[node] = at;
    });
  });
  const edges: number[][] = parts.map(() => []);
  links.forEach(([source], index) => edges[partOf[source]!]?.push(index));
  return parts.map((nodes, index) => {
    const own = edges[index]!.map((edge): Link => {
      const [source, target] = links[edge]!;
      return [place[source]!, place[target]!];
    });
    return { ...drawPart(nodes.length, own, sizes), nodes, edges: edges[index]! };
  });
}

function drawLoose(nodes: readonly number[], sizes: Sizes): Piece {
  const cell = { width: sizes.nodeWidth + sizes.rowGap, height: sizes.nodeHeight + sizes.rowGap };
  const columns = Math.max(1, Math.round(Math.sqrt((nodes.length * sizes.aspect * cell.height) / cell.width)));
  const rows = Math.ceil(nodes.length / columns);
  return {
    nodes,
    edges: [],
    width: columns * cell.width - sizes.rowGap,
    height: rows * cell.height - sizes.rowGap,
    x: nodes.map((_, index) => (index % columns) * cell.width),
    y: nodes.map((_, index) => Math.floor(index / columns) * cell.height),
    routes: [],
  };
}

/** Pieces side by side on shelves no wider than the wished aspect allows. */
function pack(count: number, linkCount: number, pieces: readonly Piece[], sizes: Sizes): Drawing {
  const area = pieces.reduce(
    (sum, piece) => sum + (piece.width + sizes.partGap) * (piece.height + sizes.partGap),
    0,
  );
  const widest = Math.max(Math.sqrt(area * sizes.aspect), ...pieces.map((piece) => piece.width));
  const drawing = {
    width: 0,
    height: 0,
    x: new Array<number>(count).fill(0),
    y: new Array<number>(count).fill(0),
    routes: Array.from({ length: linkCount }, () => [] as { x: number; y: number }[]),
  };
  let [left, top, shelf] = [0, 0, 0];
  for (const piece of pieces) {
    if (left > 0 && left + piece.width > widest) {
      [left, top, shelf] = [0, top + shelf + sizes.partGap, 0];
    }
    piece.nodes.forEach((node, at) => {
      drawing.x[node] = piece.x[at]! + left;
      drawing.y[node] = piece.y[at]! + top;
    });
    piece.edges.forEach((edge, at) => {
      drawing.routes[edge] = piece.routes[at]!.map(({ x, y }) => ({ x: x + left, y: y + top }));
    });
    drawing.width = Math.max(drawing.width, left + piece.width);
    drawing.height = Math.max(drawing.height, top + piece.height);
    left += piece.width + sizes.partGap;
    shelf = Math.max(shelf, piece.height);
  }
  return drawing;
}
