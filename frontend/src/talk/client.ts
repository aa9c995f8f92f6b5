/** Talks with the server: asks by HTTP, follows by a socket that comes back by itself. */

import type { TalkAct, TalkAsked, TalkBegun, TalkOptions, TalkSaid, TalkState } from "../wire";
import { delay } from "../state/socket";
import type { TalkInput } from "./state";

const ROOT = "/api/talks";
const NO_SUCH = 1008; // how the server closes the socket of a talk that is not there

export interface Around {
  fetch: typeof fetch;
  open: (path: string) => WebSocket;
}

export const browser: Around = {
  fetch: (...all) => fetch(...all),
  open: (path) => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`),
};

export interface Client {
  begin: (asked: TalkAsked) => Promise<void>;
  open: (link: string) => void;
  say: (link: string, text: string) => Promise<void>;
  act: (link: string, act: string | null) => Promise<void>;
  end: (link: string) => Promise<void>;
  forget: (link: string) => Promise<void>;
  close: () => void;
}

export function connect(dispatch: (input: TalkInput) => void, around: Around = browser): Client {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  async function ask<T>(method: string, path: string, body?: TalkAsked | TalkSaid | TalkAct): Promise<T> {
    const headers = body ? { "Content-Type": "application/json" } : undefined;
    const answer = await around.fetch(ROOT + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) {
      const told = (await answer.json().catch(() => ({}))) as { detail?: string };
      throw new Error(told.detail ?? `the server answered ${answer.status}`);
    }
    return (answer.status === 204 ? null : await answer.json()) as T;
  }

  /** Says what went wrong instead of raising it; for what a person has just done. */
  async function attempt(what: () => Promise<void>): Promise<void> {
    dispatch({ type: "sent" });
    try {
      await what();
    } catch (error) {
      dispatch({ type: "trouble", text: sentence((error as Error).message) });
    }
  }

  async function change(link: string, path: string, body?: TalkSaid | TalkAct): Promise<void> {
    const talk = await ask<TalkState>("POST", `/${link}/${path}`, body);
    dispatch({ type: "talk", link, talk });
  }

  function follow(link: string, failures = 0): void {
    clearTimeout(timer);
    socket?.close();
    const mine = (socket = around.open(`${ROOT}/${encodeURIComponent(link)}/ws`));
    mine.onmessage = (event: MessageEvent<string>) => {
      failures = 0;
      if (mine === socket) dispatch({ type: "talk", link, talk: JSON.parse(event.data) as TalkState });
    };
    mine.onclose = (event: CloseEvent) => {
      if (mine !== socket || closed) return;
      if (event.code === NO_SUCH) void gone(link);
      else timer = setTimeout(() => follow(link, failures + 1), delay(failures + 1, Math.random));
    };
  }

  /** The server knows more of a talk that it does not hold any more than fits into a socket's last word. */
  async function gone(link: string): Promise<void> {
    try {
      await ask<TalkState>("GET", `/${encodeURIComponent(link)}`);
      follow(link); // it is there after all
    } catch (error) {
      dispatch({ type: "gone", link, told: sentence((error as Error).message) });
    }
  }

  ask<TalkOptions>("GET", "/options").then(
    (options) => dispatch({ type: "options", options }),
    (error: Error) => dispatch({ type: "trouble", text: sentence(error.message) }),
  );

  return {
    begin: (asked) =>
      attempt(async () => {
        const { link, state } = await ask<TalkBegun>("POST", "", asked);
        dispatch({ type: "opened", link });
        dispatch({ type: "talk", link, talk: state });
        follow(link);
      }),
    open(link) {
      dispatch({ type: "opened", link });
      follow(link);
    },
    say: (link, text) => attempt(() => change(link, "say", { text })),
    act: (link, act) => attempt(() => change(link, "act", { act })),
    end: (link) => attempt(() => change(link, "end")),
    forget: (link) =>
      attempt(async () => {
        await ask<null>("DELETE", `/${link}`);
        hangUp();
        dispatch({ type: "closed" });
      }),
    close() {
      closed = true;
      hangUp();
    },
  };

  function hangUp(): void {
    clearTimeout(timer);
    const last = socket;
    socket = null;
    last?.close();
  }
}

/** "no such run" → "No such run." */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
