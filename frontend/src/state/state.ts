/** What the page knows, and everything that can change it. */

import type { EpisodePoint, Hello, Message, StageFrame, StateUpdate } from "../wire";

export type Connection =
  | { status: "connecting" }
  | { status: "open" }
  /** `retryAt`: milliseconds since 1970, when the next attempt starts. */
  | { status: "lost"; attempt: number; retryAt: number };

/** What the page lacks and the connection should get. `after` 0: the whole run, thinned out. */
export type Wanted = { kind: "history"; run: string; after: number } | { kind: "hello" };

export interface Cell {
  x: number;
  y: number;
}

export interface State {
  connection: Connection;
  hello: Hello | null;
  update: StateUpdate | null;
  frame: StageFrame | null;
  /** Cells of this life before the present one, oldest first; at most `TRAIL`. */
  trail: Cell[];
  /** Meters of this life up to now, oldest first; at most `MEMORY`. */
  meters: number[][];
  /** Episodes without a hole up to `frontier`, oldest first; at most `POINTS`, then thinned. */
  points: EpisodePoint[];
  frontier: number;
  wanted: Wanted | null;
}

export type Input =
  | Message
  | { type: "connection"; connection: Connection }
  | { type: "history"; run: string; after: number; points: EpisodePoint[] };

export const TRAIL = 20;
export const MEMORY = 60;
export const POINTS = 20_000;

export const nothing: State = {
  connection: { status: "connecting" },
  hello: null,
  update: null,
  frame: null,
  trail: [],
  meters: [],
  points: [],
  frontier: 0,
  wanted: null,
};
