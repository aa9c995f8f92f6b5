import { expect, it } from "vitest";
import { percentile, quiet, reduce, told, type Latency, type Voice, type VoiceInput } from "./state";

const latency: Latency = { type: "latency", end_of_turn: 510, recognised: 0, answered: 2, first_sound: 10, whole: 522 };

function after(...inputs: VoiceInput[]): Voice {
  return inputs.reduce(reduce, quiet);
}

it("opens with the first state and begins anew with each line", () => {
  const voice = after({ type: "state", state: "listening", ending: "" }, latency);
  expect([voice.line, voice.state, voice.latencies.length]).toEqual(["open", "listening", 1]);
  expect(reduce(voice, { type: "line", line: "asking" })).toEqual({ ...quiet, line: "asking" });
});

it("shows what is being said until the turn is answered", () => {
  const saying = after({ type: "state", state: "listening", ending: "" }, { type: "caption", who: "debtor", text: "I lost", final: false, clear: true });
  expect(saying.caption).toBe("I lost");
  const thinking = reduce(saying, { type: "state", state: "processing", ending: "" });
  expect(thinking.caption).toBe("I lost");
  expect(reduce(thinking, { type: "state", state: "speaking", ending: "" }).caption).toBe("");
});

it("shows what was heard at an interruption, until it goes on or says something else", () => {
  const stopped = after({ type: "stopped", heard: "We could", resumed: false });
  expect(stopped.heard).toBe("We could");
  expect(reduce(stopped, { type: "stopped", heard: "We could", resumed: true }).heard).toBe("");
  expect(reduce(stopped, { type: "caption", who: "collector", text: "Yes?", final: true, clear: true }).heard).toBe("");
});

it("keeps the newest 200 latencies, of the server and to the loudspeaker", () => {
  const many = Array.from({ length: 205 }, (_, at) => ({ ...latency, whole: at }));
  const voice = after(...many, ...many.map(({ whole }) => ({ type: "sounded" as const, ms: whole })));
  expect([voice.latencies.length, voice.latencies[0]!.whole]).toEqual([200, 5]);
  expect([voice.toLoudspeaker.length, voice.toLoudspeaker.at(-1)]).toEqual([200, 204]);
});

it.each([
  [[], 0.5, null],
  [[3, 1, 2], 0.5, 2],
  [[3, 1, 2], 0.95, 3],
  [[7], 0.01, 7],
])("of %j the share %d is within %s", (values, share, found) => {
  expect(percentile(values, share)).toBe(found);
});

it("says in a sentence how the line stands", () => {
  expect(told(quiet)).toBe("");
  expect(told({ ...quiet, line: "refused" })).toContain("Allow the microphone");
  expect(told({ ...quiet, line: "failed", note: "no room" })).toBe("no room");
  expect(told({ ...quiet, line: "failed" })).toContain("typing works as before");
  expect(told({ ...quiet, line: "open", state: "speaking" })).toContain("interrupt");
});
