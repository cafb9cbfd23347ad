/** Where an arrow key leads from a task: along edges sideways, along the layer up and down. */

import type { Topology } from "../model/topology.ts";

export type Arrow = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

export interface Place {
  readonly x: number;
  readonly y: number;
}

export function isArrow(key: string): key is Arrow {
  return key === "ArrowLeft" || key === "ArrowRight" || key === "ArrowUp" || key === "ArrowDown";
}

/** The task to go to, or null where there is none. */
export function stepFrom(
  id: string,
  arrow: Arrow,
  places: ReadonlyMap<string, Place>,
  topology: Topology,
): string | null {
  const here = places.get(id);
  if (here === undefined) return null;
  switch (arrow) {
    case "ArrowLeft":
      return nearest(here, topology.into(id).map((edge) => edge.source), places)
        ?? nearest(here, beside(places, (place) => place.x < here.x), places);
    case "ArrowRight":
      return nearest(here, topology.outOf(id).map((edge) => edge.target), places)
        ?? nearest(here, beside(places, (place) => place.x > here.x), places);
    case "ArrowUp":
      return nearest(here, beside(places, (place) => place.y < here.y), places, 4);
    case "ArrowDown":
      return nearest(here, beside(places, (place) => place.y > here.y), places, 4);
    default: {
      const unhandled: never = arrow;
      return unhandled;
    }
  }
}

function beside(places: ReadonlyMap<string, Place>, is: (place: Place) => boolean): string[] {
  return [...places].flatMap(([id, place]) => (is(place) ? [id] : []));
}

/** `across` weighs sideways distance, so that up and down stay within a column where they can. */
function nearest(
  here: Place,
  ids: readonly string[],
  places: ReadonlyMap<string, Place>,
  across = 1,
): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const id of ids) {
    const place = places.get(id);
    if (place === undefined) continue;
    const distance = Math.hypot((place.x - here.x) * across, place.y - here.y);
    if (distance < least) [best, least] = [id, distance];
  }
  return best;
}
