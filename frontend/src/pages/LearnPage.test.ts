/** The lectures as a student meets them. */

import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hello, update } from "../fixtures/town";
import { paragraphs } from "../learn/prose";
import { reduce } from "../state/reducer";
import { nothing } from "../state/state";
import type { LectureText, Term } from "../wire";
import LearnPage from "./LearnPage.vue";

vi.mock("../charts/plot", () => ({ createPlot: () => ({ setData: vi.fn(), setSize: vi.fn(), destroy: vi.fn() }) }));

const lecture = (name: string, chart: string): LectureText => ({
  name, title: `About ${name}`, question: "Why?", sections: [{ heading: "First", text: "The exam found *430* steps.\n\nIt is `greedy`.", chart }],
  exercises: [{ question: "What is lost?", answer: "Nothing." }],
});
const TERMS: Term[] = [{ term: "agent", meaning: "Who acts." }, { term: "policy", meaning: "What is done." }];

let page: VueWrapper;
beforeEach(() => {
  history.replaceState(null, "", "/learn");
  vi.stubGlobal("fetch", async (path: string) => ({ ok: true, json: async () => (path.endsWith("glossary") ? TERMS : [lecture("exploration", "exam"), lecture("curriculum", "stages")]) }));
});
afterEach(() => {
  page.unmount();
  vi.unstubAllGlobals();
});

async function at(hash: string): Promise<void> {
  history.replaceState(null, "", `/learn${hash}`);
  dispatchEvent(new Event("hashchange"));
  await flushPromises();
}

it("reads a lecture with this run's picture, asks, and answers when asked", async () => {
  const state = [hello(), update(1, 43, { exam: { episode: 40, cap: 500, means: { expert: 500, agent: 430 } } })].reduce(reduce, nothing);
  page = mount(LearnPage, { props: { state }, attachTo: document.body });
  await flushPromises();
  expect(page.get("article").text()).toMatch(/About exploration\s*Why\?\s*First\s*The exam found 430 steps\.\s*It is greedy\./);
  expect(page.get("figure").text()).toMatch(/what it learned\s*430.*of this run, live/);
  expect(page.get("details").attributes("open")).toBeUndefined();
  await at("#curriculum");
  expect(page.get('[aria-current="true"]').text()).toBe("2About curriculum");
  expect(page.get("figure").text()).toContain("It has not left its first stage yet.");
});

it("has no empty frame where nothing is watched, and a glossary to search in", async () => {
  page = mount(LearnPage, { props: { state: nothing }, attachTo: document.body });
  await flushPromises();
  expect(page.find("figure").exists()).toBe(false);
  await at("#glossary");
  expect(page.findAll("dt").map((term) => term.text())).toEqual(["agent", "policy"]);
  await page.get('input[type="search"]').setValue("DONE");
  expect(page.findAll("dt").map((term) => term.text())).toEqual(["policy"]);
});

it("sets prose in pieces", () => {
  expect(paragraphs("a *b* c\nd\n\n`e`")).toEqual([
    [{ kind: "plain", text: "a " }, { kind: "stress", text: "b" }, { kind: "plain", text: " c d" }],
    [{ kind: "quote", text: "e" }],
  ]);
});
