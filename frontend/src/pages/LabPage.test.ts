/** The laboratory as its visitors meet it; the server is a few answers. */

import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { apart, draw, HEIGHT, scaleOf, WIDTH } from "../lab/curve";
import type { LabRun, LabStudy, RunSummary } from "../wire";
import LabPage from "./LabPage.vue";

function lab(run: string, changes: Partial<LabRun> = {}): LabRun {
  return {
    run, world: "town", algorithm: "dqn", unit: "steps", top: 500, stages: { 100: "Stage 1 → 2: long" },
    curve: [{ episode: 100, mean: 100, low: 50, high: 150 }, { episode: 200, mean: 250, low: 150, high: 350 }],
    exams: [{ episode: 200, values: { agent: 400, expert: 500, random: 100 } }], ...changes,
  };
}

const row = (run: string, changes: Partial<RunSummary> = {}): RunSummary => ({
  run, world: "town", config: "configs/town/village.yaml", seed: 3, status: "training", detail: "", episode: 200, episodes: 1000, started_at: 1.7e9, finished_at: null, ...changes,
});
const study: LabStudy = {
  name: "which", title: "Which is better?", question: "And why?", updated_at: 1.7e9, finished: false, table: null, files: [],
  trials: [{ variant: "base", seed: 1, state: "finished", episode: 100, goal: 100 }, { variant: "base", seed: 2, state: "running", episode: 30, goal: 100 }],
};

const file = (path: string) => ({ name: path.split("/").at(-1)!, path: `lectures/${path}`, bytes: 9, modified: 1 });

let page: VueWrapper;
let answers: Record<string, unknown>;
beforeEach(() => {
  history.replaceState(null, "", "/lab");
  answers = { "/api/runs": [row("a"), row("b"), row("c")], "/api/lab/studies": [study], "/api/lab/reports": [], "/api/lab/lectures": [{ name: "1-exploration", files: [file("1-exploration/slides.html"), file("1-exploration/novelty.gif")] }], "/api/downloads": [{ name: "exports/final_metrics.csv", kind: "csv", bytes: 9, modified: 1, run: "a", first: null, last: null }], "/api/lab/runs/a": lab("a"), "/api/lab/runs/b": lab("b"), "/api/lab/runs/c": lab("c") };
  vi.stubGlobal("fetch", async (path: string) => ({ ok: path in answers, status: 404, json: async () => answers[path] }));
});
afterEach(() => {
  page.unmount();
  vi.unstubAllGlobals();
});

async function visit(): Promise<void> {
  page = mount(LabPage, { attachTo: document.body });
  await flushPromises();
}

it("lays runs side by side, those that are chosen, and can be linked", async () => {
  await visit();
  expect(page.findAll("figure h3").map((name) => name.text())).toEqual(["a", "b"]);
  expect(page.get("figure svg").attributes("aria-label")).toBe("a: steps lived over 200 episodes; exam after 200: 400");
  expect(page.get('[aria-labelledby="lab-downloads"] a').attributes("href")).toBe("/downloads/exports/final_metrics.csv");
  await page.get("#run-a").setValue(false);
  await page.get("#run-c").setValue(true);
  await flushPromises();
  expect(page.findAll("figure h3").map((name) => name.text())).toEqual(["b", "c"]);
  expect(location.hash).toBe("#compare=b,c");
  page.unmount();
  await visit();
  expect(page.findAll("figure h3").map((name) => name.text())).toEqual(["b", "c"]);
});

it("leads to the lectures that were made of a run", async () => {
  await visit();
  expect(page.findAll('[aria-labelledby="lab-lectures"] a').map((link) => link.attributes("href"))).toEqual(["/shelf/lectures/1-exploration/slides.html"]);
  expect(page.get('[aria-labelledby="lab-lectures"] li').text()).toContain("1 exploration");
});

it("shows a study while it runs, and its table when it is done", async () => {
  await visit();
  expect(page.get(".study").text()).toMatch(/Which is better\?\s*And why\?\s*which · under way · 1 of 2 trainings/);
  expect(page.findAll(".trial").map((one) => one.attributes("title"))).toEqual(["seed 1: done, 100 %", "seed 2: under way, 30 %"]);
  page.unmount();
  answers["/api/lab/studies"] = [{ ...study, finished: true, table: { columns: ["measure", "mean"], rows: [["`steps`", "430 ± 12"]] }, files: [{ name: "results.json", path: "studies/which/results.json", bytes: 9, modified: 1 }] }];
  await visit();
  expect(page.findAll(".study td").map((cell) => cell.text())).toEqual(["steps", "430 ± 12"]);
  expect(page.get(".files a").attributes("href")).toBe("/shelf/studies/which/results.json");
});

it("says what there is to do where nothing is, and what is wrong", async () => {
  Object.assign(answers, { "/api/runs": [], "/api/lab/studies": [] });
  await visit();
  expect(page.text()).toMatch(/No run has begun.*None lies here yet/);
  page.unmount();
  answers = {};
  await visit();
  expect(page.get(".trouble").text()).toContain("does not answer");
});

it("draws alike what is of one unit", () => {
  const calls = lab("d", { unit: "success", top: 1 });
  const long = lab("b", { curve: [{ episode: 400, mean: 500, low: 500, high: 500 }] });
  const scale = scaleOf([lab("a"), long, calls], "steps");
  expect([scale, scaleOf([calls], "success").top]).toEqual([{ episodes: 400, top: 500 }, 1]);
  const drawing = draw(lab("a"), scale);
  expect(drawing.line).toBe(`M${WIDTH / 4}.0 ${HEIGHT * 0.8}.0L${WIDTH / 2}.0 ${HEIGHT / 2}.0`);
  expect(drawing.levels.map(({ name, y }) => [name, y])).toEqual([["expert", 0], ["at random", HEIGHT * 0.8]]);
  expect([draw(lab("e", { curve: [], exams: [] }), scale).band, draw(long, scale).band]).toEqual(["", ""]);
});

it("writes the names of baselines beside the curve, none on another and none below the axis", () => {
  expect(apart([10, 100], 180)).toEqual([10, 100]);
  expect(apart([100, 10, 104], 180)).toEqual([100, 10, 115]);
  expect(apart([178, 180, 90], 180)).toEqual([165, 180, 90]);
});
