/** What the talk page knows, and everything that can change it: one pure reducer. */

import type { Foreseen } from "../dialogue/foreseen";
import type { Foretold, TalkAsked, TalkOptions, TalkState, TalkTurn } from "../wire";

export type Play = TalkAsked["play"];

export interface TalkPageState {
  options: TalkOptions | null;
  /** What is asked for when the call begins. */
  asked: TalkAsked;
  /** The key to the talk that is shown; "" while none is. */
  link: string;
  talk: TalkState | null;
  /** Something was sent and is not answered yet. */
  busy: boolean;
  /** What went wrong last, in a sentence; "" when nothing did. */
  trouble: string;
  /** What became of the talk behind the link, which the server does not hold any more; "" while it does. */
  gone: string;
  /** Which utterance is looked at; `null`: the newest moment. */
  inspected: number | null;
  /** Seconds between two turns while it plays by itself; 0: it stands still. */
  pace: number;
}

export type TalkInput =
  | { type: "options"; options: TalkOptions }
  | { type: "asked"; change: Partial<TalkAsked> }
  | { type: "opened"; link: string }
  | { type: "talk"; link: string; talk: TalkState }
  | { type: "sent" }
  | { type: "trouble"; text: string }
  | { type: "gone"; link: string; told: string }
  | { type: "inspect"; at: number | null }
  | { type: "pace"; seconds: number }
  | { type: "closed" };

export const unasked: TalkAsked = { play: "debtor", persona: null, seed: null, collector: null, episode: null, keep: true };

export const silence: TalkPageState = {
  options: null, asked: unasked, link: "", talk: null, busy: false, trouble: "", gone: "", inspected: null, pace: 0,
};

export function reduce(state: TalkPageState, input: TalkInput): TalkPageState {
  switch (input.type) {
    case "options":
      return { ...state, options: input.options };
    case "asked": {
      const asked = { ...state.asked, ...input.change };
      // A policy kept after an episode belongs to its run.
      if (input.change.collector !== undefined && input.change.episode === undefined) asked.episode = null;
      return { ...state, asked, trouble: "" };
    }
    case "opened":
      return { ...state, link: input.link, talk: null, busy: false, trouble: "", gone: "", inspected: null, pace: 0 };
    case "talk":
      return input.link === state.link ? told(state, input.talk) : state;
    case "sent":
      return { ...state, busy: true, trouble: "" };
    case "trouble":
      return { ...state, busy: false, trouble: input.text, pace: 0 };
    case "gone":
      return input.link === state.link ? lost(state, input.told) : state;
    case "inspect":
      return { ...state, inspected: state.inspected === input.at ? null : input.at };
    case "pace":
      return { ...state, pace: input.seconds };
    case "closed":
      return { ...silence, options: state.options, asked: state.asked };
  }
}

/** What was seen of it stays on the page; a call that went on is over, and it is said why. */
function lost(state: TalkPageState, told: string): TalkPageState {
  const went = state.talk !== null && !state.talk.ending;
  const talk = state.talk && { ...state.talk, next: null, ending: state.talk.ending || "left" };
  return { ...state, talk, busy: false, gone: told, trouble: went ? told : state.trouble, pace: 0 };
}

/** Answers and the socket tell the same; whichever comes late is not believed. */
function told(state: TalkPageState, talk: TalkState): TalkPageState {
  if (state.talk && talk.revision < state.talk.revision) return state;
  const grown = talk.turns.length > (state.talk?.turns.length ?? 0);
  return { ...state, talk, busy: false, gone: "", trouble: "", inspected: grown ? null : state.inspected, pace: talk.ending ? 0 : state.pace };
}

/** The collector's mind at a moment: what it chose, or is about to choose, by which values, and what it perceives. */
export interface Moment {
  act: string;
  values: number[];
  mask: boolean[];
  observed: number[];
  /** What it foretold of the act and of those of most promise, perceiving `chosen` then; empty where nothing was. */
  foretold: Foretold[];
  chosen: number[];
  /** What the debtor answered to the act; "" where that is not known yet. */
  answer: string;
  /** It is still to come. */
  ahead: boolean;
}

export function moment(talk: TalkState, inspected: number | null): Moment {
  const looked = inspected === null ? null : (talk.turns[inspected] ?? null);
  if (!looked && talk.next) {
    const { act, q_values, mask, foretold } = talk.next;
    return { act, values: q_values, mask, observed: talk.observed, foretold, chosen: talk.observed, answer: "", ahead: true };
  }
  const until = looked ? talk.turns.slice(0, inspected! + 1) : talk.turns;
  const done = until.filter((turn) => turn.act).at(-1);
  const observed = looked?.observed ?? talk.observed;
  const answer = done ? (talk.turns.find((turn) => turn.chance !== null && turn.number === done.number)?.intent ?? "") : "";
  return { act: done?.act ?? "", values: done?.q_values ?? [], mask: done?.mask ?? [], observed, foretold: done?.foretold ?? [], chosen: done?.observed ?? [], answer, ahead: false };
}

/** What its model had foretold of the act that `turn` answers; `null` where it was not asked. */
export function foretoldOf(turn: TalkTurn, talk: TalkState, acts: string[]): Foretold | null {
  const asked = talk.turns.find((one) => one.act && one.number === turn.number);
  return (turn.chance !== null && asked?.foretold.find((one) => acts[one.act] === asked.act)) || null;
}

/** Every answer that the collector's model was asked about, beside what it had foretold. */
export function foreseen(talk: TalkState, options: TalkOptions): Foreseen[] {
  const [sentiment, cooperation] = ["sentiment", "cooperation"].map((name) => options.observed.findIndex((number) => number.name === name));
  return talk.turns.flatMap((turn) => {
    const foretold = foretoldOf(turn, talk, options.acts);
    if (!foretold) return [];
    return [{ foretold, intent: turn.intent, chance: turn.chance ?? 0, sentiment: turn.observed[sentiment!] ?? 0, cooperation: turn.observed[cooperation!] ?? 0 }];
  });
}

export function violations(turns: TalkTurn[]): number {
  return turns.reduce((sum, turn) => sum + turn.violations.length, 0);
}

/** How many turns the collector has had. */
export function turnsOf(talk: TalkState): number {
  return talk.turns.filter((turn) => turn.act).length;
}
