import { describe, expect, it } from "vitest";
import { frame } from "../fixtures/town";
import { MEMORY, moment, TRAIL } from "./moment";

const walk = (steps: number, life = 1) => Array.from({ length: steps }, (_, step) => frame({ life, step, x: step % 8 }));

describe("a moment", () => {
  it("has a trail of the last steps, oldest first", () => {
    expect(moment(walk(3), 2).trail).toEqual([{ x: 0, y: 5 }, { x: 1, y: 5 }]);
    const long = moment(walk(90), 89);
    expect(long.trail).toHaveLength(TRAIL);
    expect(long.meters).toHaveLength(MEMORY);
    expect(long.trail.at(-1)).toEqual({ x: 88 % 8, y: 5 });
  });

  it("knows of its own life only, also where a stage was started again with the same number", () => {
    expect(moment([...walk(9), frame({ life: 2 })], 9).trail).toEqual([]);
    const again = [...walk(9), frame({ step: 3 })];
    expect(moment(again, 9)).toMatchObject({ trail: [], meters: [again[9]?.meters] });
    expect(moment(again, 4).trail).toHaveLength(4);
  });

  it("is nothing where there is no frame", () => {
    expect(moment([], -1)).toEqual({ frame: null, trail: [], meters: [] });
  });
});
