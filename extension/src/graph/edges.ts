/** What edges say: the names of the data they carry, as labels where they are lit. */

import { s } from "../dom.ts";
import type { GraphEdge } from "../model/run.ts";
import { middleOf } from "./curve.ts";
import type { SceneEdge } from "./scene.ts";

const MOST_NAMES = 12;

export function edgeText({ names }: GraphEdge): string {
  if (names.length === 0) return "after";
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(", ")} and ${more} more` : names.join(", ");
}

export function createEdgeLabel({ edge, curve }: SceneEdge): SVGTextElement {
  const { x, y } = middleOf(curve);
  return s("text", { class: "mz-edge-label", x, y: y - 4, "text-anchor": "middle" }, edgeText(edge));
}
