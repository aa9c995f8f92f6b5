/** A moment of the stage, and what of its life came before: pure, of any list of frames. */

import type { StageFrame } from "../wire";

export interface Cell {
  x: number;
  y: number;
}

export interface Moment {
  frame: StageFrame | null;
  /** Cells of this life before the present one, oldest first; at most `TRAIL`. */
  trail: Cell[];
  /** Meters of this life up to now, oldest first; at most `MEMORY`. */
  meters: number[][];
}

export const TRAIL = 20;
export const MEMORY = 60;

/** What there is to see at `index` of `frames`. */
export function moment(frames: StageFrame[], index: number): Moment {
  const frame = frames[index] ?? null;
  if (!frame) return { frame, trail: [], meters: [] };
  let first = index;
  for (let before = frames[first - 1]; before?.life === frame.life && before.step < (frames[first]?.step ?? 0); before = frames[--first - 1]) {
    if (index - first >= MEMORY - 1) break;
  }
  const life = frames.slice(first, index + 1);
  return {
    frame,
    trail: life.slice(0, -1).slice(-TRAIL).map(({ x, y }) => ({ x, y })),
    meters: life.map((one) => one.meters),
  };
}
