/** Where the garden path's graph puts its places and ways. */

import type { AffordanceGraph } from "../wire";

export interface Way {
  key: string;
  d: string;
  /** Uses relative to the most used, (0, 1]. */
  wear: number;
  recency: number;
  count: number;
  source: string;
  target: string;
}

export interface Stop {
  name: string;
  x: number;
  y: number;
  radius: number;
  labelX: number;
  labelY: number;
  anchor: "start" | "middle" | "end";
}

const LABELS = 118; // room around the ring for names

/** In a square of `size`; the most trodden way comes last, on top. Uses of one place twice in a row are its size. */
export function ring(graph: AffordanceGraph, size: number): { nodes: Stop[]; edges: Way[] } {
  const names = order(graph);
  const radius = size / 2 - LABELS;
  const uses = new Map<string, number>();
  for (const edge of graph.edges) uses.set(edge.target, (uses.get(edge.target) ?? 0) + edge.count);
  const most = Math.max(1, ...uses.values());
  const nodes = names.map((name, index): Stop => {
    const angle = (index / names.length) * 2 * Math.PI - Math.PI / 2;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const r = 8 + 20 * Math.sqrt((uses.get(name) ?? 0) / most);
    const away = radius + r + 12;
    return {
      name,
      x: size / 2 + radius * cos,
      y: size / 2 + radius * sin,
      radius: r,
      labelX: size / 2 + away * cos,
      labelY: size / 2 + away * sin,
      anchor: Math.abs(cos) < 0.3 ? "middle" : cos > 0 ? "start" : "end",
    };
  });
  const where = new Map(nodes.map((node) => [node.name, node]));
  const ways = graph.edges.filter((edge) => edge.source !== edge.target);
  const busiest = Math.max(1, ...ways.map((edge) => edge.count));
  const edges = ways.flatMap((edge): Way[] => {
    const from = where.get(edge.source);
    const to = where.get(edge.target);
    return from && to ? [{ ...edge, key: `${edge.source}→${edge.target}`, wear: edge.count / busiest, d: arc(from, to, size / 2) }] : [];
  });
  return { nodes, edges: edges.sort((one, other) => one.wear - other.wear) };
}

/** Each place followed by the one that it most often leads to, so that a routine runs around the ring. */
function order(graph: AffordanceGraph): string[] {
  const left = new Set(graph.nodes.map((node) => node.name).sort());
  const led = (from: string, to: string) => graph.edges.find((edge) => edge.source === from && edge.target === to)?.count ?? 0;
  const placed: string[] = [];
  while (left.size > 0) {
    const last = placed.at(-1);
    const next = [...left].reduce((best, one) => (last && led(last, one) > led(last, best) ? one : best));
    placed.push(next);
    left.delete(next);
  }
  return placed;
}

/** From edge to edge, bent towards the middle and a little to the right, so that there and back lie apart. */
function arc(from: Stop, to: Stop, middle: number): string {
  const x = middle + ((from.x + to.x) / 2 - middle) * 0.45 - (to.y - from.y) * 0.1;
  const y = middle + ((from.y + to.y) / 2 - middle) * 0.45 + (to.x - from.x) * 0.1;
  const [x1, y1] = towards(from, x, y);
  const [x2, y2] = towards(to, x, y);
  return `M${x1} ${y1}Q${Math.round(x)} ${Math.round(y)} ${x2} ${y2}`;
}

function towards(stop: Stop, x: number, y: number): [number, number] {
  const length = Math.hypot(x - stop.x, y - stop.y) || 1;
  const r = stop.radius + 4;
  return [Math.round(stop.x + ((x - stop.x) / length) * r), Math.round(stop.y + ((y - stop.y) / length) * r)];
}
