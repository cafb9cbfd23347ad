/** What may be laid over the graph from outside, such as ports to drag from: the hook, not the things. */

import type { Point } from "../layout/drawing.ts";
import type { GraphEdge, GraphTask } from "../model/run.ts";
import type { Box } from "./viewport.ts";

/** The drawn graph as an overlay sees it. Points "on the page" are clientX and clientY of an event. */
export interface GraphSurface {
  /** The frame of the panel: a place for HTML elements, positioned inside it. */
  readonly frame: HTMLElement;
  /** A layer above the cards in the drawing's own coordinates; what is put here moves and zooms with it. */
  readonly layer: SVGGElement;
  /** Pixels of the page for one unit of the drawing. */
  readonly scale: number;
  /** The drawing's coordinates of a point on the page. */
  toDrawing(clientX: number, clientY: number): Point;
  /** The card under a point on the page, whether it is an element or only painted. */
  cardAt(clientX: number, clientY: number): string | null;
  /** The edge within a few pixels of a point on the page. */
  edgeAt(clientX: number, clientY: number): GraphEdge | null;
  /** Where a card, or the card that a task is on, stands in the drawing. */
  boxOf(id: string): Box | null;
  /** The card's element; null while it is only painted. */
  elementOf(id: string): SVGGElement | null;
}

export interface OverlayPart {
  /** The graph was drawn anew: cards and places are others now. */
  onScene?(): void;
  /** A card became an element; ports may be appended to it, in coordinates from its top left corner. */
  onCard?(element: SVGGElement, spec: GraphTask): void;
  /** The drawing was panned or zoomed. */
  onMove?(): void;
}

/** Called once when the panel is made; its listeners end with the signal. */
export type Overlay = (surface: GraphSurface, signal: AbortSignal) => OverlayPart;
