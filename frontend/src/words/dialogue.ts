/** Plain words for what is done, understood and reached in a call; unknown names are shown as they are. */

import words from "./dialogue.json";

interface Persona {
  name: string;
  /** Inside a sentence. */
  told: string;
}

interface Outcome {
  /** A row of "How calls end". */
  name: string;
  /** A sentence for the one who was listening. */
  told: string;
  success: boolean;
}

const plain = (name: string) => name.replaceAll("_", " ");
const known = (table: Record<string, string>, name: string) => table[name] ?? plain(name);

export const actWords = (act: string) => known(words.acts, act);
export const intentWords = (intent: string) => known(words.intents, intent);
export const signalWords = (signal: string) => known(words.signals, signal);
export const violationWords = (violation: string) => known(words.violations, violation);

const PERSONAS: Record<string, Persona> = words.personas;

export function personaWords(persona: string): Persona {
  return PERSONAS[persona] ?? { name: plain(persona), told: `a debtor of the kind “${plain(persona)}”` };
}

const OUTCOMES: Record<string, Outcome> = words.outcomes;

/** In the order in which they are listed: the successes first. */
export const outcomes = Object.keys(OUTCOMES);

/** One that this page does not know counts as no success. */
export function outcomeWords(outcome: string): Outcome {
  return OUTCOMES[outcome] ?? { name: plain(outcome), told: `Ended: ${plain(outcome)}.`, success: false };
}

/** Who sat the exam, the best first; the agent itself is not a baseline. */
export const BASELINES: [string, string][] = [
  ["oracle", "oracle"],
  ["rule", "rule"],
  ["constant", "best constant act"],
  ["random", "at random"],
];

/** What is wrong with a turn, as one sentence; "" when no rule was broken. */
export function breach(violations: string[]): string {
  return violations.length === 0 ? "" : `Rule broken: ${violations.map(violationWords).join("; ")}.`;
}
