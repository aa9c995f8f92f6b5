/** The map's measures: a lot is `LOT` wide, and everything on it is placed from there. */

import type { Affordance, AffordanceGraph, StageFrame } from "../wire";

export const LOT = 100;

export function centre(cell: { x: number; y: number }): { x: number; y: number } {
  return { x: (cell.x + 0.5) * LOT, y: (cell.y + 0.5) * LOT };
}

/** Where the agent stands: at a building to the left of it, so that both are seen. */
export function standing(frame: StageFrame): { x: number; y: number } {
  const { x, y } = centre(frame);
  const inside = frame.layout.some((place) => place.x === frame.x && place.y === frame.y);
  return inside ? { x: x - 34, y: y - 7 } : { x, y: y + 6 };
}

/** A number in [0,1) that belongs to a lot for ever, so that the town looks the same every day. */
export function chance(x: number, y: number, salt: number): number {
  const value = Math.sin(x * 127.1 + y * 311.7 + salt * 74.7) * 43758.5453;
  return value - Math.floor(value);
}

export interface WornPath {
  key: string;
  d: string;
  /** Uses relative to the busiest path, (0, 1]. */
  wear: number;
  /** 0 earliest … 1 latest. */
  recency: number;
  count: number;
  source: string;
  target: string;
}

/**
 * The garden path: a curve from place to place, there and back drawn apart. `places`: where things
 * stand now (they may have moved since the graph was counted); uses of one place twice have no path.
 */
export function wornPaths(graph: AffordanceGraph, places: Affordance[]): WornPath[] {
  const where = new Map([...graph.nodes, ...places].map((place) => [place.name, centre(place)]));
  const edges = graph.edges.filter((edge) => edge.source !== edge.target);
  const busiest = Math.max(1, ...edges.map((edge) => edge.count));
  return edges
    .flatMap((edge) => {
      const a = where.get(edge.source);
      const b = where.get(edge.target);
      if (!a || !b) return [];
      const { source, target, recency, count } = edge;
      return [{ key: `${source}→${target}`, d: curve(a, b), wear: count / busiest, recency, count, source, target }];
    })
    .sort((one, other) => one.wear - other.wear);
}

function curve(a: { x: number; y: number }, b: { x: number; y: number }): string {
  const bend = 0.14;
  const x = (a.x + b.x) / 2 - (b.y - a.y) * bend;
  const y = (a.y + b.y) / 2 + (b.x - a.x) * bend;
  return `M${a.x} ${a.y}Q${Math.round(x)} ${Math.round(y)} ${b.x} ${b.y}`;
}
