import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import { points } from "../fixtures/town";
import { single } from "../state/points";
import Curiosity from "./Curiosity.vue";

const lives = points(1, 20).map(single);
const shown = (stretches: typeof lives) => mount(Curiosity, { props: { points: stretches, metrics: null } });

it("says how much of the reward is novelty's, and what it weighs", () => {
  const text = shown(lives).text();
  for (const said of ["Curiosity", "living", "from novelty", "weight of novelty"]) expect(text).toContain(said);
});

it("says nothing of a curiosity that a learner does not have", () => {
  const section = shown(lives.map((life) => ({ ...life, novelty: 0 })));
  expect(section.find("h2").text()).toBe("What lives earn");
  expect(section.html()).not.toMatch(/novelty"?>|Curiosity|weight of novelty|from novelty/);
  expect(section.text()).toContain("at random (ε)");
});

it("waits with that until a life is over", () => {
  expect(shown([]).find("h2").text()).toContain("Curiosity");
});
