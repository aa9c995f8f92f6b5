/** The town's part of the state. */

import type { Hello, StageFrame, StateUpdate } from "../wire";
import { everything, told } from "./history";
import { single } from "./points";
import { BUFFER, nothing, type TownState } from "./state";

export function greeted(town: TownState, hello: Hello): TownState {
  if (town.hello?.run !== hello.run) return { ...nothing.town, hello, wanted: everything(hello.run) };
  return { ...town, hello, wanted: town.wanted?.kind === "hello" ? null : town.wanted };
}

export function updated(town: TownState, update: StateUpdate): TownState {
  if (update.run !== town.hello?.run) return { ...town, wanted: { kind: "hello" } };
  const summed = town.points.findLast((one) => one.first < one.episode)?.episode ?? 0; // what a longer stretch holds is not told again
  const recent = update.recent.filter((point) => point.episode > summed).map(single);
  const { points, frontier, wanted } = told(town, town.update, { ...update, recent });
  return { ...town, update, points, frontier, wanted };
}

/** A frame that comes twice changes nothing. */
export function stepped(town: TownState, frame: StageFrame): TownState {
  const before = town.frame;
  if (frame.run !== town.hello?.run) return town;
  if (before?.life === frame.life && before.step === frame.step) return town;
  return { ...town, frame, frames: [...town.frames.slice(1 - BUFFER), frame], shown: town.shown + 1 };
}
