/** The talk page as its visitors meet it; the server is a few answers. */

import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { foretold } from "../fixtures/dialogue";
import { answered, spoke, talkNext, talkOptions, talkState } from "../fixtures/talk";
import { markdown } from "../talk/transcript";
import { ACTS } from "../fixtures/talk";
import type { TalkState } from "../wire";
import TalkPage from "./TalkPage.vue";

let page: VueWrapper;
let begun: TalkState;
const sent: [string, unknown][] = [];

beforeEach(() => {
  document.body.innerHTML = '<div id="tools"></div>';
  history.replaceState(null, "", "/talk");
  sent.length = 0;
  begun = talkState();
  vi.stubGlobal("WebSocket", class { close() {} });
  vi.stubGlobal("fetch", async (path: string, { method, body }: RequestInit) => {
    sent.push([`${method} ${path}`, body ? JSON.parse(body as string) : null]);
    const grown = { ...begun, revision: 2, turns: [...begun.turns, answered("I lost my job."), spoke("ask_about_situation", { number: 1, text: "What happened?" })] };
    const answer = path.endsWith("options") ? talkOptions() : path.endsWith("/end") ? { ...begun, revision: 3, ending: "hung_up" } : path.endsWith("/say") ? grown : path.endsWith("/act") ? { ...begun, revision: 2 } : { link: "LINK", state: begun };
    return { ok: true, status: method === "DELETE" ? 204 : 200, json: async () => answer };
  });
});
afterEach(() => {
  page.unmount();
  vi.unstubAllGlobals();
});

async function visit(): Promise<void> {
  page = mount(TalkPage, { attachTo: document.body });
  await flushPromises();
}

it("leads from the first visit to the end of a typed conversation", async () => {
  await visit();
  expect(page.text()).toContain("The agent will call you");
  await page.findAll('input[name="persona"]')[2]!.setValue(true);
  await page.get("form").trigger("submit");
  await flushPromises();
  expect(sent.at(-1)).toEqual(["POST /api/talks", { play: "debtor", persona: "sad", seed: null, collector: null, episode: null, keep: true }]);
  expect(location.hash).toBe("#LINK");
  expect(page.get(".script").text()).toMatch(/You are sad, and the phone rings\s*You owe \$1,200 for 60 days, earn \$1,800 a month, can spare \$80 of it/);
  await page.get("textarea").setValue("  I lost my job. ");
  await page.get("form.say").trigger("submit");
  await flushPromises();
  expect(sent.at(-1)).toEqual(["POST /api/talks/LINK/say", { text: "I lost my job." }]);
  const lines = page.findAll(".speech").map((line) => line.text());
  expect(lines[1]).toMatch(/^You\s*I lost my job\.\s*sensed: tells how things stand \.93 · sentiment −0\.20 · will 0\.30$/);
  expect(lines[2]).toMatch(/considered: say who calls and why 0\.50 · listen with empathy 0\.40$/);
  await page.findAll("button").find((one) => one.text() === "Hang up")!.trigger("click");
  await flushPromises();
  expect(page.get(".ending").text()).toMatch(/No success\s*You hung up\..*kept as conversation 3/);
  await page.findAll("button").find((one) => one.text() === "Forget what I said")!.trigger("click");
  await flushPromises();
  expect([sent.at(-1)![0], location.hash]).toEqual(["DELETE /api/talks/LINK", ""]);
});

it("says of an age what it is, and asks for it", async () => {
  await visit();
  await page.get('input[type="range"]').setValue("0");
  expect(page.get(".age").text()).toBe("as learned by call 100 · a beginner");
  await page.get("form").trigger("submit");
  expect(sent.at(-1)![1]).toMatchObject({ episode: 100 });
});

it("offers acts by hand, marks the policy's, refuses the forbidden, and notes what is broken", async () => {
  const next = talkNext("empathetic_listening", { q_values: [0, 1, 0, 0, 0], mask: [true, true, true, true, false] });
  begun = talkState({ play: "collector", debtor: null, next, kept: null, turns: [spoke("hard_close", { q_values: [], violations: ["threat"] }), answered("No!", { confidence: 1 })] });
  await visit();
  await page.get("form").trigger("submit");
  await flushPromises();
  expect(page.text()).toContain("Somebody picks up.");
  expect(page.get(".margin").text()).toBe("✕ threatened, or pressed too hard");
  expect(page.get(".act.advised").text()).toContain("listen with empathy");
  expect(page.findAll(".act:disabled").map((one) => one.text())).toEqual(["push for an answer"]);
  await page.findAll(".act")[2]!.trigger("click");
  expect(sent.at(-1)).toEqual(["POST /api/talks/LINK/act", { act: "ask_about_situation" }]);
});

it("plays by itself at a pace, and stands still on request", async () => {
  vi.useFakeTimers();
  begun = talkState({ play: "watch", turns: [], next: talkNext("identify_and_disclose"), kept: null });
  await visit();
  await page.get("form").trigger("submit");
  await flushPromises();
  await page.findAll("button").find((one) => one.text() === "fast")!.trigger("click");
  await vi.advanceTimersByTimeAsync(700);
  expect(sent.at(-1)).toEqual(["POST /api/talks/LINK/act", { act: null }]);
  const played = sent.length;
  await page.get(".watch .main").trigger("click");
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent).toHaveLength(played);
  vi.useRealTimers();
});

it("shows what the collector foresees of its acts, and then what came of it", async () => {
  const ahead = [foretold({ act: 1, value: 0.8 }), foretold({ act: 2, value: 0.4, way: [] })];
  begun = talkState({ play: "watch", foresees: true, turns: [spoke("identify_and_disclose", { foretold: [foretold({ act: 0 })] }), answered("Not now.", { intent: "stall", chance: 0.3, observed: [-0.9, 0.1, 0.2] })], next: talkNext("empathetic_listening", { foretold: ahead }), kept: null });
  await visit();
  await page.get("form").trigger("submit");
  await flushPromises();
  const seen = page.get('[aria-label="What it foresees"]');
  expect(seen.get(".chosen").text()).toMatch(/listen with empathy\s*imagined return 0\.80/);
  expect(seen.text()).not.toContain("what came");
  expect(page.findAll(".speech")[1]!.text()).toContain("foreseen: 30 %; it expected “agrees”, 50 %");
  expect(page.get('[aria-label="This call"]').text()).toMatch(/model and reality\s*right 0 of 1\s*held what came for\s*30 %\s*mood and will, off by\s*0\.15/);
  await page.get(".speech .direction").trigger("click");
  expect(seen.text()).toMatch(/^What it foresaw .*what came: puts it off$/s);
});

it("says quietly that nothing is foreseen where there is no model of debtors", async () => {
  await visit();
  await page.get("form").trigger("submit");
  await flushPromises();
  expect(page.find('[aria-label="What it foresees"]').exists()).toBe(false);
  expect(page.get('[aria-label="This call"]').text()).toContain("This policy was kept without a model of debtors, or with one of an earlier version: it foresees nothing.");
});

it("writes a transcript that can be read without the page", () => {
  const text = markdown(talkState({ turns: [spoke("identify_and_disclose"), answered("Hm."), spoke("hard_close", { violations: ["threat"] })], ending: "hung_up" }), ACTS);
  expect(text).toContain("**Collector**, *say who calls and why*: Hello.\n\n> considered: listen with empathy 0.40 · ask how things stand 0.30");
  expect(text).toContain("**Debtor**, understood as *tells how things stand .93 · sentiment −0.20 · will 0.30*: Hm.");
  expect(text).toContain("> Rule broken: threatened, or pressed too hard.");
  expect(text).toMatch(/No success: You hung up\.\n$/);
});
