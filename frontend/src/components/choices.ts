/** What may be done next, and what is expected of it. */

export interface Choice {
  name: string;
  /** A word beside the name, or "". */
  mark: string;
  masked: boolean;
  chosen: boolean;
  /** The value in words. */
  text: string;
  /** Of its bar: 0 … 1. */
  length: number;
}

const SHORTEST = 0.06;

/** Bars from the worst to the best of what is allowed; none for what is not. */
export function lengths(values: number[], mask: boolean[]): number[] {
  const open = values.filter((_, index) => mask[index]);
  const worst = Math.min(...open);
  const range = Math.max(...open) - worst;
  return values.map((value, index) => {
    if (!mask[index]) return 0;
    return SHORTEST + (1 - SHORTEST) * (range > 0 ? (value - worst) / range : 1);
  });
}
