import { describe, expect, it } from "vitest";
import { frame } from "../fixtures/town";
import { building, needIcon } from "./drawings";
import { chance, standing, wornPaths } from "./geometry";

const nodes = [
  { name: "Bed", x: 0, y: 0 },
  { name: "Job", x: 4, y: 0 },
];
const edge = (source: string, target: string, count: number) => ({ source, target, count, recency: 0.5 });

describe("the garden path", () => {
  it("is widest where most walk, and drawn last there", () => {
    const paths = wornPaths({ nodes, edges: [edge("Bed", "Job", 40), edge("Job", "Bed", 10)] }, nodes);
    expect(paths.map((path) => path.wear)).toEqual([0.25, 1]);
  });

  it("is drawn apart there and back", () => {
    const [one, other] = wornPaths({ nodes, edges: [edge("Bed", "Job", 1), edge("Job", "Bed", 1)] }, nodes);
    expect(one?.d).toBe("M50 50Q250 106 450 50");
    expect(other?.d).toBe("M450 50Q250 -6 50 50");
  });

  it("goes where things stand now", () => {
    const moved = [{ name: "Bed", x: 7, y: 7 }];
    expect(wornPaths({ nodes, edges: [edge("Bed", "Job", 1)] }, moved)[0]?.d).toMatch(/^M750 750/);
  });

  it("leaves out staying in one place, and places that are nowhere", () => {
    expect(wornPaths({ nodes, edges: [edge("Bed", "Bed", 9), edge("Bed", "Moon", 9)] }, nodes)).toEqual([]);
  });
});

it("stands beside a building, and in the middle of an empty lot", () => {
  expect(standing(frame({ x: 2, y: 2 })).x).toBe(250);
  expect(standing(frame({ x: 1, y: 1 })).x).toBeLessThan(150);
});

it("draws a house for a place it does not know", () => {
  expect(building("Observatory").length).toBeGreaterThan(2);
  expect(building("Observatory")).not.toEqual(building("Bed"));
  expect(needIcon("oxygen")).not.toBe("");
});

it("gives each lot the same looks every day", () => {
  expect(chance(3, 5, 1)).toBe(chance(3, 5, 1));
  expect(new Set([0, 1, 2, 3].map((x) => chance(x, 0, 1))).size).toBe(4);
});
