import { expect, it } from "vitest";
import { ring } from "./ring";

const place = (name: string) => ({ name, x: 0, y: 0 });
const way = (source: string, target: string, count: number) => ({ source, target, count, recency: 0.5 });

it("puts a routine around the ring, the most trodden way on top", () => {
  const edges = [way("Job", "Fridge", 9), way("Fridge", "Bed", 8), way("Bed", "Job", 10), way("Bed", "Bar", 1), way("Job", "Job", 50)];
  const { nodes, edges: ways } = ring({ nodes: ["Bar", "Bed", "Fridge", "Job"].map(place), edges }, 800);
  const names = nodes.map((node) => node.name);
  expect((names.indexOf("Job") - names.indexOf("Bed") + 4) % 4).toBe(1);
  expect((names.indexOf("Fridge") - names.indexOf("Job") + 4) % 4).toBe(1);
  expect(ways.map((one) => one.count)).toEqual([1, 8, 9, 10]);
  expect(ways.at(-1)?.wear).toBe(1);
  const job = nodes.find((node) => node.name === "Job");
  expect(Math.max(...nodes.map((node) => node.radius))).toBe(job?.radius);
});

it("is a ring of places before anything was used", () => {
  expect(ring({ nodes: [place("Bed"), place("Job")], edges: [] }, 800)).toMatchObject({ edges: [], nodes: [{ name: "Bed" }, { name: "Job" }] });
});
