/** Places one connected part: layers left to right, tall layers in columns, long parts in bands. */

import { alignLayers, type HalfRoom } from "./align.ts";
import type { Drawing, Link, Point, Sizes } from "./drawing.ts";
import { foldBands, type Folded } from "./fold.ts";
import { assignLayers } from "./layers.ts";
import { orderLayers, type Neighbours } from "./order.ts";
import { extent, type Placed } from "./placed.ts";
import { layTracks } from "./tracks.ts";

/** More nodes than this in one layer are set in several columns. */
const TALLEST_LAYER = 14;
const COLUMN_GAP = 18;
/** Room a passing edge is given, top to bottom. */
const BEND_ROOM = 16;

export function drawPart(count: number, links: readonly Link[], sizes: Sizes): Drawing {
  const { layer, isForward } = assignLayers(count, links);
  const forward = links.filter((_, index) => isForward[index]);
  const tallest = tallestLayer(layer);
  const isTall = tallest > TALLEST_LAYER;
  // Bends through a layer set in columns would have nowhere to pass.
  const tracks = layTracks(count, isTall ? forward.filter(isShort(layer)) : forward, layer);
  const ordered = orderLayers(tracks.layers, tracks.neighbours);
  const room = halfRoom(count, sizes);
  const placed = isTall
    ? placeInColumns(ordered, sizes)
    : placeAligned(ordered, alignLayers(ordered, tracks.neighbours, room), sizes);
  if (isTall) alignSingles(placed, tracks.neighbours, room, sizes);
  const bendsOf = isTall ? () => [] : bendsByLink(isForward, tracks.bends);
  return finish(count, links.length, foldBands(placed, count, sizes), bendsOf, sizes);
}

function tallestLayer(layer: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const at of layer) sizes.set(at, (sizes.get(at) ?? 0) + 1);
  return Math.max(...sizes.values());
}

function isShort(layer: readonly number[]) {
  return ([source, target]: Link) => layer[target]! - layer[source]! === 1;
}

function halfRoom(count: number, sizes: Sizes) {
  return (vertex: number) =>
    (vertex < count ? sizes.nodeHeight + sizes.rowGap : BEND_ROOM) / 2;
}

function placeAligned(layers: number[][], centre: number[], sizes: Sizes): Placed {
  const x: number[] = [];
  const spans = layers.map((layer, index) => {
    const left = index * (sizes.nodeWidth + sizes.layerGap);
    for (const vertex of layer) x[vertex] = left + sizes.nodeWidth / 2;
    return { left, width: sizes.nodeWidth };
  });
  return { x, y: centre, layers, spans };
}

/** The column height is the one whose drawing comes nearest to the wished aspect. */
function placeInColumns(layers: number[][], sizes: Sizes): Placed {
  const tallest = Math.max(...layers.map((layer) => layer.length));
  const choices: Placed[] = [];
  for (let rows = 6; rows < tallest * 1.3; rows = Math.ceil(rows * 1.3)) {
    choices.push(setInColumns(layers, rows, sizes));
  }
  const badness = (placed: Placed) => Math.abs(Math.log(aspectOf(placed, sizes) / sizes.aspect));
  return choices.reduce((best, choice) => (badness(choice) < badness(best) ? choice : best));
}

function setInColumns(layers: number[][], rows: number, sizes: Sizes): Placed {
  const x: number[] = [];
  const y: number[] = [];
  let left = 0;
  const pitch = sizes.nodeHeight + sizes.rowGap;
  const spans = layers.map((layer) => {
    const columns = Math.ceil(layer.length / rows);
    const perColumn = Math.ceil(layer.length / columns);
    // Row by row, so that neighbours in the order stay at about the height of their own neighbours.
    layer.forEach((vertex, index) => {
      x[vertex] = left + (index % columns) * (sizes.nodeWidth + COLUMN_GAP) + sizes.nodeWidth / 2;
      y[vertex] = (Math.floor(index / columns) - (perColumn - 1) / 2) * pitch;
    });
    const span = { left, width: columns * (sizes.nodeWidth + COLUMN_GAP) - COLUMN_GAP };
    left += span.width + sizes.layerGap;
    return span;
  });
  return { x, y, layers, spans };
}

/** Layers of one column give way to the heights of their neighbours. */
function alignSingles(placed: Placed, neighbours: Neighbours, room: HalfRoom, sizes: Sizes): void {
  const { layers, spans, y } = placed;
  const singles = layers.filter((_, index) => spans[index]!.width === sizes.nodeWidth);
  const settled = alignLayers(singles, neighbours, room, y);
  for (const vertex of singles.flat()) y[vertex] = settled[vertex]!;
}

function aspectOf({ y, spans }: Placed, sizes: Sizes): number {
  const last = spans.at(-1)!;
  const [top, bottom] = extent(y);
  return (last.left + last.width) / (bottom - top + sizes.nodeHeight);
}

function bendsByLink(isForward: readonly boolean[], bends: readonly (readonly number[])[]) {
  let at = 0;
  const byLink = isForward.map((forward) => (forward ? bends[at++]! : []));
  return (index: number) => byLink[index]!;
}

function finish(
  count: number,
  linkCount: number,
  { x, y, isFolded }: Folded,
  bendsOf: (index: number) => readonly number[],
  sizes: Sizes,
): Drawing {
  const [leftmost, rightmost] = extent(x.slice(0, count));
  const [top, bottom] = extent(y);
  const side = isFolded ? sizes.leapRoom : 0;
  const dx = sizes.nodeWidth / 2 - leftmost + side;
  const dy = sizes.nodeHeight / 2 - top;
  const half = { x: sizes.nodeWidth / 2, y: sizes.nodeHeight / 2 };
  const route = (index: number): Point[] =>
    bendsOf(index).flatMap((bend) => {
      const [centre, level] = [x[bend]! + dx, y[bend]! + dy];
      return [{ x: centre - half.x, y: level }, { x: centre + half.x, y: level }];
    });
  return {
    width: rightmost - leftmost + sizes.nodeWidth + 2 * side,
    height: bottom - top + sizes.nodeHeight,
    x: x.slice(0, count).map((at) => Math.round(at + dx - half.x)),
    y: y.slice(0, count).map((at) => Math.round(at + dy - half.y)),
    routes: Array.from({ length: linkCount }, (_, index) => route(index)),
  };
}
