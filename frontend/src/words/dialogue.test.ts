import { expect, it } from "vitest";
import { actWords, breach, intentWords, outcomes, outcomeWords, personaWords, signalWords } from "./dialogue";
import words from "./dialogue.json";

it("has a name of its own for everything, written as people write", () => {
  const { acts, intents, signals, violations } = words;
  const rows = [words.personas, words.outcomes].map((table) => Object.values(table).map((one) => one.name));
  for (const names of [acts, intents, signals, violations].map((table) => Object.values(table)).concat(rows)) {
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][a-z, -]*$/.test(name))).toEqual([]);
  }
});

it("lists the successes first", () => {
  const good = outcomes.map((outcome) => outcomeWords(outcome).success);
  expect(good).toEqual([...good].sort((a, b) => Number(b) - Number(a)));
});

it("says which rules were broken", () => {
  expect(breach([])).toBe("");
  expect(breach(["threat", "pressed_stop"])).toBe("Rule broken: threatened, or pressed too hard; went on after being asked to stop.");
});

it("has words for what it has never heard of", () => {
  expect([actWords("sing_a_song"), intentWords("sing"), signalWords("in_tune")]).toEqual(["sing a song", "sing", "in tune"]);
  expect(personaWords("jolly").told).toContain("jolly");
  expect(outcomeWords("sung_along")).toMatchObject({ name: "sung along", success: false });
});
