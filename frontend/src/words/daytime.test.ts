import { describe, expect, it } from "vitest";
import { frame, hello } from "../fixtures/town";
import { clock, dayOfLife, isNight, openingHours } from "./daytime";
import { narrate } from "./narration";

const day = { hours: 24, dawn: 6, opening: { Job: [8, 18], Bar: [18, 28] } };

describe("the time of day", () => {
  it("is light from dawn for two thirds of a day", () => {
    expect([5, 6, 21, 22, 0].map((hour) => isNight(day, hour))).toEqual([true, false, false, true, true]);
    expect([0, 5, 6, 8].map((hour) => isNight({ ...day, hours: 9, dawn: 0 }, hour))).toEqual([false, false, true, true]);
  });

  it("counts the days of a life from dawn to dawn", () => {
    expect([0, 23, 24, 48].map((step) => dayOfLife(day, frame({ step })))).toEqual([1, 1, 2, 3]);
  });

  it("is told by the clock where a day has our hours", () => {
    expect(clock(day, 14)).toBe("14:00");
    expect(clock({ ...day, hours: 30 }, 14)).toBe("hour 14");
  });

  it("knows when a place opens, also past midnight, and that others never close", () => {
    expect(openingHours(day, "Job")).toBe("8–18");
    expect(openingHours(day, "Bar")).toBe("18–4");
    expect(openingHours(day, "Bed")).toBe("");
  });
});

describe("a moment in a town with a clock", () => {
  const village = hello({ day });

  it("says how much is done of what takes its time", () => {
    const asleep = frame({ happened: "Job", progress: 2, ticks: 4, meters: [0.9, 0.9, 0.5] });
    expect(narrate(village, asleep)).toBe("It worked, two hours of four. Content, with $100 in its purse.");
    expect(narrate(hello(), asleep)).toMatch(/^It worked, two steps of four\./);
  });

  it("goes to what is open, and says so when nothing is", () => {
    const layout = [{ name: "Fridge", x: 1, y: 4 }, { name: "FastFood", x: 1, y: 0 }];
    expect(narrate(village, frame({ layout, closed: ["Fridge"] }))).toMatch(/five steps from the food stall, with/);
    expect(narrate(village, frame({ layout, closed: ["Fridge", "FastFood"] }))).toMatch(/one step from the fridge, closed now/);
  });
});
