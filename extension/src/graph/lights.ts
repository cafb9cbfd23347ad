/** Which cards and edges are lit, dimmed or marked, by what is chosen, searched, filtered and measured. */

import type { Face } from "../glyphs.ts";
import { showsOneOf, type Looks } from "./looks.ts";
import type { Scene } from "./scene.ts";

export const LIT = 1;
export const CHOSEN = 2;
export const DIM = 4;
export const CRITICAL = 8;
export const MATCH = 16;
/** The match that was gone to. */
export const CURRENT = 32;

export interface Wish {
  /** The chosen task, its way lit. */
  readonly chosen: string | null;
  /** Ids of the tasks of the critical path, in order; null while it is not shown. */
  readonly critical: readonly string[] | null;
  /** Ids of the tasks that were searched for; null while nothing is. */
  readonly matches: ReadonlySet<string> | null;
  readonly current: string | null;
  /** States to be shown; empty for all. */
  readonly faces: ReadonlySet<Face>;
}

/** Marks by the number of the card, and of the edge. */
export interface Lights {
  readonly cards: Uint8Array;
  readonly edges: Uint8Array;
  readonly hasChoice: boolean;
}

export function lightsOf(scene: Scene, looks: Looks, wish: Wish): Lights {
  const cards = new Uint8Array(scene.cards.length);
  const edges = new Uint8Array(scene.edges.length);
  const hasChoice = lightWay(scene, wish.chosen, cards, edges);
  if (wish.critical !== null) markChain(scene, wish.critical, cards, edges);
  if (wish.matches !== null || wish.faces.size > 0) {
    const found = new Set(Array.from(wish.matches ?? [], scene.numberOf));
    for (const at of cards.keys()) {
      const isFound = wish.matches === null || found.has(at);
      if (wish.matches !== null && isFound) cards[at]! |= MATCH;
      const isShown = wish.faces.size === 0 || showsOneOf(looks.cards[at]!, wish.faces);
      if (!isFound || !isShown) cards[at]! |= DIM;
    }
    dimWithEnds(scene, cards, edges);
    const current = wish.current === null ? -1 : scene.numberOf(wish.current);
    if (current >= 0) cards[current]! |= CURRENT;
  }
  return { cards, edges, hasChoice };
}

function lightWay(scene: Scene, chosen: string | null, cards: Uint8Array, edges: Uint8Array): boolean {
  const at = chosen === null ? -1 : scene.numberOf(chosen);
  if (at < 0) return false;
  const { before, after } = scene.topology.pathThrough(scene.cards[at]!.id);
  scene.cards.forEach(({ id }, card) => {
    cards[card]! |= before.has(id) || after.has(id) ? LIT : DIM;
  });
  cards[at]! |= CHOSEN;
  scene.edges.forEach(({ edge: { source, target } }, number) => {
    const isOn = (side: ReadonlySet<string>) => side.has(source) && side.has(target);
    edges[number]! |= isOn(before) || isOn(after) ? LIT : DIM;
  });
  return true;
}

function markChain(scene: Scene, chain: readonly string[], cards: Uint8Array, edges: Uint8Array): void {
  const next = new Map<number, Set<number>>();
  chain.forEach((id, place) => {
    const at = scene.numberOf(id);
    if (at < 0) return;
    cards[at]! |= CRITICAL;
    const before = place === 0 ? -1 : scene.numberOf(chain[place - 1]!);
    if (before >= 0) next.set(before, (next.get(before) ?? new Set()).add(at));
  });
  scene.edges.forEach(({ source, target }, number) => {
    if (next.get(source)?.has(target)) edges[number]! |= CRITICAL;
  });
}

function dimWithEnds(scene: Scene, cards: Uint8Array, edges: Uint8Array): void {
  scene.edges.forEach(({ source, target }, number) => {
    if ((cards[source]! | cards[target]!) & DIM) edges[number]! |= DIM;
  });
}
