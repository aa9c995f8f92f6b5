import { expect, it } from "vitest";
import { covered, overlap, place, placeLevel, type Box } from "./names";

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

const level = (at: number, taken: Box[], drawn: Box[] = [], width = 60) => placeLevel(width, at, PLOT, taken, drawn, 10, 1);

it("names a level at its right end, below it where there is no room above, and where the curve is not", () => {
  expect(level(50, [])).toEqual({ x: 300 - 6 - 60, y: 36.5 });
  expect(level(2, [])).toEqual({ x: 234, y: 6 });
  const curve = covered([[0, 90], [150, 90], [200, 45], [300, 45]], 1);
  expect(level(50, [], curve)).toEqual({ x: 234, y: 54 }); // below
  const under = covered([[0, 90], [150, 90], [200, 45], [250, 60], [300, 45]], 1);
  const found = level(50, [], under);
  expect(found.x).toBeLessThan(150);
});

it("never names a level on another's name, even where the curve is everywhere", () => {
  const everywhere: Box[] = [{ left: 0, right: 300, top: 0, bottom: 100 }];
  const taken: Box[] = [];
  for (const at of [95, 94, 93]) level(at, taken, everywhere);
  taken.forEach((one, index) => taken.slice(index + 1).forEach((other) => expect(overlap(one, other)).toBe(false)));
});

it("covers a curve in pieces that hold every point and what is between them", () => {
  const points = Array.from({ length: 100 }, (_, index): [number, number] => [index * 3, 50 + 40 * Math.sin(index / 9)]);
  const boxes = covered(points, 1);
  expect(boxes.length).toBeLessThan(40);
  for (const [x, y] of points) expect(boxes.some((box) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom)).toBe(true);
});
