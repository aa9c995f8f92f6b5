/** The town's part of the state. */

import type { Hello, StageFrame, StateUpdate } from "../wire";
import { everything, told } from "./history";
import { MEMORY, nothing, TRAIL, type TownState } from "./state";

export function greeted(town: TownState, hello: Hello): TownState {
  if (town.hello?.run !== hello.run) return { ...nothing.town, hello, wanted: everything(hello.run) };
  return { ...town, hello, wanted: town.wanted?.kind === "hello" ? null : town.wanted };
}

export function updated(town: TownState, update: StateUpdate): TownState {
  if (update.run !== town.hello?.run) return { ...town, wanted: { kind: "hello" } };
  const { points, frontier, wanted } = told(town, town.update, update);
  return { ...town, update, points, frontier, wanted };
}

export function stepped(town: TownState, frame: StageFrame): TownState {
  const before = town.frame;
  if (frame.run !== town.hello?.run) return town;
  if (before?.life === frame.life && before.step === frame.step) return town;
  const goesOn = before?.life === frame.life && before.step < frame.step;
  if (!before || !goesOn) return { ...town, frame, trail: [], meters: [frame.meters] };
  const trail = [...town.trail, { x: before.x, y: before.y }].slice(-TRAIL);
  return { ...town, frame, trail, meters: [...town.meters, frame.meters].slice(-MEMORY) };
}
