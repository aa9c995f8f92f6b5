/** The time of day in a town with a clock, in words and as light. */

import type { Day, StageFrame } from "../wire";

/** It is light for two thirds of a day, from the hour at which lives begin. */
export function isNight(day: Day, hour: number): boolean {
  return since(day, hour) * 3 >= day.hours * 2;
}

/** 1 on the first day of a life; a new day begins at dawn. */
export function dayOfLife(day: Day, frame: StageFrame): number {
  return Math.floor(frame.step / day.hours) + 1;
}

/** 14 → "14:00"; in days of another length than ours: "hour 14". */
export function clock(day: Day, hour: number): string {
  return day.hours === 24 ? `${hour}:00` : `hour ${hour}`;
}

/** 18 to 28 → "18–4". */
export function openingHours(day: Day, place: string): string {
  const [from, until] = day.opening[place] ?? [];
  return from === undefined || until === undefined ? "" : `${from % day.hours}–${until % day.hours}`;
}

function since(day: Day, hour: number): number {
  return (((hour - day.dawn) % day.hours) + day.hours) % day.hours;
}
