/** A life in one line, from what an episode's record says. */

import type { EpisodePoint } from "../wire";
import { count } from "./format";
import { meterWords } from "./vocabulary";

/** A life is out of the ordinary when this share of those around it were shorter, or longer. */
const MOST = 0.9;

/** `around`: the lives to compare with, this one among them. */
export function obituary(life: EpisodePoint, around: EpisodePoint[]): string {
  if (life.cause === "cap") return `Lived the full ${count(life.survival_time)} steps.`;
  const remark = compared(life, around);
  return `Lived ${count(life.survival_time)} steps${remark} and ${meterWords(life.cause).died}.`;
}

function compared(life: EpisodePoint, around: EpisodePoint[]): string {
  if (around.length < 20) return "";
  const share = (test: (other: EpisodePoint) => boolean) => around.filter(test).length / around.length;
  if (share((other) => other.survival_time < life.survival_time) >= MOST) return ", more than most,";
  return share((other) => other.survival_time > life.survival_time) >= MOST ? ", fewer than most," : "";
}
