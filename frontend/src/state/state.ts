/** What the page knows, and everything that can change it. */

import type { CallPoint, DialogueFrame, DialogueHello, DialogueUpdate, EpisodePoint, Hello, Message, Series, StageFrame, StateUpdate, Stretch } from "../wire";

export const WORLDS = ["town", "dialogue"] as const;
export type World = (typeof WORLDS)[number];

export type Connection =
  | { status: "connecting" }
  | { status: "open" }
  /** `retryAt`: milliseconds since 1970, when the next attempt starts. */
  | { status: "lost"; attempt: number; retryAt: number };

/** What the page lacks and the connection should get. `after` 0: the whole run, thinned out. */
export type Wanted = { kind: "history"; run: string; after: number } | { kind: "hello" };

/** Episodes without a hole up to `frontier`, oldest first; at most `POINTS`, then thinned. */
export interface History<P> {
  points: P[];
  frontier: number;
  wanted: Wanted | null;
}

export interface TownState extends History<Stretch> {
  /** Some of the episodes after which the policy was kept. */
  checkpoints: number[];
  hello: Hello | null;
  update: StateUpdate | null;
  /** The newest of `frames`. */
  frame: StageFrame | null;
  /** The stage as far as it is remembered, oldest first; at most `BUFFER`, then the oldest go. */
  frames: StageFrame[];
  /** How many frames there have been altogether. */
  shown: number;
}

export interface DialogueState extends History<CallPoint> {
  hello: DialogueHello | null;
  update: DialogueUpdate | null;
  frame: DialogueFrame | null;
}

export interface State {
  connection: Connection;
  /** The worlds that said hello on this connection. */
  greeted: World[];
  town: TownState;
  dialogue: DialogueState;
}

/** An answer to what was `Wanted`. */
export type Answer =
  | { type: "history"; run: string; after: number; points: EpisodePoint[] }
  | { type: "series"; run: string; after: 0; series: Series }
  | { type: "calls"; run: string; after: number; points: CallPoint[] };

export type Input = Message | Answer | { type: "connection"; connection: Connection };

/** Five minutes of the stage. */
export const BUFFER = 1_500;
export const POINTS = 20_000;

const unwritten = { points: [], frontier: 0, wanted: null };

export const nothing: State = {
  connection: { status: "connecting" },
  greeted: [],
  town: { hello: null, update: null, frame: null, frames: [], shown: 0, checkpoints: [], ...unwritten },
  dialogue: { hello: null, update: null, frame: null, ...unwritten },
};

/** The worlds that can be shown. */
export function present(state: State): World[] {
  return WORLDS.filter((world) => state[world].hello !== null);
}
