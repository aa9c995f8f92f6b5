import { expect, it } from "vitest";
import { call, calls } from "../fixtures/dialogue";
import { baselines, successes, told } from "./success";

const exam = { episode: 100, success: { random: 0.01, constant: 0, rule: 0.53, oracle: 0.97, agent: 0.8 }, personas: {}, violations: 3 };

it("is the share of the calls in the window, within its interval", () => {
  const shares = successes([true, false, false, true].map((success, index) => call(index + 1, { success })), 2);
  expect(shares.mean).toEqual([1, 0.5, 0, 0.5]);
  const hundred = successes(calls(1, 100).map((one) => ({ ...one, success: one.episode % 2 === 0 })), 100);
  expect(hundred.mean.at(-1)).toBe(0.5);
  expect(hundred.low.at(-1)).toBeCloseTo(0.404, 3); // Wilson's interval of 50 in 100
  expect(hundred.high.at(-1)).toBeCloseTo(0.596, 3);
});

it("has lines for the baselines, not for the agent", () => {
  expect(baselines(exam).map((level) => level.text)).toEqual(["oracle 97 %", "rule 53 %", "best constant act 0 %", "at random 1 %"]);
  expect(baselines(null)).toEqual([]);
});

it("can be told in words", () => {
  expect(told([], undefined, 100, [])).toContain("no call has ended yet");
  expect(told(calls(1, 3), 0.714, 100, baselines({ ...exam, success: { rule: 0.5 } }))).toBe(
    "Success over 3 calls; of the last 100 71 % ended well. In the exam: rule 50 %.",
  );
});
