/** Words for a talk: who one is, how it ended, what a margin note says. */

import type { TalkDebtor, TalkState, TalkTurn } from "../wire";
import { actWords, intentWords, outcomeWords, personaWords, signalWords, violationWords } from "../words/dialogue";
import { count, money, signed } from "../words/format";

/** How a talk with a person ends (`hamlet/conversation/session.py`), and one that somebody walked away from. */
export const ENDINGS: Record<string, string> = {
  agreed: "You agreed to an offer.",
  refused: "You refused, and the collector let it be.",
  referred: "A specialist takes over.",
  closed: "The collector ended the call, with nothing agreed.",
  hung_up: "You hung up.",
  timed_out: "The call took too many turns.",
  left: "The call was left.",
};

/** What happened, and why a specialist should take over: told to the one who plays it, and of somebody else. */
const EVENTS: Record<string, [string, string]> = {
  job_loss: ["You lost your job.", "Lost a job."],
  reduced_hours: ["Your hours were cut.", "Had hours cut."],
  illness: ["You fell ill.", "Fell ill."],
  separation: ["You separated.", "Separated."],
  bereavement: ["Somebody close to you died.", "Lost somebody close."],
  new_baby: ["You have a new baby.", "Has a new baby."],
  car_repair: ["Your car had to be repaired.", "Had to have a car repaired."],
};
const REASONS: Record<string, [string, string]> = {
  cannot_pay: ["You cannot pay at all.", "Cannot pay at all."],
  disputes: ["You hold this debt for wrong.", "Holds this debt for wrong."],
  wrong_party: ["You are not the one they look for.", "Is not the one they look for."],
  vulnerable: ["You are not well enough to deal with this.", "Is not well enough to deal with this."],
};

/** Who the person is to play (`you`), or whom the collector does not see. */
export function role(debtor: TalkDebtor, you: boolean): string {
  const owes = `${money(debtor.debt)} for ${count(debtor.days_overdue)} days`;
  const earns = `${money(debtor.income)} a month`;
  const spares = debtor.affordable > 0 ? money(debtor.affordable) : "nothing";
  const saved = debtor.savings > 0 ? money(debtor.savings) : "nothing";
  const means = you
    ? `You owe ${owes}, earn ${earns}, can spare ${spares} of it, and have ${saved} saved.`
    : `Owes ${owes}, earns ${earns}, can spare ${spares} of it, and has ${saved} saved.`;
  const teller = you ? 0 : 1;
  return [means, EVENTS[debtor.life_event]?.[teller], REASONS[debtor.reason]?.[teller]].filter(Boolean).join(" ");
}

export function title(talk: TalkState): string {
  if (talk.play === "debtor") return `You are ${personaWords(talk.debtor?.persona ?? "").name}, and the phone rings`;
  if (talk.debtor === null) return "Somebody picks up. Who, you have to find out";
  return `On the line: ${personaWords(talk.debtor.persona).told}`;
}

/** Who is who, in a line. */
export function cast(talk: TalkState): string {
  const policy = collector(talk.run, talk.episode);
  if (talk.play === "collector") return `Collector: you; marked is what another would do, ${policy}`;
  return `Collector: ${policy} · Debtor: ${talk.play === "debtor" ? "you" : personaWords(talk.debtor?.persona ?? "").name}`;
}

/** Whose policy collects. */
export function collector(run: string, episode: number): string {
  return run === "rule" ? "a rule of a few lines" : `as learned by call ${count(episode)} of ${run}`;
}

/** What was understood of an answer. */
export function sensed(turn: TalkTurn, before: TalkTurn | null): string {
  const sure = turn.confidence < 1 ? ` ${turn.confidence.toFixed(2).replace(/^0/, "")}` : "";
  const trend = before === null || Math.abs(turn.cooperation - before.cooperation) < 0.05 ? "" : turn.cooperation > before.cooperation ? " ↑" : " ↓";
  const parts = [`${intentWords(turn.intent)}${sure}`, `sentiment ${signed(turn.sentiment)}`, `will ${signed(turn.cooperation)}${trend}`];
  return [...parts, ...turn.signals.map(signalWords)].join(" · ");
}

/** The two acts that came next to the one that was chosen; "" where no values are told. */
export function considered(turn: TalkTurn, acts: string[]): string {
  const rest = turn.q_values
    .map((value, index) => ({ value, act: acts[index] ?? "", allowed: turn.mask[index] !== false }))
    .filter(({ act, allowed }) => allowed && act !== turn.act)
    .sort((one, other) => other.value - one.value)
    .slice(0, 2);
  return rest.length === 0 ? "" : `considered: ${rest.map(({ act, value }) => `${actWords(act)} ${signed(value)}`).join(" · ")}`;
}

export interface Note {
  text: string;
  good: boolean;
}

/** What the rules of such calls say to a turn, for the margin. */
export function notes(turn: TalkTurn, first: boolean, debtor: TalkDebtor | null): Note[] {
  const found: Note[] = turn.violations.map((name) => ({ text: violationWords(name), good: false }));
  if (turn.act === "identify_and_disclose" && first) found.push({ text: "identity, disclosure", good: true });
  if (debtor && turn.act === "offer_payment_plan") {
    const fits = debtor.instalment <= debtor.affordable;
    found.push({ text: `${money(debtor.instalment)} a month, can spare ${money(debtor.affordable)}`, good: fits });
  }
  return found;
}

export function verdict(talk: TalkState): { success: boolean; told: string; why: string } {
  if (talk.play !== "debtor" && talk.ending !== "left") return { success: talk.success, told: outcomeWords(talk.ending).told, why: "" };
  return { success: talk.success, told: ENDINGS[talk.ending] ?? talk.ending, why: why(talk) };
}

function why(talk: TalkState): string {
  const reason = talk.debtor?.reason ?? "";
  if (talk.ending === "agreed" && reason) return "A success it is not: whoever you played was a case for a specialist.";
  if (talk.ending === "referred") return reason ? "Rightly so: there was a reason for it." : "There was no reason for it: you could have come to terms.";
  return "";
}
