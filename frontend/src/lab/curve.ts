/** Runs drawn to one scale, so that they can be laid side by side. */

import type { LabRun } from "../wire";

/** The size of a drawing, in pixels, until it is known how much room there is. */
export const WIDTH = 360;
export const HEIGHT = 180;

/** Pixels between two names under each other. */
const LINE = 15;

export interface Scale {
  episodes: number;
  top: number;
}

/** Pixels beside a plot of so wide a card: for its axis, and for the names of baselines, which lie over no curve there. */
export const AXIS = 46;
export const NAMES = 118;

export interface Drawing {
  band: string;
  line: string;
  exam: string;
  /** Height of each baseline in the newest exam, from above, and of its name beside it. */
  levels: { name: string; y: number; value: number; at: number }[];
}

/** Runs of one unit share a scale; those of another are drawn to their own. */
export function scaleOf(runs: LabRun[], unit: string): Scale {
  const alike = runs.filter((run) => run.unit === unit);
  const last = (run: LabRun) => Math.max(run.curve.at(-1)?.episode ?? 1, run.exams.at(-1)?.episode ?? 1);
  return { episodes: Math.max(1, ...alike.map(last)), top: Math.max(...alike.map((run) => run.top)) };
}

const BASELINES: Record<string, string> = { expert: "expert", stand_still: "standing still", oracle: "oracle", rule: "rule", random: "at random" };

export function draw(run: LabRun, scale: Scale, width = WIDTH, height = HEIGHT): Drawing {
  const x = (episode: number) => ((episode / scale.episodes) * width).toFixed(1);
  const y = (value: number) => ((1 - Math.min(1, Math.max(0, value / scale.top))) * height).toFixed(1);
  const path = (points: [number, number][]) => (points.length === 0 ? "" : `M${points.map(([episode, value]) => `${x(episode)} ${y(value)}`).join("L")}`);
  const low = [...run.curve].reverse().map((point): [number, number] => [point.episode, point.low]);
  const band = run.curve.length > 1 ? `${path([...run.curve.map((point): [number, number] => [point.episode, point.high]), ...low])}Z` : "";
  const newest = run.exams.at(-1)?.values ?? {};
  const levels = Object.entries(BASELINES).flatMap(([policy, name]) => {
    const value = newest[policy];
    return value === undefined ? [] : [{ name, y: Number(y(value)), value }];
  });
  const at = apart(levels.map((level) => level.y), height);
  return {
    band,
    line: path(run.curve.map((point) => [point.episode, point.mean])),
    exam: path(run.exams.flatMap((exam): [number, number][] => (exam.values.agent === undefined ? [] : [[exam.episode, exam.values.agent]]))),
    levels: levels.map((level, index) => ({ ...level, at: at[index] ?? level.y })),
  };
}

/** Where names of these heights are written, in the same order: as near as can be, none on another, none below `height`. */
export function apart(heights: number[], height: number): number[] {
  const order = heights.map((_, index) => index).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const placed = [...heights];
  let free = 0;
  for (const index of order) free = (placed[index] = Math.max(free, heights[index] ?? 0)) + LINE;
  let end = height;
  for (const index of order.reverse()) end = (placed[index] = Math.min(end, placed[index] ?? 0)) - LINE;
  return placed;
}
