import { describe, expect, it } from "vitest";
import { frame, hello, point, points } from "../fixtures/town";
import { count, money, percent, rate, several, signed } from "./format";
import { narrate } from "./narration";
import { obituary } from "./obituary";
import { recoveryWords } from "./recovery";
import { runState } from "./runstate";

describe("the moment", () => {
  it("names the need, the way to what fills it, and the purse", () => {
    expect(narrate(hello(), frame())).toBe("Hungry, two steps from the fridge, with $11 in its purse.");
  });

  it("begins with what has just happened", () => {
    const told = narrate(hello(), frame({ happened: "Job", meters: [0.9, 0.9, 0.5] }));
    expect(told).toBe("It just worked. Content, with $100 in its purse.");
  });

  it("says that it stood still where it used nothing", () => {
    expect(narrate(hello(), frame({ happened: "wait" }))).toMatch(/^It just stood still\. Hungry,/);
  });

  it("says where it is when it stands there", () => {
    expect(narrate(hello(), frame({ x: 1, y: 1, need: "energy", meters: [0.1, 1, 0.5] }))).toMatch(/^Exhausted, at bed,/);
  });

  it("tells how the life ended", () => {
    expect(narrate(hello(), frame({ step: 312, ended: "satiation" }))).toBe("It starved after 312 steps. Another life begins.");
    expect(narrate(hello(), frame({ step: 500, ended: "cap" }))).toContain("lived the full 500 steps");
  });

  it("has words for a town it has never heard of", () => {
    const strange = hello({ meters: [{ name: "oxygen", vital: true, dollars: null }] });
    const there = frame({ need: "oxygen", meters: [0.2], happened: "Airlock", layout: [{ name: "Airlock", x: 0, y: 0 }] });
    expect(narrate(strange, there)).toBe("It just used the Airlock. Short of oxygen.");
    expect(narrate(strange, { ...there, ended: "oxygen", step: 1 })).toContain("ran out of oxygen after one step");
  });
});

describe("obituaries", () => {
  const around = points(1, 50);

  it("are one plain line", () => {
    expect(obituary(point(9, { cause: "cap", survival_time: 500 }), around)).toBe("Lived the full 500 steps.");
    expect(obituary(point(9, { survival_time: 312 }), [])).toBe("Lived 312 steps and starved.");
  });

  it("say when a life was out of the ordinary", () => {
    expect(obituary(point(9, { survival_time: 312, cause: "energy" }), around)).toBe("Lived 312 steps, more than most, and died of exhaustion.");
    expect(obituary(point(9, { survival_time: 12 }), around)).toContain("fewer than most");
    expect(obituary(point(9), around)).toBe("Lived 100 steps and starved.");
  });
});

it("tells the run's state, and its speed only while it moves", () => {
  const state = { status: "training", detail: "", episode: 1, episodes: 2, steps_per_second: 18_400 };
  expect(runState(state, "town")).toMatchObject({ text: "training", tone: "good", speed: "18.4 k steps/s", detail: "" });
  expect(runState({ ...state, status: "paused" }, "town").speed).toBe("");
  const reliving = { ...state, status: "catching_up", detail: "re-living episodes 201 … 400" };
  expect(runState(reliving, "town")).toMatchObject({ text: "re-living episodes 201 … 400", detail: "" });
  expect(runState({ ...state, status: "hibernating" }, "town")).toMatchObject({ text: "hibernating", motto: "an agent learns to live in a small town" });
  expect(runState(state, "dialogue")).toMatchObject({ speed: "18.4 k turns/s", motto: "an agent learns to talk about a debt" });
});

it("writes numbers as people read them", () => {
  expect([count(7214), percent(0.712), signed(-0.2), money(11), money(2.5)]).toEqual(["7,214", "71 %", "−0.20", "$11", "$2.50"]);
  expect([signed(-0.004), signed(-12.5)]).toEqual(["0.00", "−12.50"]);
  expect([rate(900), rate(18_400), rate(999_960)]).toEqual(["900", "18.4 k", "1.0 M"]);
  expect([several(1, "step"), several(2, "step"), several(30, "step")]).toEqual(["one step", "two steps", "30 steps"]);
});

describe("what a move cost", () => {
  const moved = { episode: 5000, level_before: 500, share_before: 1, level_after: 169.98, episodes: 2000, env_steps: 696_256 };

  it("says how far it fell and when it was back", () => {
    expect(recoveryWords(moved)).toBe("Moved at 5,000: 500 → 170 · back after 2,000, 696.3 k steps");
  });

  it("says when it is not back, was never away, or has nothing to come back to", () => {
    const open = { ...moved, episodes: null, env_steps: null };
    expect(recoveryWords(open)).toBe("Moved at 5,000: 500 → 170 · not yet back");
    expect(recoveryWords({ ...open, level_after: null })).toBe("Moved at 5,000 · not yet back");
    expect(recoveryWords({ ...moved, episodes: 0, env_steps: 0 })).toBe("Moved at 5,000: 500 → 170 · no harm done");
    expect(recoveryWords({ ...open, level_before: null, share_before: null })).toBe("Moved at 5,000, before any exam");
  });
});
