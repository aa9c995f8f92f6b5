/** The live connection: messages in, reconnection with back-off, and filling of gaps. */

import type { EpisodePoint, Message } from "../wire";
import type { Wanted } from "./state";
import type { Store } from "./store";

export const FIRST_DELAY = 500;
export const LONGEST_DELAY = 10_000;
const REFETCH_DELAY = 2_000;
const HISTORY_POINTS = 2_000;

/** Milliseconds before attempt `attempt` (from 1): doubling, capped, spread so that pages do not return in step. */
export function delay(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return full * (0.75 + 0.25 * random());
}

export interface Surroundings {
  open: () => WebSocket;
  /** The body of a GET; rejects when the answer is not a success. */
  get: (path: string) => Promise<unknown>;
  now: () => number;
  random: () => number;
}

export const browser: Surroundings = {
  open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`),
  get: async (path) => {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  },
  now: Date.now,
  random: Math.random,
};

export interface Live {
  /** Try to connect now instead of waiting; nothing happens while connected. */
  retry: () => void;
  close: () => void;
}

export function connect(store: Store, around: Surroundings = browser): Live {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let fetching: Wanted | null = null;
  let attempt = 0;
  let closed = false;

  function obtain(wanted: Wanted | null): void {
    if (wanted?.kind === "hello") {
      socket?.close(); // the next connection begins with a hello of what is watched now
    } else if (wanted && fetching !== wanted) {
      fetching = wanted;
      const query = wanted.after === 0 ? `points=${HISTORY_POINTS}` : `after=${wanted.after}`;
      around.get(`/api/runs/${encodeURIComponent(wanted.run)}/episodes?${query}`).then(
        (points) => {
          if (!closed) store.dispatch({ type: "history", run: wanted.run, after: wanted.after, points: points as EpisodePoint[] });
        },
        () => setTimeout(() => {
          if (fetching === wanted) fetching = null; // the next message asks again
        }, REFETCH_DELAY),
      );
    }
  }

  function start(): void {
    clearTimeout(timer);
    const mine = (socket = around.open());
    mine.onmessage = (event: MessageEvent<string>) => {
      if (mine !== socket) return;
      const message = JSON.parse(event.data) as Message;
      store.dispatch(message);
      if (store.state.value.update === message) attempt = 0; // a server that only greets and hangs up is still failing
      obtain(store.state.value.wanted);
    };
    mine.onclose = () => {
      if (mine !== socket || closed) return;
      attempt += 1;
      const wait = delay(attempt, around.random);
      store.dispatch({ type: "connection", connection: { status: "lost", attempt, retryAt: around.now() + wait } });
      timer = setTimeout(start, wait);
    };
  }

  function retry(): void {
    if (closed || store.state.value.connection.status !== "lost") return;
    store.dispatch({ type: "connection", connection: { status: "connecting" } });
    start();
  }

  start();
  return {
    retry,
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
