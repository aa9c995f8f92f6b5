/** A chart's drawing: uPlot with stage bands, baselines and marks painted around its lines. */

import uPlot from "uplot";
import type { Mark } from "../wire";
import { count } from "../words/format";
import { covered, place, placeLevel, type Box } from "./names";
import type { Band, Level } from "./survival";

export interface Backdrop {
  bands: Band[];
  lines: Mark[];
  levels: Level[];
  /** Episodes with a small tick on the axis: a policy that was kept. */
  ticks: number[];
  /** The ends of the axis of episodes. */
  from: number;
  to: number;
  /** The greatest value there can be, and how one is written on its axis. */
  top: number;
  tick: (value: number) => string;
}

function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Height of the stages' names above the plot, in text sizes. */
const STRIP = 1.6;

/** Whole pixels: uPlot reads "11.5px" as "5px". */
function textSize(): number {
  return Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.72);
}

export function createPlot(element: HTMLElement, backdrop: () => Backdrop, onHover: (index: number | null) => void, onSize: () => void): uPlot {
  const size = textSize();
  const font = `${size}px Inter, sans-serif`;
  const faded = ink("--faded");
  const late = ink("--late");
  const axis: uPlot.Axis = { stroke: faded, font, ticks: { show: false }, grid: { show: false }, gap: 4 };
  return new uPlot(
    {
      width: element.clientWidth,
      height: element.clientHeight,
      legend: { show: false },
      padding: [size * STRIP, size * 2.5, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: false, range: () => [backdrop().from, Math.max(backdrop().from + 1, backdrop().to)] },
        y: { range: () => [0, backdrop().top * 1.02] },
      },
      axes: [
        { ...axis, size: size * 1.7, space: 90, values: (_, ticks) => (backdrop().to > 1 ? ticks.map(count) : []) },
        { ...axis, size: size * 3.4, splits: () => [0, 0.5, 1].map((share) => share * backdrop().top), values: (_, ticks) => ticks.map(backdrop().tick) },
      ],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: late, width: 2, points: { show: false } },
      ],
      bands: [{ series: [1, 2], fill: `${late}2e` }],
      hooks: {
        drawClear: [(plot) => paintBands(plot, backdrop(), font, faded, size)],
        draw: [(plot) => paintLines(plot, backdrop(), font, faded, size)],
        setSize: [onSize],
        setCursor: [(plot) => onHover(plot.cursor.idx ?? null)],
      },
    },
    [[], [], [], []],
    element,
  );
}

function prepared(plot: uPlot, font: string, draw: (context: CanvasRenderingContext2D, ratio: number) => void): void {
  const ratio = devicePixelRatio;
  plot.ctx.save();
  plot.ctx.font = font.replace(/^[\d.]+/, (pixels) => String(parseFloat(pixels) * ratio));
  plot.ctx.textBaseline = "top";
  plot.ctx.textAlign = "left"; // uPlot leaves its own
  draw(plot.ctx, ratio);
  plot.ctx.restore();
}

function paintBands(plot: uPlot, { bands }: Backdrop, font: string, faded: string, size: number): void {
  prepared(plot, font, (context, ratio) => {
    const strip = size * STRIP * ratio;
    const top = plot.bbox.top - strip;
    const height = plot.bbox.height + strip;
    for (const { from, to, stage } of bands) {
      const left = plot.valToPos(from, "x", true);
      const width = plot.valToPos(to, "x", true) - left;
      context.globalAlpha = 0.018 * Math.max(1, stage);
      context.fillStyle = ink("--band");
      context.fillRect(left, top, width, height);
      context.globalAlpha = 1;
      context.fillStyle = faded;
      const text = `stage ${stage}`;
      const fits = [text, String(stage)].find((one) => context.measureText(one).width < width - 10 * ratio);
      if (stage > 0 && fits) context.fillText(fits, left + 5 * ratio, top + size * 0.3 * ratio);
    }
  });
}

function paintLines(plot: uPlot, { levels, lines, ticks }: Backdrop, font: string, faded: string, size: number): void {
  prepared(plot, font, (context, ratio) => {
    const { left, top, height } = plot.bbox;
    const right = left + plot.bbox.width;
    context.lineWidth = ratio;
    context.strokeStyle = context.fillStyle = faded;
    for (const episode of ticks) {
      const x = Math.round(plot.valToPos(episode, "x", true));
      stroke(context, [], x, top + height, x, top + height - size * 0.35 * ratio);
    }
    const taken: Box[] = [];
    const drawn = covered(curve(plot), ratio);
    const heights = levels.map(({ value }) => plot.valToPos(value, "y", true));
    for (const at of heights) {
      stroke(context, [2 * ratio, 4 * ratio], left, at, right, at);
      drawn.push({ left, right, top: at - ratio, bottom: at + ratio });
    }
    levels.forEach(({ text }, index) => {
      const name = placeLevel(context.measureText(text).width, heights[index] ?? 0, { left, right, top, bottom: top + height }, taken, drawn, size, ratio);
      haloed(context, text, name.x, name.y, ratio);
    });
    context.strokeStyle = context.fillStyle = ink("--ink");
    const at = (episode: number) => plot.valToPos(Math.max(1, episode), "x", true);
    for (const { episode } of lines) {
      stroke(context, [], at(episode), top, at(episode), top + height);
      taken.push({ left: at(episode), right: at(episode), top, bottom: top + height }); // a name beside another line would be read as that one's
    }
    const measure = (text: string) => context.measureText(text).width;
    for (const { episode, text } of byWeight(lines)) {
      const name = place([text, text.split(":")[0] ?? text], at(episode), { left, right, top, bottom: top + height }, taken, size, ratio, measure);
      if (name) haloed(context, name.text, name.x, name.y, ratio); // else the line stands without one
    }
  });
}

/** The mean as it is drawn, in the canvas's pixels. */
function curve(plot: uPlot): [number, number][] {
  const means = plot.data[3] ?? [];
  return Array.from(plot.data[0], (episode, index): [number, number] => [plot.valToPos(episode, "x", true), plot.valToPos(means[index] ?? 0, "y", true)]);
}

/** Who is named first where there is not room for all: that everything moved, then what is newest. */
function byWeight(lines: Mark[]): Mark[] {
  return [...lines].reverse().sort((a, b) => Number(b.kind === "randomized") - Number(a.kind === "randomized"));
}

function stroke(context: CanvasRenderingContext2D, dash: number[], x1: number, y1: number, x2: number, y2: number): void {
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Text that stays legible where it crosses the curve. */
function haloed(context: CanvasRenderingContext2D, text: string, x: number, y: number, ratio: number): void {
  context.save();
  context.setLineDash([]);
  context.strokeStyle = ink("--paper");
  context.globalAlpha = 0.8;
  context.lineWidth = 4 * ratio;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.restore();
  context.fillText(text, x, y);
}
