/** The run's state in words, and how it is to be coloured. */

import type { World } from "../state/state";
import type { RunState } from "../wire";
import { rate } from "./format";

export type Tone = "good" | "still" | "bad";

/** What there is to see while all goes as usual, and what one step of it is called. */
export const WORLD_WORDS: Record<World, { motto: string; steps: string }> = {
  town: { motto: "an agent learns to live in a small town", steps: "steps" },
  dialogue: { motto: "an agent learns to talk about a debt", steps: "turns" },
};

const STATES: Record<string, { text: string; tone: Tone; motto?: string }> = {
  waiting: { text: "about to begin", tone: "still" },
  training: { text: "training", tone: "good" },
  catching_up: { text: "re-living", tone: "good", motto: "it computes its last episodes again, and goes on from there" },
  paused: { text: "paused", tone: "still", motto: "training is paused; what plays is the newest policy" },
  finished: { text: "finished", tone: "good", motto: "training is done; what plays is the newest policy" },
  failed: { text: "failed", tone: "bad", motto: "training broke off" },
  stopped: { text: "stopped", tone: "still", motto: "nobody trains it now; start it again to go on" },
};

/** `detail` is empty where the state speaks for itself, or where the narration or the motto tells it. */
export function runState(state: RunState, world: World): { text: string; tone: Tone; motto: string; speed: string; detail: string } {
  const words = WORLD_WORDS[world];
  const known = { motto: words.motto, ...(STATES[state.status] ?? { text: state.status, tone: "still" as const }) };
  const moving = state.status === "training" || state.status === "catching_up";
  const speed = moving && state.steps_per_second > 0 ? `${rate(state.steps_per_second)} ${words.steps}/s` : "";
  if (state.status === "catching_up" && state.detail) return { ...known, text: state.detail, speed, detail: "" };
  return { ...known, speed, detail: state.status === "failed" || state.status === "stopped" ? "" : state.detail };
}
