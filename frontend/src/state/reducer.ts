/** The only place where the page's state changes: `(State, Input) → State`, pure. */

import type { Hello, StageFrame, StateUpdate } from "../wire";
import { merge } from "./points";
import { MEMORY, nothing, TRAIL, type Input, type State } from "./state";

export function reduce(state: State, input: Input): State {
  switch (input.type) {
    case "connection":
      return { ...state, connection: input.connection };
    case "hello":
      return greeted(state, input);
    case "state_update":
      return updated(state, input);
    case "stage_frame":
      return stepped(state, input);
    case "history":
      return remembered(state, input);
    default:
      return state; // a newer server may say more than this page knows
  }
}

function greeted(state: State, hello: Hello): State {
  const connection = { status: "open" } as const;
  if (state.hello?.run === hello.run) {
    const wanted = state.wanted?.kind === "hello" ? null : state.wanted;
    return { ...state, hello, connection, wanted };
  }
  return { ...nothing, hello, connection, wanted: everything(hello.run) };
}

function everything(run: string): State["wanted"] {
  return run === "" ? null : { kind: "history", run, after: 0 };
}

function updated(state: State, update: StateUpdate): State {
  if (update.run !== state.hello?.run) return { ...state, wanted: { kind: "hello" } };
  const next = { ...state, update };
  if (relived(state.update, update)) {
    return { ...next, points: [], frontier: 0, wanted: everything(update.run) };
  }
  const first = update.recent[0];
  const last = update.recent.at(-1);
  if (!first || !last || last.episode <= state.frontier) return next;
  if (first.episode > state.frontier + 1) {
    // a hole: `recent` will come again, so nothing is kept until the hole is filled
    if (state.wanted) return next;
    return { ...next, wanted: { kind: "history", run: update.run, after: state.frontier } };
  }
  return { ...next, points: merge(state.points, update.recent), frontier: last.episode };
}

/** Episodes were taken back: what the page remembers of the run is no longer its history. */
function relived(before: StateUpdate | null, now: StateUpdate): boolean {
  if (!before) return false;
  const diverged = (update: StateUpdate) => update.marks.filter((mark) => mark.kind === "diverged").length;
  return now.episode < before.episode || diverged(now) > diverged(before);
}

function remembered(state: State, history: Extract<Input, { type: "history" }>): State {
  const wanted = state.wanted;
  if (wanted?.kind !== "history" || wanted.run !== history.run || wanted.after !== history.after) return state;
  const frontier = Math.max(state.frontier, history.points.at(-1)?.episode ?? 0);
  return { ...state, points: merge(state.points, history.points), frontier, wanted: null };
}

function stepped(state: State, frame: StageFrame): State {
  const before = state.frame;
  if (frame.run !== state.hello?.run) return state;
  if (before?.life === frame.life && before.step === frame.step) return state;
  const goesOn = before?.life === frame.life && before.step < frame.step;
  if (!before || !goesOn) return { ...state, frame, trail: [], meters: [frame.meters] };
  const trail = [...state.trail, { x: before.x, y: before.y }].slice(-TRAIL);
  return { ...state, frame, trail, meters: [...state.meters, frame.meters].slice(-MEMORY) };
}
