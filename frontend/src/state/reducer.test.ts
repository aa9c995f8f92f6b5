import { describe, expect, it } from "vitest";
import { call, calls, dialogueFrame, dialogueHello, dialogueUpdate, turn } from "../fixtures/dialogue";
import { frame, hello, point, points, series, update } from "../fixtures/town";
import { single } from "./points";
import { reduce } from "./reducer";
import { BUFFER, nothing, present, type Input, type State } from "./state";

function after(...inputs: Input[]): State {
  return inputs.reduce(reduce, nothing);
}

const episodes = (state: State) => state.town.points.map((one) => one.episode);
const history = (from: number, to: number, asked = 0): Input => ({ type: "history", run: "r1", after: asked, points: points(from, to) });

describe("episodes", () => {
  it("asks for the whole run when it is greeted", () => {
    expect(after(hello()).town.wanted).toEqual({ kind: "history", run: "r1", after: 0 });
  });

  it("asks for nothing before any run", () => {
    expect(after(hello({ run: "" })).town.wanted).toBeNull();
  });

  it("joins history and updates, each episode once and in order", () => {
    const state = after(hello(), history(1, 30), update(21, 32), update(21, 32), update(25, 35));
    expect(episodes(state)).toEqual(Array.from({ length: 35 }, (_, index) => index + 1));
    expect(state.town.frontier).toBe(35);
    expect(state.town.wanted).toBeNull();
  });

  it("keeps the newer word on an episode", () => {
    const told = update(3, 4, { recent: [point(3, { survival_time: 77 }), point(4)] });
    expect(after(hello(), history(1, 3), told).town.points[2]?.survival).toBe(77);
  });

  it("takes a run in stretches, and adds only what they do not hold", () => {
    const stretches = [1, 11, 21].map((first) => ({ ...single(point(first + 9)), first }));
    const told = after(hello(), { type: "series", run: "r1", after: 0, series: { size: 10, stretches, checkpoints: [20] } }, update(11, 32));
    expect(episodes(told)).toEqual([10, 20, 30, 31, 32]);
    expect(told.town).toMatchObject({ checkpoints: [20], frontier: 32, wanted: null });
  });

  it("asks for the whole run again where too much is missing to be filled", () => {
    const state = after(hello(), history(1, 30), update(5001, 5050));
    expect(state.town.wanted).toEqual({ kind: "history", run: "r1", after: 0 });
    const again = reduce(state, { type: "series", run: "r1", after: 0, series: series(5001, 5060) });
    expect([again.town.points[0]?.episode, again.town.frontier]).toEqual([5001, 5060]);
  });

  it("shows no hole: what follows one waits until the hole is filled", () => {
    const holed = after(hello(), history(1, 30), update(41, 50));
    expect(holed.town.wanted).toEqual({ kind: "history", run: "r1", after: 30 });
    expect(holed.town.frontier).toBe(30);
    const filled = [history(31, 50, 30), update(42, 51)].reduce(reduce, holed);
    expect(episodes(filled)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    expect(filled.town.wanted).toBeNull();
  });

  it("asks once for one hole", () => {
    const first = after(hello(), history(1, 30), update(41, 50));
    expect(reduce(first, update(42, 51)).town.wanted).toBe(first.town.wanted);
  });

  it("ignores an answer to a question it no longer asks", () => {
    const state = after(hello(), history(1, 30));
    expect(reduce(state, history(1, 9))).toBe(state);
    expect(reduce(after(hello({ run: "r2" })), history(1, 9)).town.points).toEqual([]);
  });

  it("starts its history over when episodes are taken back", () => {
    const state = after(hello(), history(1, 30), update(21, 40), update(11, 20));
    expect(state.town.points).toEqual([]);
    expect(state.town.wanted).toEqual({ kind: "history", run: "r1", after: 0 });
  });

  it("starts its history over when the run diverged", () => {
    const diverged = update(31, 41, { marks: [{ episode: 12, kind: "diverged", text: "", old_stage: null, new_stage: null }] });
    expect(after(hello(), history(1, 30), update(21, 40), diverged).town.wanted).toEqual({ kind: "history", run: "r1", after: 0 });
  });
});

describe("runs and connections", () => {
  it("forgets one run when greeted by another", () => {
    const state = after(hello(), history(1, 30), update(21, 40), frame(), hello({ run: "r2" }));
    expect(state.town).toMatchObject({ points: [], frontier: 0, update: null, frame: null, frames: [] });
    expect(state.town.wanted).toEqual({ kind: "history", run: "r2", after: 0 });
  });

  it("keeps everything through a break", () => {
    const before = after(hello(), history(1, 30), update(21, 40), frame());
    const lost: Input = { type: "connection", connection: { status: "lost", attempt: 1, retryAt: 0 } };
    const back = [lost, hello(), update(31, 45)].reduce(reduce, before);
    expect(back.connection).toEqual({ status: "open" });
    expect(back.town.frontier).toBe(45);
    expect(back.town.frame).toEqual(before.town.frame);
  });

  it("wants to be greeted again when told of a run it does not know", () => {
    const state = after(hello(), update(1, 9, { run: "r2" }));
    expect(state.town.wanted).toEqual({ kind: "hello" });
    expect(state.town.update).toBeNull();
  });

  it("leaves alone what it does not understand", () => {
    const state = after(hello());
    expect(reduce(state, { type: "weather" } as unknown as Input)).toBe(state);
  });
});

describe("the life on the stage", () => {
  const walk = (steps: number, life = 1) => Array.from({ length: steps }, (_, step) => frame({ life, step, x: step % 8 }));

  it("is remembered for a while, the oldest forgotten first", () => {
    const { town } = after(hello(), ...walk(BUFFER + 9));
    expect([town.frames.length, town.frames[0]?.step, town.frames.at(-1), town.shown]).toEqual([BUFFER, 9, town.frame, BUFFER + 9]);
  });

  it("counts a frame that comes twice once", () => {
    const state = after(hello(), ...walk(3));
    expect(reduce(state, frame({ step: 2, x: 2 }))).toBe(state);
  });

  it("ignores the stage of another run", () => {
    expect(after(hello(), frame({ run: "r2" })).town.frame).toBeNull();
  });
});

describe("two worlds", () => {
  const lost: Input = { type: "connection", connection: { status: "lost", attempt: 1, retryAt: 0 } };
  const both = () => after(hello(), dialogueHello(), update(1, 3), dialogueUpdate(1, 3));

  it("are kept apart", () => {
    const state = [frame(), dialogueFrame()].reduce(reduce, both());
    expect(present(state)).toEqual(["town", "dialogue"]);
    expect([state.town.hello?.run, state.dialogue.hello?.run]).toEqual(["r1", "d1"]);
    expect(reduce(state, dialogueFrame({ turns: [] })).town).toBe(state.town);
    expect(reduce(state, frame({ step: 1 })).dialogue).toBe(state.dialogue);
  });

  it("ask for their own histories, and take each answer where it belongs", () => {
    const state = after(hello(), dialogueHello());
    expect(state.dialogue.wanted).toEqual({ kind: "history", run: "d1", after: 0 });
    const answered = reduce(state, { type: "calls", run: "d1", after: 0, points: calls(1, 30) });
    expect(answered.dialogue).toMatchObject({ frontier: 30, wanted: null });
    expect(answered.town).toBe(state.town);
    expect(reduce(answered, dialogueUpdate(41, 50)).dialogue.wanted).toEqual({ kind: "history", run: "d1", after: 30 });
  });

  it("one begins anew without the other", () => {
    const state = reduce(both(), dialogueHello({ run: "d2" }));
    expect(state.dialogue).toMatchObject({ points: [], update: null, frame: null, frontier: 0 });
    expect(state.town.update).not.toBeNull();
  });

  it("one that the server does not show any more is gone with the first update after a break", () => {
    const back = [lost, dialogueHello()].reduce(reduce, both());
    expect(present(back)).toEqual(["town", "dialogue"]);
    expect(present(reduce(back, dialogueUpdate(1, 4)))).toEqual(["dialogue"]);
    const whole = [lost, hello(), dialogueHello(), update(1, 4)].reduce(reduce, both());
    expect(present(whole)).toEqual(["town", "dialogue"]);
  });
});

describe("the call on the stage", () => {
  const calling = () => after(dialogueHello(), dialogueFrame());

  it("grows turn by turn, ends, and gives way to the next", () => {
    const grown = reduce(calling(), dialogueFrame({ turns: [turn(), turn()] }));
    expect(grown.dialogue.frame?.turns).toHaveLength(2);
    const over = reduce(grown, dialogueFrame({ turns: [turn(), turn()], act: -1, ended: "hung_up" }));
    expect(over.dialogue.frame?.ended).toBe("hung_up");
    expect(reduce(over, dialogueFrame({ call: 2, turns: [] })).dialogue.frame?.turns).toEqual([]);
  });

  it("counts a frame that comes twice once, and ignores that of another run", () => {
    const state = calling();
    expect(reduce(state, dialogueFrame())).toBe(state);
    expect(reduce(state, dialogueFrame({ run: "d2", call: 9 }))).toBe(state);
  });

  it("wants to be greeted again when told of calls that it does not know, and starts over when calls are taken back", () => {
    expect(reduce(calling(), dialogueUpdate(1, 3, { run: "d2" })).dialogue.wanted).toEqual({ kind: "hello" });
    const state = [dialogueUpdate(1, 40), dialogueUpdate(1, 20, { recent: [call(20)] })].reduce(reduce, calling());
    expect(state.dialogue).toMatchObject({ points: [], wanted: { kind: "history", run: "d1", after: 0 } });
  });
});
