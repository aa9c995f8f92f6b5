import { expect, it } from "vitest";
import { answered, spoke, talkNext, talkOptions, talkState } from "../fixtures/talk";
import { foretold } from "../fixtures/dialogue";
import { foreseen, moment, reduce, silence, turnsOf, violations, type TalkInput, type TalkPageState } from "./state";

const after = (...inputs: TalkInput[]): TalkPageState => inputs.reduce(reduce, silence);
const open: TalkInput[] = [{ type: "options", options: talkOptions() }, { type: "opened", link: "L" }, { type: "talk", link: "L", talk: talkState() }];

it("asks for what was chosen, and forgets the age of another run's policy", () => {
  const state = after({ type: "asked", change: { collector: "dialogue-1", episode: 200 } }, { type: "asked", change: { persona: "sad" } });
  expect(state.asked).toMatchObject({ collector: "dialogue-1", episode: 200, persona: "sad", play: "debtor" });
  expect(reduce(state, { type: "asked", change: { collector: "rule" } }).asked.episode).toBeNull();
});

it("takes each revision once, whichever way it came, and none of another talk", () => {
  const newer = talkState({ revision: 2, turns: [spoke("identify_and_disclose"), answered("hello")] });
  const state = after(...open, { type: "sent" }, { type: "talk", link: "L", talk: newer });
  expect([state.busy, state.talk?.turns.length]).toEqual([false, 2]);
  expect(reduce(state, { type: "talk", link: "L", talk: talkState() }).talk).toBe(newer);
  expect(reduce(state, { type: "talk", link: "M", talk: talkState({ revision: 9 }) })).toBe(state);
});

it("looks at the newest moment again as soon as something is said", () => {
  const looking = after(...open, { type: "inspect", at: 0 });
  expect(looking.inspected).toBe(0);
  expect(reduce(looking, { type: "inspect", at: 0 }).inspected).toBeNull();
  const more = talkState({ revision: 2, turns: [spoke("identify_and_disclose"), answered("hello")] });
  expect(reduce(looking, { type: "talk", link: "L", talk: more }).inspected).toBeNull();
});

it("stops playing at the end, and when something went wrong", () => {
  const playing = after(...open, { type: "pace", seconds: 2.5 });
  expect(reduce(playing, { type: "talk", link: "L", talk: talkState({ revision: 2 }) }).pace).toBe(2.5);
  expect(reduce(playing, { type: "talk", link: "L", talk: talkState({ revision: 2, ending: "hung_up" }) }).pace).toBe(0);
  expect(reduce(playing, { type: "trouble", text: "No." })).toMatchObject({ pace: 0, busy: false, trouble: "No." });
});

it("keeps showing what was said when the server lets a talk go, and says why one cannot go on", () => {
  const ended = after(...open, { type: "talk", link: "L", talk: talkState({ revision: 2, ending: "agreed" }) }, { type: "gone", link: "L", told: "It is over." });
  expect([ended.gone, ended.talk?.ending, ended.trouble]).toEqual(["It is over.", "agreed", ""]);
  expect(after({ type: "opened", link: "L" }, { type: "gone", link: "L", told: "It is over." })).toMatchObject({ gone: "It is over.", talk: null });
  const broken = after(...open, { type: "gone", link: "L", told: "It was cut off." });
  expect(broken).toMatchObject({ trouble: "It was cut off.", talk: { ending: "left", next: null, turns: talkState().turns } });
  expect(after(...open, { type: "closed" })).toMatchObject({ link: "", talk: null, gone: "", options: talkOptions() });
});

it("knows the mind at a moment: what comes, what was, and what was looked at", () => {
  const next = talkNext("hard_close", { q_values: [1, 2, 3, 4, 5] });
  const turns = [spoke("identify_and_disclose"), answered("hm"), spoke("hard_close", { q_values: [], violations: ["threat"] }), answered("no")];
  const talk = talkState({ play: "watch", turns, next });
  expect(moment(talk, null)).toMatchObject({ act: "hard_close", values: next.q_values, ahead: true, observed: [-0.87, 0.1] });
  expect(moment(talk, 1)).toMatchObject({ act: "identify_and_disclose", ahead: false, observed: [-0.9, -0.2] });
  expect(moment(talkState({ turns: [...turns, spoke("", { text: "Pardon?" })] }), null).act).toBe("hard_close");
  expect([violations(turns), turnsOf(talk)]).toEqual([1, 2]);
});

it("holds what was foretold of an act beside the answer that came, and leaves out what was asked again", () => {
  const told = foretold({ act: 0, sentiment: 0.5, cooperation: 0, replies: [{ intent: "inform", chance: 0.6 }] });
  const turns = [
    spoke("identify_and_disclose", { foretold: [told, foretold({ act: 1 })], observed: [-1, 0, 0.2] }),
    answered("flurb", { intent: "other" }),
    spoke("", { text: "Pardon?" }),
    answered("I lost my job.", { chance: 0.6, observed: [-0.9, -0.2, 0.3] }),
  ];
  const talk = talkState({ foresees: true, turns });
  expect(foreseen(talk, talkOptions())).toEqual([{ foretold: told, intent: "inform", chance: 0.6, sentiment: -0.2, cooperation: 0.3 }]);
  expect(moment(talk, null)).toMatchObject({ act: "identify_and_disclose", foretold: turns[0]!.foretold, chosen: [-1, 0, 0.2], answer: "inform" });
});
