import { expect, it } from "vitest";
import { moved } from "./scrubbing";

it("goes by one, by ten with shift, by a fiftieth, and to either end", () => {
  expect(moved("ArrowLeft", false, null, 5000)).toBe(4999);
  expect(moved("ArrowRight", true, 100, 5000)).toBe(110);
  expect(moved("PageDown", false, 100, 5000)).toBe(1);
  expect(moved("PageUp", false, 100, 5000)).toBe(200);
  expect(moved("Home", false, null, 5000)).toBe(1);
  expect([moved("End", false, 4, 5000), moved("Escape", false, 4, 5000)]).toEqual([null, null]);
});

it("comes to now beyond the newest, and leaves other keys alone", () => {
  expect(moved("ArrowRight", false, 4999, 5000)).toBeNull();
  expect(moved("ArrowRight", false, null, 5000)).toBeNull();
  expect(moved("x", false, 4, 5000)).toBeUndefined();
});
