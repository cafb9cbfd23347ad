/** What of the drawing is in sight while nobody has moved it: its beginning, all of it, and then what runs. */

import type { Chooser } from "../choice.ts";
import { columnsIn } from "../layout/drawing.ts";
import { MOST_ELEMENTS, READABLE, type Board } from "./board.ts";
import type { Box } from "./viewport.ts";

const LEAST_HEIGHT = 150;
const MOST_HEIGHT = 440;
/** A wide place may be as high as this share of its width. */
const HEIGHT_SHARE = 0.37;
const PADDING = 28;

export interface Sight {
  /** Whether the drawing is moved for the person, who has not moved it. */
  readonly isFollowing: boolean;
  /** How many layers can be read side by side; null where there is room enough to read along. */
  readonly columns: number | null;
  /** The person moved the drawing, or went somewhere in it. */
  leave(): void;
  /** Shows all, however small. */
  fit(): void;
  /** Gives the drawing its height, and shows its beginning, or all where all was asked for. */
  follow(): void;
  /** Of a drawing that is larger than its place, keeps something that runs in sight. */
  followRunning(): void;
}

export function createSight(board: Board, frame: HTMLElement, chooser: Chooser): Sight {
  const { svg, viewport } = board;
  let [isFollowing, isWhole] = [true, false];
  /** Of so many cards that only their shape can be seen at once, that is what is shown. */
  const isShape = () => isWhole || (board.scene?.cards.length ?? 0) > MOST_ELEMENTS;
  const whole = (): Box => ({ x: 0, y: 0, width: 1, height: 1, ...board.scene?.size });
  const sight: Sight = {
    get isFollowing() {
      return isFollowing;
    },
    get columns() {
      return frame.clientWidth === 0 ? null : columnsIn((frame.clientWidth - PADDING) / READABLE);
    },
    leave: () => void (isFollowing = false),
    fit() {
      [isFollowing, isWhole] = [true, true];
      if (board.scene !== null) viewport.fit(whole());
    },
    follow() {
      const { scene } = board;
      if (scene === null) return;
      isFollowing = true;
      frame.style.flexBasis = `${heightFor(scene.size, frame.clientWidth || 700, isShape() ? 0 : READABLE)}px`;
      if (isShape()) viewport.fit(whole());
      else viewport.begin(whole(), READABLE, scene.boxes[0] ?? whole());
      sight.followRunning();
    },
    followRunning() {
      const { scene } = board;
      if (scene === null || !isFollowing || isShape()) return;
      // Nothing moves away under somebody's hands.
      if (chooser.current.task !== null || frame.matches(":hover") || svg.contains(document.activeElement)) return;
      const running = scene.boxes.filter((_, at) => board.faceAt(at) === "running");
      const seen = viewport.visible();
      if (running.length === 0 || running.some((box) => isWithin(box, seen))) return;
      viewport.reveal(running[0]!, whole());
    },
  };
  return sight;
}

/** The height at which a drawing of some size, at no less than some scale, fits a place of some width, within reason. */
function heightFor({ width, height }: { readonly width: number; readonly height: number }, room: number, least: number): number {
  const most = Math.max(MOST_HEIGHT, room * HEIGHT_SHARE);
  const wanted = height * Math.min(1, Math.max(least, (room - PADDING) / width)) + PADDING;
  return Math.round(Math.max(LEAST_HEIGHT, Math.min(most, wanted)));
}

function isWithin(box: Box, seen: Box): boolean {
  return box.x >= seen.x && box.y >= seen.y && box.x + box.width <= seen.x + seen.width && box.y + box.height <= seen.y + seen.height;
}
