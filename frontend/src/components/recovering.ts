/** The stretch of the run around a move, as a curve. */

import { rolling } from "../state/points";
import type { Recovery, Stretch } from "../wire";

const WINDOW = 50;
const BEFORE = 0.25; // of the picture
const SHORTEST = 400; // episodes
const BACK = 0.95; // of the level before: as the server counts it

export interface Around {
  from: number;
  to: number;
  d: string;
  /** Where the move and the recovery lie, and how high the goal. */
  move: number;
  back: number | null;
  goal: number | null;
}

/** In a picture of `width` × `height`; as far after the move as the recovery took and a third more. */
export function around(points: Stretch[], recovery: Recovery, width: number, height: number, cap: number): Around {
  const last = points.at(-1)?.episode ?? recovery.episode;
  const after = Math.max(SHORTEST, recovery.episodes === null ? last - recovery.episode : recovery.episodes * 1.33);
  const to = Math.min(Math.max(last, recovery.episode + SHORTEST), recovery.episode + Math.round(after));
  const from = Math.max(1, Math.round(recovery.episode - (to - recovery.episode) * (BEFORE / (1 - BEFORE))));
  const x = (episode: number) => Number((((episode - from) / Math.max(1, to - from)) * width).toFixed(1));
  const y = (steps: number) => Number((height - (Math.min(cap, steps) / Math.max(1, cap)) * height).toFixed(1));
  // the window does not reach across the move: the fall is sharp
  const part = (inside: (one: Stretch) => boolean) => {
    const { episodes, mean } = rolling(points.filter(inside), WINDOW, cap);
    return episodes.map((episode, index) => `${x(episode)} ${y(mean[index] ?? 0)}`).join("L");
  };
  const before = part((one) => one.episode >= from && one.episode <= recovery.episode);
  const since = part((one) => one.first > recovery.episode && one.episode <= to);
  return {
    from,
    to,
    d: [before, since].filter(Boolean).map((line) => `M${line}`).join(""),
    move: x(recovery.episode),
    back: recovery.episodes === null ? null : x(recovery.episode + recovery.episodes),
    goal: recovery.level_before === null ? null : y(recovery.level_before * BACK),
  };
}
