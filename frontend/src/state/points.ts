/** Series of episodes: joining them, and the figures drawn from them. */

import type { EpisodePoint, Stretch } from "../wire";
import { POINTS } from "./state";

export interface Numbered {
  episode: number;
}

/** Both, in order, each episode once (the newer wins); the older half thinned out above `POINTS`. */
export function merge<P extends Numbered>(old: P[], fresh: P[]): P[] {
  const first = fresh[0];
  const last = old.at(-1);
  if (!first) return old;
  if (!last || first.episode > last.episode) return thin([...old, ...fresh]);
  const apart = old.findLastIndex((point) => point.episode < first.episode) + 1; // only what comes after may be told again
  const byEpisode = new Map(old.slice(apart).map((point) => [point.episode, point]));
  for (const point of fresh) byEpisode.set(point.episode, point);
  return thin([...old.slice(0, apart), ...[...byEpisode.values()].sort((a, b) => a.episode - b.episode)]);
}

function thin<P>(points: P[]): P[] {
  if (points.length <= POINTS) return points;
  const half = points.length >> 1;
  return points.filter((_, index) => index >= half || index % 2 === 0);
}

/** One episode as a stretch of its own. */
export function single(point: EpisodePoint): Stretch {
  return {
    first: point.episode,
    episode: point.episode,
    survival: point.survival_time,
    deviation: 0,
    shortest: point.survival_time,
    longest: point.survival_time,
    living: point.extrinsic_reward,
    novelty: point.intrinsic_weight * point.intrinsic_reward,
    stage: point.curriculum_stage,
  };
}

/** How many episodes the longest of these stretches is of. */
export function coarsest(stretches: Stretch[]): number {
  return stretches.reduce((most, one) => Math.max(most, lives(one)), 1);
}

function lives(stretch: Stretch): number {
  return stretch.episode - stretch.first + 1;
}

export interface Rolling {
  episodes: number[];
  mean: number[];
  /** Mean ± one standard deviation, held within 0 … `cap`. */
  low: number[];
  high: number[];
}

/** Survival over the last `window` episodes at each stretch; of the stretch itself where it is longer. */
export function rolling(stretches: Stretch[], window: number, cap: number): Rolling {
  const result: Rolling = { episodes: [], mean: [], low: [], high: [] };
  let start = 0;
  let count = 0;
  let sum = 0;
  let squares = 0;
  const weigh = (one: Stretch, sign: 1 | -1) => {
    count += sign * lives(one);
    sum += sign * lives(one) * one.survival;
    squares += sign * lives(one) * (one.survival ** 2 + one.deviation ** 2);
  };
  for (const stretch of stretches) {
    weigh(stretch, 1);
    for (let old = stretches[start]; old && old.episode <= stretch.episode - window; old = stretches[++start]) weigh(old, -1);
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - mean ** 2));
    result.episodes.push(stretch.episode);
    result.mean.push(mean);
    result.low.push(Math.max(0, mean - deviation));
    result.high.push(Math.min(cap, mean + deviation));
  }
  return result;
}

export interface Bucket {
  episode: number;
  living: number;
  novelty: number;
}

/** Mean reward per episode from living and from weighted novelty, in `count` equal parts of what there is. */
export function rewards(stretches: Stretch[], count: number): Bucket[] {
  const buckets: Bucket[] = [];
  const size = Math.max(1, Math.ceil(stretches.length / count));
  for (let start = 0; start < stretches.length; start += size) {
    const part = stretches.slice(start, start + size);
    const all = part.reduce((sum, one) => sum + lives(one), 0);
    const mean = (value: (one: Stretch) => number) => part.reduce((sum, one) => sum + lives(one) * value(one), 0) / all;
    buckets.push({ episode: mean((one) => (one.first + one.episode) / 2), living: mean((one) => one.living), novelty: mean((one) => one.novelty) });
  }
  return buckets;
}
