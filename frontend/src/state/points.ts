/** Series of episodes: joining them, and the figures drawn from them. */

import type { EpisodePoint } from "../wire";
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
  const byEpisode = new Map(old.map((point) => [point.episode, point]));
  for (const point of fresh) byEpisode.set(point.episode, point);
  return thin([...byEpisode.values()].sort((a, b) => a.episode - b.episode));
}

function thin<P>(points: P[]): P[] {
  if (points.length <= POINTS) return points;
  const half = points.length >> 1;
  return points.filter((_, index) => index >= half || index % 2 === 0);
}

export interface Rolling {
  episodes: number[];
  mean: number[];
  /** Mean ± one standard deviation, held within 0 … `cap`. */
  low: number[];
  high: number[];
}

/** Survival over the last `window` episodes at each point; windows count episodes, not points. */
export function rolling(points: EpisodePoint[], window: number, cap: number): Rolling {
  const result: Rolling = { episodes: [], mean: [], low: [], high: [] };
  let start = 0;
  let sum = 0;
  let squares = 0;
  points.forEach((point, end) => {
    sum += point.survival_time;
    squares += point.survival_time ** 2;
    for (let old = points[start]; old && old.episode <= point.episode - window; old = points[++start]) {
      sum -= old.survival_time;
      squares -= old.survival_time ** 2;
    }
    const count = end - start + 1;
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - mean ** 2));
    result.episodes.push(point.episode);
    result.mean.push(mean);
    result.low.push(Math.max(0, mean - deviation));
    result.high.push(Math.min(cap, mean + deviation));
  });
  return result;
}

export interface Bucket {
  episode: number;
  living: number;
  novelty: number;
}

/** Mean reward per episode from living and from weighted novelty, in `count` equal stretches. */
export function rewards(points: EpisodePoint[], count: number): Bucket[] {
  const buckets: Bucket[] = [];
  const size = Math.max(1, Math.ceil(points.length / count));
  for (let start = 0; start < points.length; start += size) {
    const part = points.slice(start, start + size);
    const mean = (value: (point: EpisodePoint) => number) => part.reduce((sum, p) => sum + value(p), 0) / part.length;
    buckets.push({
      episode: mean((point) => point.episode),
      living: mean((point) => point.extrinsic_reward),
      novelty: mean((point) => point.intrinsic_weight * point.intrinsic_reward),
    });
  }
  return buckets;
}
