/** What a collector's model of debtors said of a turn, beside what came: as numbers and in words. */

import type { Foretold } from "../wire";
import { intentWords } from "../words/dialogue";
import { percent } from "../words/format";

/** A turn that was answered: what was foretold of its act, and how the debtor sounded then in the running means. */
export interface Foreseen {
  foretold: Foretold;
  intent: string;
  chance: number;
  sentiment: number;
  cooperation: number;
}

export interface Reality {
  turns: number;
  /** Turns in which the likeliest answer came. */
  first: number;
  /** How likely it held what came, on average. */
  chance: number | null;
  /** By how much mood and will were off, on average; each runs from −1 to 1. */
  off: number | null;
}

export function reality(turns: Foreseen[]): Reality {
  const misses = turns.flatMap((turn) => [Math.abs(turn.foretold.sentiment - turn.sentiment), Math.abs(turn.foretold.cooperation - turn.cooperation)]);
  return {
    turns: turns.length,
    first: turns.filter((turn) => turn.foretold.replies[0]?.intent === turn.intent).length,
    chance: mean(turns.map((turn) => turn.chance)),
    off: mean(misses),
  };
}

/** "foreseen: 31 %; it expected “puts it off”, 45 %" */
export function expected(foretold: Foretold | null | undefined, intent: string, chance: number): string {
  const likeliest = foretold?.replies[0];
  if (!likeliest) return "";
  if (likeliest.intent === intent) return `foreseen: ${percent(likeliest.chance)}`;
  return `foreseen: ${percent(chance)}; it expected “${intentWords(likeliest.intent)}”, ${percent(likeliest.chance)}`;
}

function mean(values: number[]): number | null {
  return values.length > 0 ? values.reduce((sum, one) => sum + one, 0) / values.length : null;
}
