/** What is particular to each town, on the map. */

import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { frame, hello } from "../fixtures/town";
import type { Hello, StageFrame } from "../wire";
import { building } from "./drawings";
import TownMap from "./TownMap.vue";

const day = { hours: 24, dawn: 6, opening: { Job: [8, 18] } };

function map(greeting: Partial<Hello>, moment: Partial<StageFrame>) {
  return mount(TownMap, { props: { hello: hello(greeting), frame: frame(moment), update: null, trail: [], layer: "none" } });
}

describe("a town with a clock", () => {
  it("is dark at night, and has opening hours on the doors of what is closed", () => {
    const night = map({ day }, { hour: 23, closed: ["Job"] });
    expect(night.get("svg").classes()).toContain("dark");
    expect(night.findAll(".sign")).toHaveLength(1);
    expect(night.get(".sign text").text()).toBe("8–18");
    expect(night.get("svg").attributes("aria-label")).toContain("It is 23:00. Closed: Job.");
    const noon = map({ day }, { hour: 12 });
    expect(noon.get("svg").classes()).not.toContain("dark");
    expect(noon.find(".sign").exists()).toBe(false);
  });

  it("shows how much is done of what takes its time, and nothing when nothing runs", () => {
    const working = map({ day }, { hour: 9, progress: 3, ticks: 4 });
    expect([working.findAll(".work rect").length, working.findAll(".work .done").length]).toEqual([4, 3]);
    expect(map({ day }, { hour: 9 }).find(".work").exists()).toBe(false);
  });
});

describe("a town in fog", () => {
  it("shows the cells that the agent sees, also at the edge", () => {
    expect(map({ radius: 2 }, { x: 3, y: 4 }).get(".fog .edge").attributes("d")).toBe("M100 200H600V700H100Z");
    expect(map({ radius: 2 }, { x: 0, y: 7 }).get(".fog .edge").attributes("d")).toBe("M0 500H300V800H0Z");
  });

  it("is a thing of that town only", () => {
    expect(map({}, {}).find(".fog").exists()).toBe(false);
  });
});

it("draws a drawn layout from the life's own, and nothing before there is one", () => {
  const drawn = map({ affordances: [] }, { layout: [{ name: "Gym", x: 5, y: 0 }] });
  expect(drawn.findAll(".building").map((one) => one.attributes("transform"))).toEqual(["translate(500 0)"]);
  const before = mount(TownMap, { props: { hello: hello({ affordances: [] }), frame: null, update: null, trail: [], layer: "none" } });
  expect(before.findAll(".building")).toHaveLength(0);
});

it("gives every place of the shipped towns a drawing of its own", () => {
  const names = ["Bed", "LuxuryBed", "Shower", "Fridge", "HomeMeal", "FastFood", "Job", "Labor", "Gym", "Bar", "Park", "Recreation", "Therapist", "Doctor", "Hospital"];
  const drawings = [...names, "Observatory"].map((name) => JSON.stringify(building(name)));
  expect(new Set(drawings).size).toBe(names.length + 1);
});
