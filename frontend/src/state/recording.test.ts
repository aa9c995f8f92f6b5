import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { parse, play } from "./recording";
import { createStore } from "./store";

const lines = parse(readFileSync(new URL("../fixtures/running.jsonl", `file://${__dirname}/`), "utf8"));

it("plays the same page from a recording, at its pace", async () => {
  vi.useFakeTimers();
  const store = createStore();
  const stop = play(store, lines, 2);
  const early = store.state.value;
  expect(early.town.update?.episode).toBe(7220);
  expect(early.town.frame?.step).toBe(10);
  await vi.advanceTimersByTimeAsync(3000);
  expect(store.state.value.town.frame?.step).toBe(25);
  stop();
  await vi.advanceTimersByTimeAsync(3000);
  expect(store.state.value.town.frame?.step).toBe(25);
  vi.useRealTimers();
});
