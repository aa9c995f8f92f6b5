import { describe, expect, it } from "vitest";
import { frame, hello, point, points, update } from "../fixtures/town";
import { reduce } from "./reducer";
import { MEMORY, nothing, TRAIL, type Input, type State } from "./state";

function after(...inputs: Input[]): State {
  return inputs.reduce(reduce, nothing);
}

const episodes = (state: State) => state.points.map((one) => one.episode);
const history = (from: number, to: number, asked = 0): Input => ({ type: "history", run: "r1", after: asked, points: points(from, to) });

describe("episodes", () => {
  it("asks for the whole run when it is greeted", () => {
    expect(after(hello()).wanted).toEqual({ kind: "history", run: "r1", after: 0 });
  });

  it("asks for nothing before any run", () => {
    expect(after(hello({ run: "" })).wanted).toBeNull();
  });

  it("joins history and updates, each episode once and in order", () => {
    const state = after(hello(), history(1, 30), update(21, 32), update(21, 32), update(25, 35));
    expect(episodes(state)).toEqual(Array.from({ length: 35 }, (_, index) => index + 1));
    expect(state.frontier).toBe(35);
    expect(state.wanted).toBeNull();
  });

  it("keeps the newer word on an episode", () => {
    const told = update(3, 4, { recent: [point(3, { survival_time: 77 }), point(4)] });
    expect(after(hello(), history(1, 3), told).points[2]?.survival_time).toBe(77);
  });

  it("shows no hole: what follows one waits until the hole is filled", () => {
    const holed = after(hello(), history(1, 30), update(41, 50));
    expect(holed.wanted).toEqual({ kind: "history", run: "r1", after: 30 });
    expect(holed.frontier).toBe(30);
    const filled = [history(31, 50, 30), update(42, 51)].reduce(reduce, holed);
    expect(episodes(filled)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    expect(filled.wanted).toBeNull();
  });

  it("asks once for one hole", () => {
    const first = after(hello(), history(1, 30), update(41, 50));
    expect(reduce(first, update(42, 51)).wanted).toBe(first.wanted);
  });

  it("ignores an answer to a question it no longer asks", () => {
    const state = after(hello(), history(1, 30));
    expect(reduce(state, history(1, 9))).toBe(state);
    expect(reduce(after(hello({ run: "r2" })), history(1, 9)).points).toEqual([]);
  });

  it("starts its history over when episodes are taken back", () => {
    const state = after(hello(), history(1, 30), update(21, 40), update(11, 20));
    expect(state.points).toEqual([]);
    expect(state.wanted).toEqual({ kind: "history", run: "r1", after: 0 });
  });

  it("starts its history over when the run diverged", () => {
    const diverged = update(31, 41, { marks: [{ episode: 12, kind: "diverged", text: "" }] });
    expect(after(hello(), history(1, 30), update(21, 40), diverged).wanted).toEqual({ kind: "history", run: "r1", after: 0 });
  });
});

describe("runs and connections", () => {
  it("forgets one run when greeted by another", () => {
    const state = after(hello(), history(1, 30), update(21, 40), frame(), hello({ run: "r2" }));
    expect(state).toMatchObject({ points: [], frontier: 0, update: null, frame: null, trail: [] });
    expect(state.wanted).toEqual({ kind: "history", run: "r2", after: 0 });
  });

  it("keeps everything through a break", () => {
    const before = after(hello(), history(1, 30), update(21, 40), frame());
    const lost: Input = { type: "connection", connection: { status: "lost", attempt: 1, retryAt: 0 } };
    const back = [lost, hello(), update(31, 45)].reduce(reduce, before);
    expect(back.connection).toEqual({ status: "open" });
    expect(back.frontier).toBe(45);
    expect(back.frame).toEqual(before.frame);
  });

  it("wants to be greeted again when told of a run it does not know", () => {
    const state = after(hello(), update(1, 9, { run: "r2" }));
    expect(state.wanted).toEqual({ kind: "hello" });
    expect(state.update).toBeNull();
  });

  it("leaves alone what it does not understand", () => {
    const state = after(hello());
    expect(reduce(state, { type: "weather" } as unknown as Input)).toBe(state);
  });
});

describe("the life on the stage", () => {
  const walk = (steps: number, life = 1) => Array.from({ length: steps }, (_, step) => frame({ life, step, x: step % 8 }));

  it("leaves a trail of the last steps, oldest first", () => {
    expect(after(hello(), ...walk(3)).trail).toEqual([{ x: 0, y: 5 }, { x: 1, y: 5 }]);
    const long = after(hello(), ...walk(90));
    expect(long.trail).toHaveLength(TRAIL);
    expect(long.meters).toHaveLength(MEMORY);
  });

  it("counts a frame that comes twice once", () => {
    const state = after(hello(), ...walk(3));
    expect(reduce(state, frame({ step: 2, x: 2 }))).toBe(state);
  });

  it("begins afresh with a new life, and with a stage that was started again", () => {
    expect(after(hello(), ...walk(9), frame({ life: 2 })).trail).toEqual([]);
    expect(after(hello(), ...walk(9), frame({ step: 3 })).trail).toEqual([]);
  });

  it("ignores the stage of another run", () => {
    expect(after(hello(), frame({ run: "r2" })).frame).toBeNull();
  });
});
