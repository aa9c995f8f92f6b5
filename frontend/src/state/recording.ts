/** The static twin of the socket: the same page, fed from recorded lines. */

import type { Input } from "./state";
import type { Store } from "./store";

export interface Line {
  /** Seconds since the recording began. */
  at: number;
  input: Input;
}

export function parse(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Everything up to `from` seconds at once, the rest at its own pace; returns how to stop it. */
export function play(store: Store, lines: Line[], from = 0): () => void {
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function go(now: number): void {
    for (let line = lines[next]; line && line.at <= now; line = lines[++next]) store.dispatch(line.input);
    const line = lines[next];
    if (line) timer = setTimeout(() => go(line.at), (line.at - now) * 1000);
  }
  go(from);
  return () => clearTimeout(timer);
}
