import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { calls, dialogueHello, dialogueUpdate } from "../fixtures/dialogue";
import { hello, points, series, update } from "../fixtures/town";
import type { Message } from "../wire";
import { connect, delay, LONGEST_DELAY, type Live } from "./socket";
import { createStore, type Store } from "./store";

class FakeSocket {
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  close(): void {
    this.onclose?.();
  }
  say(message: Message): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let sockets: FakeSocket[];
let asked: string[];
let answer: (path: string) => Promise<unknown>;
let store: Store;
let live: Live;

const newest = () => sockets.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  asked = [];
  answer = (path) => Promise.resolve(path.endsWith("/series") ? series(1, 30) : points(31, 50));
  store = createStore();
  live = connect(store, {
    open: () => {
      sockets.push(new FakeSocket());
      return newest() as unknown as WebSocket;
    },
    get: (path) => {
      asked.push(path);
      return answer(path);
    },
    now: () => 0,
    random: () => 1,
  });
});

afterEach(() => {
  live.close();
  vi.useRealTimers();
});

describe("history", () => {
  it("is fetched in stretches at first, and from the hole on later", async () => {
    newest().say(hello());
    await vi.advanceTimersByTimeAsync(0);
    newest().say(update(41, 50));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual(["/api/runs/r1/series", "/api/runs/r1/episodes?after=30"]);
  });

  it("of calls is fetched apart: all that are kept at first, and later as many as reach back to the hole", async () => {
    answer = () => Promise.resolve(calls(1, 30));
    newest().say(dialogueHello());
    await vi.advanceTimersByTimeAsync(0);
    newest().say(dialogueUpdate(141, 190));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual(["/api/runs/d1/calls?limit=5000", "/api/runs/d1/calls?limit=360"]);
    expect(store.state.value.dialogue.frontier).toBe(30);
  });

  it("is asked for again after a failure, not at once", async () => {
    answer = () => Promise.reject(new Error("503"));
    newest().say(hello());
    await vi.advanceTimersByTimeAsync(100);
    newest().say(update(1, 3));
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    answer = () => Promise.resolve(series(1, 3));
    newest().say(update(11, 14));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked.length).toBeGreaterThan(1);
    expect(store.state.value.town.points).toHaveLength(3);
  });
});

describe("a broken connection", () => {
  it("is taken up again, later each time, and at once after it worked", async () => {
    for (const wait of [500, 1000, 2000]) {
      newest().close();
      expect(store.state.value.connection).toEqual({ status: "lost", attempt: sockets.length, retryAt: wait });
      await vi.advanceTimersByTimeAsync(wait - 1);
      const before = sockets.length;
      await vi.advanceTimersByTimeAsync(1);
      expect(sockets).toHaveLength(before + 1);
    }
    newest().say(hello());
    newest().say(update(1, 3));
    newest().close();
    expect(store.state.value.connection).toMatchObject({ attempt: 1 });
  });

  it("waits no longer when asked not to", async () => {
    newest().close();
    live.retry();
    expect(sockets).toHaveLength(2);
    expect(store.state.value.connection.status).toBe("connecting");
    await vi.advanceTimersByTimeAsync(5000);
    expect(sockets).toHaveLength(2);
  });

  it("is dropped and taken up when the server has moved to another run", async () => {
    newest().say(hello());
    newest().say(update(1, 3, { run: "r2" }));
    expect(store.state.value.connection.status).toBe("lost");
    await vi.advanceTimersByTimeAsync(500);
    newest().say(hello());
    newest().say(update(1, 3, { run: "r2" }));
    expect(store.state.value.connection).toMatchObject({ attempt: 2 }); // it backs off while the server disagrees with itself
    await vi.advanceTimersByTimeAsync(1000);
    newest().say(hello({ run: "r2" }));
    expect(store.state.value.town.hello?.run).toBe("r2");
  });
});

it("spreads its attempts and never waits longer than its limit", () => {
  expect(delay(1, () => 0)).toBe(375);
  expect(delay(30, () => 1)).toBe(LONGEST_DELAY);
});
