/** Runs drawn to one scale, so that they can be laid side by side. */

import type { LabRun } from "../wire";

/** The size of a drawing, in pixels, until it is known how much room there is. */
export const WIDTH = 360;
export const HEIGHT = 180;

export interface Scale {
  episodes: number;
  top: number;
}

export interface Drawing {
  band: string;
  line: string;
  exam: string;
  /** Height of each baseline in the newest exam, from above. */
  levels: { name: string; y: number; value: number }[];
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
  return {
    band,
    line: path(run.curve.map((point) => [point.episode, point.mean])),
    exam: path(run.exams.flatMap((exam): [number, number][] => (exam.values.agent === undefined ? [] : [[exam.episode, exam.values.agent]]))),
    levels,
  };
}
