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
const STEP = 12; // pixels between two places that are tried

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

/**
 * Where the name of a level, a line across the plot at height `at`, stands: above or below it, as far to the right as it
 * covers nothing that is drawn. Where there is no such place, on the curve, but never on another name; `taken` grows.
 */
export function placeLevel(width: number, at: number, plot: Box, taken: Box[], drawn: Box[], size: number, ratio: number): { x: number; y: number } {
  const [gap, high] = [GAP * ratio, size * ratio * 1.2];
  const rows = [at - size * ratio * 1.35, at + 4 * ratio].filter((top) => top >= plot.top && top + high <= plot.bottom);
  const free = (box: Box, among: Box[]) => !among.some((other) => overlap(box, other));
  const choose = (among: Box[]): Box | undefined => {
    for (let right = plot.right - gap; right - width >= plot.left; right -= STEP * ratio) {
      const found = rows.map((top) => ({ left: right - width - gap, right: right + gap, top, bottom: top + high })).find((box) => free(box, among));
      if (found) return found;
    }
    return undefined;
  };
  const top = rows[0] ?? at;
  const box = choose([...taken, ...drawn]) ?? choose(taken) ?? { left: plot.right - width - 2 * gap, right: plot.right, top, bottom: top + high };
  taken.push(box);
  return { x: box.left + gap, y: box.top };
}

/** A curve as boxes of a few pixels' width that it does not leave; its points are ordered from left to right. */
export function covered(points: [number, number][], ratio: number): Box[] {
  const [step, half] = [STEP * ratio, ratio];
  const boxes: Box[] = [];
  points.forEach(([x, y], index) => {
    const [before, from] = points[index - 1] ?? [x, y];
    const box = boxes.at(-1);
    const [top, bottom] = [Math.min(from, y) - half, Math.max(from, y) + half];
    if (box && x - box.left < step) Object.assign(box, { right: x, top: Math.min(box.top, top), bottom: Math.max(box.bottom, bottom) });
    else boxes.push({ left: before, right: Math.max(x, before + half), top, bottom });
  });
  return boxes;
}

export function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
