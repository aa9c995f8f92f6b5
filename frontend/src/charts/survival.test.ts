import { expect, it } from "vitest";
import { point } from "../fixtures/town";
import { single } from "../state/points";
import { bands, levels, lines, reach, summary } from "./survival";

const marks = [
  { episode: 10, kind: "stage", text: "stage 2", old_stage: 1, new_stage: 2 },
  { episode: 15, kind: "randomized", text: "Affordances randomized", old_stage: null, new_stage: null },
];
const lives = Array.from({ length: 20 }, (_, index) => single(point(index + 1, { curriculum_stage: index < 17 ? 1 : 2 })));

it("has a band per stage, named by the change that began it, whatever the lives within it began with", () => {
  expect(bands(lives, marks, 20)).toEqual([
    { from: 1, to: 10, stage: 1 },
    { from: 10, to: 20, stage: 2 },
  ]);
});

it("has no bands before the first life", () => {
  expect(bands([], [], 1)).toEqual([]);
});

it("draws a line where things moved", () => {
  expect(lines(marks).map((mark) => mark.episode)).toEqual([15]);
});

it("reaches further in a few strides as the run grows, and to its end at last", () => {
  expect([1, 460, 3000, 7000, 10_000, 10_003].map((last) => reach(last, 10_000))).toEqual([500, 1000, 5000, 10_000, 10_000, 10_003]);
});

it("shows the first steps of a run that is not meant to end", () => {
  expect([1, 16_624, 1_000_000].map((last) => reach(last, 100_000_000))).toEqual([500, 20_000, 2_000_000]);
  expect(reach(2, 60)).toBe(3);
});

it("shows baselines only where they can be compared", () => {
  const exam = { episode: 1, cap: 500, means: { random: 113.4, expert: 500 } };
  expect(levels(exam, 500)).toEqual([
    { value: 500, text: "expert 500" },
    { value: 113.4, text: "at random 113" },
  ]);
  expect(levels(exam, 2000)).toEqual([]);
});

it("can be told in words", () => {
  expect(summary(lives, 101.6, marks)).toBe(
    "Survival over 20 episodes; the last 100 lived 102 steps on average; Affordances randomized at episode 15.",
  );
});
