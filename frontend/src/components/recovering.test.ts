import { expect, it } from "vitest";
import { point } from "../fixtures/town";
import { single } from "../state/points";
import { around } from "./recovering";

const lives = Array.from({ length: 1000 }, (_, index) => single(point(index + 1, { survival_time: index < 500 ? 400 : 100 })));
const move = { episode: 500, level_before: 400, share_before: 0.9, level_after: 90, episodes: null, env_steps: null };

it("shows the fall as sharp as it was, with the goal and the move", () => {
  const { from, to, move: at, back, goal, d } = around(lives, move, 300, 50, 500);
  expect([from, to, back, goal]).toEqual([333, 1000, null, 12]);
  expect(at / 300).toBeCloseTo(0.25, 1);
  const [before, since] = d.split("M").slice(1);
  expect(before?.endsWith(" 10")).toBe(true);
  expect(since?.split("L")[0]).toMatch(/ 40$/);
});

it("ends a third after the recovery, which it marks", () => {
  const { to, back } = around(lives, { ...move, episodes: 360 }, 300, 50, 500);
  expect(to).toBe(979);
  expect(back).toBeCloseTo(300 * ((860 - 340) / (979 - 340)), 0);
});

it("is an empty picture before anything is known", () => {
  expect(around([], move, 300, 50, 500).d).toBe("");
});
