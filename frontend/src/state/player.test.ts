import { mount } from "@vue/test-utils";
import { defineComponent, h, nextTick, shallowRef } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { frame } from "../fixtures/town";
import { STEP, usePlayer, type Player, type Reel } from "./player";

const walk = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => frame({ step: from + index }));

let player: Player;
const reel = shallowRef<Reel>({ frames: [], shown: 0, live: true });
const step = () => player.moment.value.frame?.step;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function play(frames: ReturnType<typeof walk>, live: boolean): void {
  reel.value = { frames, shown: frames.length, live };
  const host = defineComponent(() => {
    player = usePlayer(() => reel.value);
    return () => h("i");
  });
  mount(host);
}

describe("the stage as it comes", () => {
  it("is followed until it is paused, and from where it was paused on when it goes on", async () => {
    play(walk(0, 5), true);
    expect([step(), player.following.value]).toEqual([4, true]);
    player.toggle();
    reel.value = { frames: walk(0, 9), shown: 9, live: true };
    expect([step(), player.behind.value, player.following.value]).toEqual([4, 4, false]);
    player.toggle();
    await vi.advanceTimersByTimeAsync(STEP * 2);
    expect(step()).toBe(6);
    await vi.advanceTimersByTimeAsync(STEP * 9);
    expect([step(), player.following.value]).toEqual([8, true]);
  });

  it("can be stepped through, backwards too, within what is remembered", () => {
    play(walk(0, 5), true);
    player.step(-1);
    player.step(-1);
    expect([step(), player.paused.value]).toEqual([2, true]);
    player.step(-9);
    expect(step()).toBe(0);
    reel.value = { frames: walk(3, 9), shown: 9, live: true }; // the oldest were forgotten meanwhile
    expect(step()).toBe(3);
    player.follow();
    expect([step(), player.following.value]).toEqual([8, true]);
  });

  it("falls behind when it is slowed down", async () => {
    play(walk(0, 5), true);
    player.speed.value = 0.5;
    await nextTick();
    reel.value = { frames: walk(0, 15), shown: 15, live: true };
    await vi.advanceTimersByTimeAsync(STEP * 2);
    expect([step(), player.following.value]).toEqual([5, false]);
  });
});

describe("a life that is over", () => {
  it("shows its end, plays from its beginning, and stops there again", async () => {
    play(walk(0, 4), false);
    expect([step(), player.following.value]).toEqual([3, false]);
    player.toggle();
    expect(step()).toBe(0);
    await vi.advanceTimersByTimeAsync(STEP * 10);
    expect([step(), player.paused.value]).toEqual([3, true]);
    player.toggle();
    expect(step()).toBe(0);
  });
});
