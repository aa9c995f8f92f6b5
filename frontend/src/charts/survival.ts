/** What the survival chart is made of, apart from drawing: bands of stages and named lines. */

import type { Rolling } from "../state/points";
import type { Exam, Mark, Stretch } from "../wire";

export interface Band {
  from: number;
  to: number;
  stage: number;
}

/** Stretches between changes of stage, each named by the change that began it. */
export function bands(points: { episode: number; stage: number }[], marks: Mark[], last: number): Band[] {
  const changes = marks.filter((mark) => mark.new_stage !== null);
  const first = points[0];
  if (!first) return [];
  const edges = [{ from: first.episode, stage: changes[0]?.old_stage ?? first.stage }, ...changes.map((mark) => ({ from: mark.episode, stage: mark.new_stage ?? 0 }))];
  return edges.flatMap(({ from, stage }, index) => {
    const to = edges[index + 1]?.from ?? last;
    return to > from ? [{ from, to, stage }] : [];
  });
}

const YOUNGEST = 500;

/** How far the axis goes: to a part of the goal while the run is young, so that its first steps are seen. */
export function reach(last: number, goal: number): number {
  let end = Math.max(goal, last);
  for (let tens = 1; tens === 1 || goal >= 20 * tens * YOUNGEST; tens *= 10) {
    const parts = [2, 5, 10, 20].map((part) => Math.ceil(goal / (part * tens)));
    end = parts.findLast((part) => part > last * 1.1) ?? end;
  }
  return end;
}

/** Marks that get a line of their own; the stage has its bands. */
export function lines(marks: Mark[]): Mark[] {
  return marks.filter((mark) => mark.kind !== "stage" && mark.kind !== "finished");
}

export interface Level {
  value: number;
  text: string;
}

const POLICIES: [string, string][] = [
  ["expert", "expert"],
  ["stand_still", "standing still"],
  ["random", "at random"],
];

/** The baselines of the newest exam, when it had the same cap as training. */
export function levels(exam: Exam | null, cap: number): Level[] {
  if (!exam || exam.cap !== cap) return [];
  return POLICIES.flatMap(([policy, name]) => {
    const value = exam.means[policy];
    return value === undefined ? [] : [{ value, text: `${name} ${Math.round(value)}` }];
  });
}

/** The chart in words, for those who do not see it. */
export function summary(points: Stretch[], mean: number | undefined, marks: Mark[]): string {
  const last = points.at(-1);
  if (!last || mean === undefined) return "Survival over the run: no episode has ended yet.";
  const events = lines(marks).map((mark) => `${mark.text} at episode ${mark.episode}`);
  return [`Survival over ${last.episode} episodes; the last 100 lived ${Math.round(mean)} steps on average`, ...events].join("; ") + ".";
}

/** About `count` readings of the curve, spread over it, its last among them: episode, mean, low, high. */
export function sample({ episodes, mean, low, high }: Rolling, count: number): [number, number, number, number][] {
  const stride = Math.max(1, Math.ceil(episodes.length / count));
  return episodes.flatMap((episode, index) =>
    (episodes.length - 1 - index) % stride === 0 ? [[episode, mean[index] ?? 0, low[index] ?? 0, high[index] ?? 0] as [number, number, number, number]] : [],
  );
}
