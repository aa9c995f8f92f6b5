/** The page as its visitors meet it: what is said in each state, and what can be reached. */

import { mount, type VueWrapper } from "@vue/test-utils";
import { nextTick } from "vue";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { frame, hello, points, update } from "./fixtures/town";
import type { Input } from "./state/state";
import { createStore } from "./state/store";

// a canvas is not drawn here: the browser test looks at it
vi.mock("./charts/plot", () => ({ createPlot: () => ({ setData: vi.fn(), setSize: vi.fn(), destroy: vi.fn() }) }));

let App: typeof import("./App.vue").default;
beforeAll(async () => {
  App = (await import("./App.vue")).default;
});

vi.stubGlobal("fetch", () => Promise.resolve({ ok: true, json: () => Promise.resolve({ operator: false, training: true }) }));

let page: VueWrapper;
afterEach(() => page.unmount());

async function show(...inputs: Input[]): Promise<VueWrapper> {
  const store = createStore();
  for (const input of inputs) store.dispatch(input);
  page = mount(App, { props: { state: store.state }, attachTo: document.body });
  await nextTick();
  return page;
}

const living = [hello(), { type: "history", run: "r1", after: 0, points: points(1, 40) } as const, update(31, 42), frame()];
const section = (name: string) => page.get(`[aria-label="${name}"]`).text();

describe("before anything is known", () => {
  it("says that it is looking for the town", async () => {
    expect((await show()).text()).toContain("Finding the town");
  });

  it("says that nobody lives here before any run", async () => {
    expect((await show(hello({ run: "" }))).text()).toContain("no run has begun");
  });

  it("has a place for everything before the first life ends", async () => {
    await show(hello(), update(1, 0, { episode: 0, recent: [] }));
    expect(section("Lately")).toContain("No life has ended yet");
    expect(section("Its life")).toContain("energy†");
    expect(section("How good is it?")).toContain("No exam yet");
  });
});

describe("while it lives", () => {
  it("tells the moment in one sentence", async () => {
    await show(...living);
    expect(section("The moment")).toBe("Hungry, two steps from the fridge, with $11 in its purse.");
  });

  it("shows where the agent is to those who do not see the map", async () => {
    await show(...living);
    expect(page.get("svg.map").attributes("aria-label")).toContain("The agent is at column 2, row 6.");
  });

  it("gives each meter its value, and marks the low one", async () => {
    await show(...living);
    const satiation = page.get('[role="meter"][aria-label="satiation"]');
    expect(satiation.attributes("aria-valuenow")).toBe("0.3");
    expect(page.get('[role="meter"][aria-label="money"]').attributes("aria-valuetext")).toBe("$11");
    expect(page.findAll(".row.low")).toHaveLength(1);
  });

  it("highlights the action it will take, and shows the one it cannot", async () => {
    await show(...living);
    expect(page.get('[aria-current="true"]').text()).toMatch(/^up ↑\s*8\.41$/);
    expect(page.get(".choices .masked").text()).toMatch(/^interact\s*not here$/);
  });

  it("highlights nothing when the life is over", async () => {
    await show(...living, frame({ step: 9, action: -1, q_values: [0, 0, 0, 0, 0], mask: [false, false, false, false, false], ended: "satiation" }));
    expect(page.find('[aria-current="true"]').exists()).toBe(false);
    expect(section("What it will do")).not.toMatch(/not here|0\.00/);
    expect(section("The moment")).toContain("starved after nine steps");
  });

  it("writes an obituary for each of the last lives, the newest first", async () => {
    await show(...living);
    expect(page.findAll(".lives li").map((life) => life.text())[0]).toBe("42 Lived 100 steps and starved.");
  });

  it("lets obituaries rest long enough to be read", async () => {
    vi.useFakeTimers();
    const store = createStore();
    for (const input of living) store.dispatch(input);
    page = mount(App, { props: { state: store.state }, attachTo: document.body });
    const first = () => page.get(".lives li .episode").text();
    store.dispatch(update(31, 60));
    await nextTick();
    expect(first()).toBe("42");
    await vi.advanceTimersByTimeAsync(5000);
    expect(first()).toBe("60");
    vi.useRealTimers();
  });

  it("says how lives end, with those that reached the end first, and how good it is beside the others", async () => {
    const exam = { episode: 40, cap: 500, means: { random: 113, stand_still: 200, expert: 500, agent: 486 } };
    const deaths = [{ cause: "satiation", count: 25 }, { cause: "cap", count: 75 }];
    await show(...living, update(31, 43, { exam, deaths }));
    expect(section("How lives end")).toMatch(/lived to the end\s*75 %\s*starved\s*25 %/);
    expect(section("How good is it?")).toMatch(/scripted expert\s*500\s*what it learned\s*486\s*standing still\s*200\s*at random\s*113/);
  });

  it("says what the last move cost, beside the exam", async () => {
    const exam = { episode: 40, cap: 500, means: { expert: 500, agent: 486 } };
    const recovery = { episode: 20, level_before: 480, share_before: 0.96, level_after: 90, episodes: null, env_steps: null };
    await show(...living, update(31, 43, { exam, recovery }));
    expect(section("How good is it?")).toContain("Moved at 20: 480 → 90 · not yet back");
  });

  it("tells the hour beside the meters, and what is closed among the choices", async () => {
    const day = { hours: 24, dawn: 6, opening: { Fridge: [8, 18] } };
    await show(hello({ day }), frame({ x: 1, y: 3, step: 41, hour: 23, closed: ["Fridge"] }));
    expect(section("Its life")).toMatch(/night\s*23:00\s*day 2\s*energy/);
    expect(page.get(".choices .masked").text()).toMatch(/^interact · Fridge\s*closed$/);
  });

  it("says how far what takes its time has come, among the choices", async () => {
    const asleep = { x: 1, y: 1, happened: "Bed", progress: 2, ticks: 5, mask: [true, true, true, true, true], action: 4 };
    await show(hello(), frame(asleep));
    expect(page.get('[aria-current="true"]').text()).toMatch(/^interact · Bed 2\/5/);
  });

  it("counts episodes and tells the speed", async () => {
    await show(...living);
    expect(page.get("header .pills").text()).toMatch(/training · 18\.4 k steps\/s\s*episode 42 of 10,000/);
  });
});

describe("what can be done", () => {
  it("changes the layer with the keyboard's own means: a group of radio buttons", async () => {
    await show(...living);
    expect(page.findAll(".trace, .earth")).toHaveLength(0);
    await page.get('input[value="visits"]').setValue(true);
    expect(page.findAll("svg.map rect")).toHaveLength(64);
    await page.get('input[value="none"]').setValue(true);
    expect(page.findAll("svg.map rect")).toHaveLength(0);
  });

  it("switches between day and night", async () => {
    await show(...living);
    const before = document.documentElement.dataset.theme;
    await page.get('button[aria-label^="Switch to"]').trigger("click");
    expect(document.documentElement.dataset.theme).not.toBe(before);
  });

  it("asks to connect now when the connection is lost", async () => {
    await show(...living, { type: "connection", connection: { status: "lost", attempt: 1, retryAt: Date.now() + 4000 } });
    expect(page.text()).toContain("What you see is the moment when it broke. Trying again in 4 s.");
    await page.get(".note button").trigger("click");
    expect(page.emitted("retry")).toHaveLength(1);
  });
});

it("has nothing to click in a stream or a screenshot", async () => {
  const [{ default: LayerPicker }, { default: ConnectionNote }] = await Promise.all([
    import("./components/LayerPicker.vue"),
    import("./components/ConnectionNote.vue"),
  ]);
  page = mount(LayerPicker, { props: { modelValue: "paths", update: null, kiosk: true } });
  expect(page.find("input").exists()).toBe(false);
  const connection = { status: "lost", attempt: 1, retryAt: 0 } as const;
  page = mount(ConnectionNote, { props: { connection, world: "town", known: true, kiosk: true } });
  expect(page.text()).toContain("The connection to the town is lost");
  expect(page.find("button").exists()).toBe(false);
});

it("says why training failed", async () => {
  const state = { status: "failed", detail: "The loss was not a number.", episode: 42, episodes: 100, steps_per_second: 0 };
  await show(...living, update(31, 42, { state }));
  expect(section("The moment")).toBe("Training failed: The loss was not a number.");
});
