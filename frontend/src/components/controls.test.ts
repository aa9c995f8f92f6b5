/** What the operator can do, and what others are told instead. */

import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hello, update } from "../fixtures/town";
import OperatorControls from "./OperatorControls.vue";

let may = { operator: true, training: true };
let asked: { path: string; body: unknown }[] = [];
let answer = { ok: true, status: 202, json: (): Promise<unknown> => Promise.resolve(null) };
let bar: VueWrapper;

beforeEach(() => {
  may = { operator: true, training: true };
  asked = [];
  answer = { ok: true, status: 202, json: () => Promise.resolve(null) };
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (path === "/api/controls") return Promise.resolve({ ok: true, json: () => Promise.resolve(may) });
    asked.push({ path, body: JSON.parse(String(init?.body)) as unknown });
    return Promise.resolve(answer);
  });
});
afterEach(() => {
  bar.unmount();
  vi.unstubAllGlobals();
});

async function show(status = "training", greeting = hello()): Promise<void> {
  bar = mount(OperatorControls, { props: { hello: greeting, state: { ...update(1, 2).state, status } } });
  await flushPromises();
}
const button = (name: string) => bar.findAll("button").find((one) => one.text() === name);

describe("the operator", () => {
  it("pauses this run, and lets it go on", async () => {
    await show();
    await button("Pause")?.trigger("click");
    expect(asked).toEqual([{ path: "/api/commands?run=r1", body: { command: "pause" } }]);
    await bar.setProps({ state: { ...update(1, 2).state, status: "paused" } });
    await button("Go on")?.trigger("click");
    expect(asked[1]?.body).toEqual({ command: "unpause" });
  });

  it("sets the pace, and keeps a policy", async () => {
    await show();
    await bar.get("select").setValue("2");
    await bar.get("select").setValue("0");
    await button("Keep")?.trigger("click");
    const bodies = [{ command: "set_pace", episodes_per_hour: 3600 }, { command: "set_pace", episodes_per_hour: null }, { command: "checkpoint_now" }];
    expect(asked.map((one) => one.body)).toEqual(bodies);
  });

  it("is asked twice before everything moves", async () => {
    await show();
    await button("Move things")?.trigger("click");
    expect(asked).toEqual([]);
    await button("Really move all?")?.trigger("click");
    expect(asked[0]?.body).toEqual({ command: "randomize_affordances" });
    expect(button("Move things")).toBeDefined();
  });

  it("has nothing to move where every life draws its own layout", async () => {
    await show("training", hello({ affordances: [] }));
    expect(button("Move things")).toBeUndefined();
  });

  it("hears why something was not taken, and of a token that no longer holds", async () => {
    await show();
    answer = { ok: false, status: 401, json: () => Promise.resolve({ detail: "this needs the operator's token" }) };
    may = { operator: false, training: true };
    await button("Pause")?.trigger("click");
    await flushPromises();
    expect(bar.text()).toContain("with the operator's link");
  });
});

it.each([
  [{ operator: false, training: true }, "training", "with the operator's link"],
  [{ operator: false, training: false }, "training", "only shows"],
  [{ operator: true, training: true }, "finished", "more episodes"],
])("says to everybody else why they only look on: %o, %s", async (rights, status, words) => {
  may = rights;
  await show(status);
  expect(bar.findAll("button")).toHaveLength(0);
  expect(bar.get("details").text()).toContain(words);
});
