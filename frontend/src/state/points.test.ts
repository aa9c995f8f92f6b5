import { describe, expect, it } from "vitest";
import { point, points } from "../fixtures/town";
import { coarsest, merge, rewards, rolling, single } from "./points";
import { POINTS } from "./state";

describe("merge", () => {
  it("stays within its bound and keeps the newest half whole", () => {
    const merged = merge(points(1, POINTS), points(POINTS + 1, POINTS + 50));
    expect(merged.length).toBeLessThanOrEqual(POINTS);
    expect(merged.at(-1)?.episode).toBe(POINTS + 50);
    const tail = merged.slice(-5000).map((one) => one.episode);
    expect(tail).toEqual(Array.from({ length: 5000 }, (_, index) => POINTS - 4949 + index));
  });
});

describe("rolling", () => {
  it("is the mean and deviation of the episodes in the window", () => {
    const lives = [100, 200, 300, 400].map((survival_time, index) => point(index + 1, { survival_time })).map(single);
    const { mean, low, high } = rolling(lives, 2, 500);
    expect(mean).toEqual([100, 150, 250, 350]);
    expect([low[3], high[3]]).toEqual([300, 400]);
  });

  it("counts episodes, not points, where the history is thinned out", () => {
    const thinned = [1, 51, 101, 151].map((episode) => point(episode, { survival_time: episode })).map(single);
    expect(rolling(thinned, 100, 500).mean).toEqual([1, 26, 76, 126]);
  });

  it("keeps the spread within what a life can be", () => {
    const lives = [500, 500, 0].map((survival_time, index) => single(point(index + 1, { survival_time })));
    expect(Math.max(...rolling(lives, 100, 500).high)).toBe(500);
  });
});

describe("stretches", () => {
  const long = (first: number, episode: number, survival: number, deviation: number) => ({ ...single(point(episode)), first, survival, deviation });

  it("count as the episodes that they are of", () => {
    const { mean, low } = rolling([long(1, 90, 100, 0), long(91, 100, 200, 0), long(101, 300, 50, 7)], 100, 500);
    expect(mean).toEqual([100, 110, 50]);
    expect(low[2]).toBeCloseTo(43);
    expect(coarsest([long(1, 90, 1, 0), single(point(91))])).toBe(90);
    expect(rewards([{ ...long(1, 30, 0, 0), living: 4 }, { ...long(31, 40, 0, 0), living: 8 }], 1)[0]?.living).toBe(5);
  });
});

describe("rewards", () => {
  it("gives novelty its weight", () => {
    expect(rewards(points(1, 4).map(single), 2)).toEqual([
      { episode: 1.5, living: 10, novelty: 2 },
      { episode: 3.5, living: 10, novelty: 2 },
    ]);
  });
});
