/** What a move cost, in a line. */

import type { Recovery } from "../wire";
import { count, rate } from "./format";

/** "Moved at 5,000: 500 → 170 · back after 2,000, 696.3 k steps": episodes, until an exam reached .95 of the level before. */
export function recoveryWords({ episode, level_before, level_after, episodes, env_steps }: Recovery): string {
  const moved = `Moved at ${count(episode)}`;
  if (level_before === null) return `${moved}, before any exam`;
  const fall = level_after === null ? "" : `: ${count(level_before)} → ${count(level_after)}`;
  if (episodes === null) return `${moved}${fall} · not yet back`;
  if (episodes === 0) return `${moved}${fall} · no harm done`;
  const steps = env_steps === null ? "" : `, ${rate(env_steps)} steps`;
  return `${moved}${fall} · back after ${count(episodes)}${steps}`;
}
