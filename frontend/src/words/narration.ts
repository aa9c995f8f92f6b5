/** One sentence for the moment on the stage. */

import type { Affordance, Hello, StageFrame } from "../wire";
import { count, money, numeral, several } from "./format";
import { meterWords, placeWords } from "./vocabulary";

const LEVELS = [0.15, 0.35, 0.6];

/** `relived`: no other life follows this one. */
export function narrate(hello: Hello, frame: StageFrame, relived = false): string {
  if (frame.ended) return `${ending(frame)}${relived ? "" : " Another life begins."}`;
  const happened = frame.progress > 0 ? `${underWay(hello, frame)} ` : frame.happened ? `It just ${did(frame, frame.happened)}. ` : "";
  return `${happened}${situation(hello, frame)}.`;
}

function ending(frame: StageFrame): string {
  if (frame.ended === "cap") return `It lived the full ${count(frame.step)} steps.`;
  return `It ${meterWords(frame.ended).died} after ${several(frame.step, "step")}.`;
}

/** "It slept, two hours of five." */
function underWay(hello: Hello, frame: StageFrame): string {
  const done = several(frame.progress, hello.day ? "hour" : "step");
  return `It ${did(frame, frame.happened)}, ${done} of ${numeral(frame.ticks)}.`;
}

function did(frame: StageFrame, happened: string): string {
  if (happened === "wait") return "stood still";
  return frame.layout.some((place) => place.name === happened) ? placeWords(happened).did : happened;
}

function situation(hello: Hello, frame: StageFrame): string {
  const level = frame.meters[hello.meters.findIndex((meter) => meter.name === frame.need)] ?? 1;
  const grade = LEVELS.findIndex((limit) => level < limit);
  const words = meterWords(frame.need);
  const feeling = grade === -1 ? "Content" : words.feelings[grade];
  const place = grade === -1 ? null : nearest(frame, words.places);
  return [feeling, place && whereabouts(place), place && frame.closed.includes(place.name) && "closed now", purse(hello, frame)].filter(Boolean).join(", ");
}

/** The nearest of these places that is open, or else the nearest. */
function nearest(frame: StageFrame, names: string[]): { name: string; steps: number } | null {
  const steps = (place: Affordance) => Math.abs(place.x - frame.x) + Math.abs(place.y - frame.y);
  const shut = (place: Affordance) => Number(frame.closed.includes(place.name));
  const found = frame.layout.filter((place) => names.includes(place.name));
  const [first] = found.sort((a, b) => shut(a) - shut(b) || steps(a) - steps(b));
  return first ? { name: first.name, steps: steps(first) } : null;
}

function whereabouts({ name, steps }: { name: string; steps: number }): string {
  return steps === 0 ? `at ${placeWords(name).name}` : `${several(steps, "step")} from ${placeWords(name).name}`;
}

function purse(hello: Hello, frame: StageFrame): string | null {
  const index = hello.meters.findIndex((meter) => meter.dollars !== null);
  const dollars = hello.meters[index]?.dollars;
  return dollars ? `with ${money(Math.round((frame.meters[index] ?? 0) * dollars))} in its purse` : null;
}
