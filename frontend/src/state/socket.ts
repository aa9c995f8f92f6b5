/** The live connection: messages in, reconnection with back-off, and filling of gaps. */

import type { Message, Series } from "../wire";
import { WORLDS, type Answer, type State, type Wanted, type World } from "./state";
import type { Store } from "./store";

export const FIRST_DELAY = 500;
export const LONGEST_DELAY = 10_000;
const REFETCH_DELAY = 2_000;
const MOST_CALLS = 5_000;
const AHEAD = 200; // calls that may end while the answer is made

/** Milliseconds before attempt `attempt` (from 1): doubling, capped, spread so that pages do not return in step. */
export function delay(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return full * (0.75 + 0.25 * random());
}

/** Where the history is that `world` wants: of the town from a hole on, of calls the newest, as many as reach back to it. */
function source(state: State, world: World, { run, after }: Extract<Wanted, { kind: "history" }>): string {
  const path = `/api/runs/${encodeURIComponent(run)}`;
  if (world === "town") return after === 0 ? `${path}/series` : `${path}/episodes?after=${after}`;
  const missing = after === 0 ? MOST_CALLS : (state.dialogue.update?.episode ?? 0) - after + AHEAD;
  return `${path}/calls?limit=${Math.min(MOST_CALLS, missing)}`;
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
  const fetching: Record<World, Wanted | null> = { town: null, dialogue: null };
  let attempt = 0;
  let closed = false;

  function obtain(world: World): void {
    const { wanted } = store.state.value[world];
    if (wanted?.kind === "hello") {
      socket?.close(); // the next connection begins with a hello of what is watched now
    } else if (wanted && fetching[world] !== wanted) {
      fetching[world] = wanted;
      const { run, after } = wanted;
      const answer = (body: unknown): Answer => {
        if (world === "town" && after === 0) return { type: "series", run, after, series: body as Series };
        return { type: world === "town" ? "history" : "calls", run, after, points: body } as Answer;
      };
      around.get(source(store.state.value, world, wanted)).then(
        (body) => {
          if (!closed) store.dispatch(answer(body));
        },
        () => setTimeout(() => {
          if (fetching[world] === wanted) fetching[world] = null; // the next message asks again
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
      const { town, dialogue } = store.state.value;
      if (town.update === message || dialogue.update === message) attempt = 0; // a server that only greets and hangs up is still failing
      WORLDS.forEach(obtain);
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
