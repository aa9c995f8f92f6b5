import { mount } from "@vue/test-utils";
import { defineComponent, h, nextTick, ref } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PAUSE, read, REST, useTravel, type Travel } from "./travel";

let travel: Travel;
let asked: string[];
let cancelled: string[];
let answer: (path: string) => Promise<unknown>;
const run = ref("r1");

beforeEach(() => {
  vi.useFakeTimers();
  location.hash = "";
  run.value = "r1";
  asked = [];
  cancelled = [];
  answer = (path) => Promise.resolve({ episode: Number(/\d+$/.exec(path.replace("/life", ""))?.[0]) });
});
afterEach(() => {
  page?.unmount();
  vi.useRealTimers();
});

let page: ReturnType<typeof mount> | undefined;
function visit(start: number | null = null): void {
  const get = (path: string, signal: AbortSignal) => {
    asked.push(path);
    signal.addEventListener("abort", () => cancelled.push(path));
    return answer(path);
  };
  page = mount(
    defineComponent(() => {
      travel = useTravel(() => run.value, start, get);
      return () => h("i");
    }),
  );
}

describe("travelling", () => {
  it("fetches the views at once, the life where somebody stays, and neither for what is passed over", async () => {
    visit();
    travel.go(70);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual(["/api/runs/r1/at/70"]);
    for (const episode of [71, 72, 73]) {
      travel.go(episode);
      await vi.advanceTimersByTimeAsync(PAUSE / 2);
    }
    await vi.advanceTimersByTimeAsync(REST);
    expect(asked).toEqual(["/api/runs/r1/at/70", "/api/runs/r1/at/73", "/api/runs/r1/episodes/73/life"]);
    expect([travel.past.value?.episode, travel.life.value?.episode, travel.arrived.value]).toEqual([73, 73, true]);
  });

  it("drops an answer that has been superseded", async () => {
    const late: (() => void)[] = [];
    answer = (path) => new Promise((resolve) => late.push(() => resolve({ episode: path.includes("70") ? 70 : 71 })));
    visit();
    travel.go(70);
    await vi.advanceTimersByTimeAsync(1);
    travel.go(71);
    await vi.advanceTimersByTimeAsync(1);
    expect(cancelled).toEqual(["/api/runs/r1/at/70"]);
    late.forEach((deliver) => deliver());
    await vi.advanceTimersByTimeAsync(1);
    expect(travel.past.value?.episode).toBe(71);
  });

  it("returns to now", async () => {
    visit();
    travel.go(70);
    await vi.advanceTimersByTimeAsync(REST + 1);
    travel.go(null);
    await nextTick();
    expect([travel.past.value, travel.life.value, travel.arrived.value, location.hash]).toEqual([null, null, true, ""]);
  });

  it("says why an episode cannot be had", async () => {
    answer = () => Promise.reject(new Error("run r1 has no episode 999; it has 1 … 70"));
    visit();
    travel.go(999);
    await vi.advanceTimersByTimeAsync(1);
    expect(travel.failure.value).toContain("no episode 999");
    travel.go(null);
    await nextTick();
    expect(travel.failure.value).toBe("");
  });
});

describe("the address", () => {
  it("says where somebody is, and takes them there", async () => {
    visit();
    travel.relive(42);
    await nextTick();
    expect(location.hash).toBe("#life=42");
    page?.unmount();
    visit();
    expect([travel.episode.value, travel.reliving.value]).toEqual([42, true]);
    location.hash = "#episode=7";
    dispatchEvent(new HashChangeEvent("hashchange"));
    await nextTick();
    expect([travel.episode.value, travel.reliving.value]).toEqual([7, false]);
  });

  it("is left alone by a picture of an episode, which waits until the run is known", async () => {
    run.value = "";
    visit(9);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual([]);
    run.value = "r1";
    await nextTick();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual(["/api/runs/r1/at/9", "/api/runs/r1/episodes/9/life"]);
    expect([location.hash, travel.reliving.value, travel.arrived.value]).toEqual(["", false, true]);
  });

  it("is no link to an episode in another form", () => {
    for (const hash of ["", "#town", "#episode=", "#episode=-1", "#episode=0", "#life=1e3", "#episode=4 2"]) expect(read(hash)).toBeNull();
  });
});
