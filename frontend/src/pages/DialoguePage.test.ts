/** The dialogue as its visitors meet it. */

import { mount, type VueWrapper } from "@vue/test-utils";
import { nextTick } from "vue";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { calls, dialogueFrame, dialogueHello, dialogueUpdate, foretold, planning, turn } from "../fixtures/dialogue";
import { hello, update } from "../fixtures/town";
import type { Input } from "../state/state";
import { createStore } from "../state/store";

// a canvas is not drawn here: the browser test looks at it
vi.mock("../charts/plot", () => ({ createPlot: () => ({ setData: vi.fn(), setSize: vi.fn(), destroy: vi.fn() }) }));

let App: typeof import("../App.vue").default;
beforeAll(async () => {
  App = (await import("../App.vue")).default;
});

let page: VueWrapper;
afterEach(async () => {
  page.unmount();
  await at("/");
});

async function at(path: string): Promise<void> {
  window.history.replaceState(null, "", path);
  dispatchEvent(new Event("popstate"));
  await nextTick();
}

async function show(...inputs: Input[]): Promise<VueWrapper> {
  const store = createStore();
  for (const input of inputs) store.dispatch(input);
  page = mount(App, { props: { state: store.state }, attachTo: document.body });
  await nextTick();
  return page;
}

const history: Input = { type: "calls", run: "d1", after: 0, points: calls(1, 40) };
const talking = [dialogueHello(), history, dialogueUpdate(31, 42), dialogueFrame()];
const section = (name: string) => page.get(`[aria-label="${name}"]`).text();

describe("which world is shown", () => {
  const here = () => page.get('nav [aria-current="page"]').text();

  it("is the one there is, at the entrance", async () => {
    await show(...talking);
    expect([here(), document.title]).toEqual(["Dialogue", "Dialogue · Hamlet"]);
    expect(page.find('[aria-label="The conversation"]').exists()).toBe(true);
  });

  it("is the town at the entrance where both run, and the other by its path", async () => {
    await show(hello(), update(1, 3), ...talking);
    expect([here(), document.title]).toEqual(["Town", "Hamlet"]);
    expect(page.get("header .pills").text()).toContain("episode 3 of");
    await at("/dialogue");
    expect(here()).toBe("Dialogue");
    expect(page.get("header .pills").text()).toMatch(/training · 900 turns\/s\s*call 42 of 3,000\s*stage 2 of 4/);
    await page.get('nav a[href="/"]').trigger("click");
    expect([location.pathname, page.find("svg.map").exists()]).toEqual(["/", true]);
  });

  it("is none where there is no such page, and the way back is shown", async () => {
    await at("/nowhere");
    await show(...talking);
    expect(page.text()).toContain("Nothing grows here");
    expect(page.find('nav [aria-current="page"]').exists()).toBe(false);
  });
});

describe("before anything is said", () => {
  it("has a place for everything", async () => {
    await show(dialogueHello(), dialogueUpdate(1, 0, { episode: 0, metrics: null, personas: [], recent: [], outcomes: [] }));
    expect(section("The conversation")).toContain("The first call is about to begin");
    expect(section("How well it does")).toMatch(/success\s*–/);
    expect(section("How well it does")).toContain("No exam yet");
    expect(section("Who was on the line")).toMatch(/angry\s*0\s*–/);
    expect(section("How calls end")).toMatch(/promise kept\s*–/);
  });

  it("says when no run has begun, and why training failed", async () => {
    await show(dialogueHello({ run: "" }));
    expect(section("The conversation")).toContain("no run has begun");
    page.unmount();
    const state = { status: "failed", detail: "The loss was not a number.", episode: 42, episodes: 100, steps_per_second: 0 };
    await show(...talking, dialogueUpdate(31, 42, { state }));
    expect(section("The conversation")).toContain("Training failed: The loss was not a number.");
  });

  it("lets the phone ring at the start of a call", async () => {
    await show(...talking, dialogueFrame({ turns: [], policy_episode: 0 }));
    expect(section("The conversation")).toMatch(/an untaught collector\s*turn 0 of 15\s*The phone rings\./);
  });
});

describe("while they talk", () => {
  it("says who is on the line, that the collector does not see it, whose policy talks, and how far it is", async () => {
    await show(...talking);
    const said = section("The conversation");
    expect(said).toContain("On the line: an angry debtor");
    expect(said).toContain("$900 overdue. The collector sees none of this.");
    expect(said).toMatch(/a collector as learned by call 2,900\s*turn 1 of 15/);
  });

  it("tells act and words of the one, words of the other, and what was understood", async () => {
    await show(...talking);
    expect(page.get(".collector").text()).toMatch(/Collector listen with empathy\s*Please go on\./);
    expect(page.get(".debtor").text()).toMatch(/Debtor\s*I lost my job\.\s*Understood: tells how things stand\s*mood −0\.40\s*will 0\.30\s*hardship/);
    expect(page.find(".breach").exists()).toBe(false);
  });

  it("marks a turn that broke a rule, and leaves out an answer that was not given", async () => {
    await show(...talking, dialogueFrame({ turns: [turn(), turn({ violations: ["pressed_dispute"], reply: "" })] }));
    expect(page.findAll(".breach").map((mark) => mark.text())).toEqual(["Rule broken: pressed although the debt is disputed."]);
    expect(page.findAll(".debtor")).toHaveLength(1);
  });

  it("tells how the call ended, and what was done last", async () => {
    await show(...talking, dialogueFrame({ act: -1, ended: "promise_kept", success: true }));
    expect(page.get(".outcome").text()).toBe("✓ Success Promised to pay, and kept the promise.");
    expect(page.get('.acts [aria-current="true"]').text()).toMatch(/^listen with empathy\s*0\.10$/);
    expect(section("What it will do")).toContain("What it did last");
  });

  it("shows what each act is worth, in their fixed order, with the chosen and the forbidden one", async () => {
    await show(...talking);
    const rows = page.findAll(".acts li");
    expect(rows.map((row) => row.get(".name").text())[0]).toBe("say who calls and why");
    expect(rows).toHaveLength(12);
    expect(page.get('.acts [aria-current="true"]').text()).toMatch(/^say who calls and why\s*0\.00$/);
    expect(page.get(".acts .masked").text()).toMatch(/^push for an answer\s*forbidden$/);
  });

  it("tells what it perceives, with the meaning", async () => {
    await show(...talking);
    const [first, second] = page.findAll('[aria-label="What it perceives"] .row');
    expect(first?.text()).toMatch(/^turn \(turns so far\)\s*−0\.87$/);
    expect(second?.attributes("title")).toBe("the last act, from soft to pressing");
  });
});

describe("what came of it", () => {
  it("is counted for each kind of debtor", async () => {
    await show(...talking);
    expect(section("Who was on the line")).toMatch(/sad\s*60\s*75 %\s*–\s*0\.60\s*6\.0\s*2/);
    const row = page.findAll('[aria-label="What it does with whom"] tbody tr').map((one) => one.text().replace(/\s+/g, " "));
    expect(row[0]).toMatch(/^say who calls and why ?– ?50 % ?– ?–$/);
    expect(row[5]).toMatch(/^remind firmly ?– ?0 % ?– ?–$/);
  });

  it("says how calls end, every outcome in its place, one that it does not know at the end", async () => {
    await show(...talking, dialogueUpdate(31, 43, { outcomes: [{ cause: "sung_along", count: 1 }, { cause: "promise_kept", count: 3 }] }));
    const rows = page.findAll('[aria-label="How calls end"] .row');
    expect(rows[0]?.text()).toMatch(/^promise kept\s*75 %$/);
    expect(rows[0]?.classes()).toContain("good");
    expect(rows.at(-1)?.text()).toMatch(/^sung along\s*25 %$/);
    expect(rows.at(-1)?.classes()).not.toContain("good");
  });

  it("has the newest figures, and those of the exam", async () => {
    const exam = { episode: 40, success: { oracle: 0.97, agent: 0.88 }, personas: {}, violations: 14 };
    await show(...talking, dialogueUpdate(31, 43, { exam }));
    const told = section("How well it does");
    expect(told).toMatch(/success\s*71 %.*return\s*0\.50.*turns a call\s*6\.3.*violations per 100\s*4.*0\.10.*success in the exam\s*88 %/s);
    expect(told).toContain("exam at call 40: 88 %, 14 violations per 100 calls");
    expect(page.get('[aria-label="How well it does"] [role="img"]').attributes("aria-label")).toContain("oracle 97 %");
  });
});

it("says that the line is dead when the connection is lost, and keeps what was said", async () => {
  await show(...talking, { type: "connection", connection: { status: "lost", attempt: 1, retryAt: Date.now() + 4000 } });
  expect(page.get(".note").text()).toContain("The connection to the call is lost");
  expect(section("The conversation")).toContain("I lost my job.");
});

describe("what a collector with a model of debtors foresees", () => {
  it("is told act by act, with likely answers and an imagined call", async () => {
    await show(dialogueHello(), history, dialogueUpdate(31, 42), dialogueFrame({ act: 7, foretold: [foretold()], planning: planning() }));
    const text = section("What it foresees");
    expect(text).toMatch(/offer a fitting plan.*0\.62/);
    expect(text).toMatch(/puts it off 30 %.*ends the call 40 %/);
    expect(text).toContain("“puts it off” → listen with empathy → ends well after two turns");
    const observed = [{ name: "sentiment", meaning: "" }, { name: "cooperation", meaning: "" }];
    await show(dialogueHello({ observed }), dialogueFrame({ act: 7, observed: [0.1, 0.9], foretold: [foretold({ sentiment: 0.2, cooperation: 0.9 })], planning: planning() }));
    expect(section("What it foresees")).toMatch(/mood ↑(?! will)/);
    expect(page.get('[aria-label="What it foresees"] [aria-current="true"]').text()).toContain("offer a fitting plan");
    expect(page.findAll('[aria-label="What it perceives"]')).toHaveLength(1);
  });

  it("stands beside what came, and says how far it is to be believed", async () => {
    const came = turn({ intent: "stall", foretold: foretold(), chance: 0.3 });
    const expected = turn({ intent: "agree", foretold: foretold(), chance: 0.5 });
    await show(dialogueHello(), history, dialogueUpdate(31, 42), dialogueFrame({ turns: [came, expected], planning: planning() }));
    expect(section("The conversation")).toContain("foreseen: 30 %; it expected “agrees”, 50 %");
    expect(section("The conversation")).toContain("foreseen: 50 %");
    const trust = section("How far it trusts its model");
    expect(trust).toMatch(/2 of 4.*50 %.*40 %/);
    expect(trust).toMatch(/mood and will, off by\s*0\.\d\d/);
    expect(trust).toContain("the answer it held likeliest came once in two turns");
  });

  it("is nothing where nothing plans", async () => {
    await show(...talking);
    expect(page.find('[aria-label="What it foresees"]').exists()).toBe(false);
    expect(page.find('[aria-label="How far it trusts its model"]').exists()).toBe(false);
  });
});

describe("the curriculum and the exam", () => {
  it("are told stage by stage and persona by persona", async () => {
    const marks = [{ episode: 31, kind: "stage", text: "Stage 1 → 2: 75 % of the last 20 succeeded: sad joins", old_stage: 1, new_stage: 2 }];
    const exam = { episode: 40, success: { agent: 0.6 }, personas: { sad: 0.44 }, violations: 3 };
    await show(dialogueHello(), history, dialogueUpdate(31, 42, { marks, exam }), dialogueFrame());
    expect(section("Stage by stage")).toMatch(/now 2 of 4.*call 31.*sad joins/);
    expect(page.get('[aria-label="Who was on the line"] tbody tr:nth-child(2)').text()).toContain("44 %");
  });
});
