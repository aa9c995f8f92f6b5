import { expect, it } from "vitest";
import { overlap, place, type Box } from "./names";

const PLOT: Box = { left: 0, right: 300, top: 0, bottom: 100 };
const measure = (text: string) => 6 * text.length;
const put = (texts: string[], x: number, taken: Box[]) => place(texts, x, PLOT, taken, 10, 1, measure);

it("writes to the right of the line, and to its left where there is no room", () => {
  expect(put(["Paused"], 100, [])).toMatchObject({ text: "Paused", x: 106, y: 6 });
  expect(put(["Paused"], 290, [])).toMatchObject({ x: 290 - 6 - 36 });
});

it("shortens what has no room", () => {
  expect(put(["Affordances randomized: scheduled, and at once", "Affordances randomized"], 150, [])?.text).toBe("Affordances randomized");
});

it("never lets two names cover each other, and leaves out what finds no place", () => {
  const taken: Box[] = [];
  const names = Array.from({ length: 12 }, (_, index) => put(["Went on, by command"], 150 + index, taken));
  expect(names.filter(Boolean).length).toBe(taken.length);
  expect(names.at(-1)).toBeNull();
  taken.forEach((one, index) => taken.slice(index + 1).forEach((other) => expect(overlap(one, other)).toBe(false)));
});
