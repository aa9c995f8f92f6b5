/** What a move cost, in a line. */

import type { Recovery } from "../wire";
import { count, rate } from "./format";

/** "Moved at 5,000: 500 → 170 · back at .95 after 2,000 episodes, 696.3 k steps" */
export function recoveryWords({ episode, level_before, level_after, episodes, env_steps }: Recovery): string {
  const moved = `Moved at ${count(episode)}`;
  if (level_before === null) return `${moved}, before any exam`;
  const fall = level_after === null ? "" : `: ${count(level_before)} → ${count(level_after)}`;
  if (episodes === null) return `${moved}${fall} · not yet back`;
  if (episodes === 0) return `${moved}${fall} · no harm done`;
  const steps = env_steps === null ? "" : `, ${rate(env_steps)} steps`;
  return `${moved}${fall} · back at .95 after ${count(episodes)} episodes${steps}`;
}
