/** Where the names of lines can stand in a chart: within it, and never over one another. */

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Name {
  text: string;
  /** Left edge and upper edge. */
  x: number;
  y: number;
}

const GAP = 6; // pixels between a line and its name
const ROWS = 3;

/**
 * The first place for one of `texts` (the fullest first) beside the line at `x`: in the uppermost row that is free, to
 * its right before its left. `null` when each would cover another name or leave the plot. What is placed is added to
 * `taken`.
 */
export function place(texts: string[], x: number, plot: Box, taken: Box[], size: number, ratio: number, measure: (text: string) => number): Name | null {
  const gap = GAP * ratio;
  for (const text of texts) {
    const width = measure(text);
    for (let row = 0; row < ROWS; row++) {
      const top = plot.top + size * ratio * (0.6 + 1.5 * row);
      for (const left of [x + gap, x - gap - width]) {
        const box = { left: left - gap / 2, right: left + width + gap / 2, top, bottom: top + size * ratio * 1.2 };
        if (box.left < plot.left || box.right > plot.right || box.bottom > plot.bottom || taken.some((other) => overlap(box, other))) continue;
        taken.push(box);
        return { text, x: left, y: top };
      }
    }
  }
  return null;
}

export function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
