/** What the chart of successful calls is made of. */

import type { Rolling } from "../state/points";
import type { CallExam, CallPoint } from "../wire";
import { BASELINES } from "../words/dialogue";
import { count, percent } from "../words/format";
import type { Level } from "./survival";

const Z = 1.96; // of a 95 % interval

/** Share of successes among the last `window` calls at each point, with its 95 % interval (Wilson, 1927). */
export function successes(points: CallPoint[], window: number): Rolling {
  const result: Rolling = { episodes: [], mean: [], low: [], high: [] };
  let start = 0;
  let won = 0;
  points.forEach((point, end) => {
    won += Number(point.success);
    for (let old = points[start]; old && old.episode <= point.episode - window; old = points[++start]) won -= Number(old.success);
    const calls = end - start + 1;
    const share = won / calls;
    const shrink = 1 + Z ** 2 / calls;
    const centre = (share + Z ** 2 / (2 * calls)) / shrink;
    const half = (Z / shrink) * Math.sqrt((share * (1 - share)) / calls + Z ** 2 / (4 * calls ** 2));
    result.episodes.push(point.episode);
    result.mean.push(share);
    result.low.push(Math.max(0, centre - half));
    result.high.push(Math.min(1, centre + half));
  });
  return result;
}

/** The baselines of the newest exam. */
export function baselines(exam: CallExam | null): Level[] {
  return BASELINES.flatMap(([policy, name]) => {
    const value = exam?.success[policy];
    return value === undefined ? [] : [{ value, text: `${name} ${percent(value)}` }];
  });
}

/** The chart in words, for those who do not see it. */
export function told(points: CallPoint[], share: number | undefined, window: number, levels: Level[]): string {
  const last = points.at(-1);
  if (!last || share === undefined) return "Success over the run: no call has ended yet.";
  const beside = levels.length > 0 ? ` In the exam: ${levels.map((level) => level.text).join(", ")}.` : "";
  return `Success over ${count(last.episode)} calls; of the last ${window} ${percent(share)} ended well.${beside}`;
}
