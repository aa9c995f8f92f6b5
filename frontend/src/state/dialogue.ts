/** The dialogue's part of the state. */

import type { DialogueFrame, DialogueHello, DialogueUpdate } from "../wire";
import { everything, told } from "./history";
import { nothing, type DialogueState } from "./state";

export function greeted(calls: DialogueState, hello: DialogueHello): DialogueState {
  if (calls.hello?.run !== hello.run) return { ...nothing.dialogue, hello, wanted: everything(hello.run) };
  return { ...calls, hello, wanted: calls.wanted?.kind === "hello" ? null : calls.wanted };
}

export function updated(calls: DialogueState, update: DialogueUpdate): DialogueState {
  if (update.run !== calls.hello?.run) return { ...calls, wanted: { kind: "hello" } };
  const { points, frontier, wanted } = told(calls, calls.update, update);
  return { ...calls, update, points, frontier, wanted };
}

/** Every frame holds its whole call; one that comes twice changes nothing. */
export function spoken(calls: DialogueState, frame: DialogueFrame): DialogueState {
  const before = calls.frame;
  if (frame.run !== calls.hello?.run) return calls;
  const same = before?.call === frame.call && before.turns.length === frame.turns.length && before.ended === frame.ended;
  return same ? calls : { ...calls, frame };
}
