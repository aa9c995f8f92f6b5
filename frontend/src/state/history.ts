/** A run's episodes as far as the page was told of them: no hole, each once, in order. */

import type { Mark } from "../wire";
import { merge, type Numbered } from "./points";
import type { History, Wanted } from "./state";

/** A hole of more episodes than this is not filled one by one: the whole run is asked for again. */
const MOST_MISSED = 2_000;

/** What an update says of a run: `recent` are its newest episodes, oldest first. */
interface Said {
  run: string;
  episode: number;
  marks: Mark[];
}

interface Told<P> extends Said {
  recent: P[];
}

export function everything(run: string): Wanted | null {
  return run === "" ? null : { kind: "history", run, after: 0 };
}

/** After `now`, the update that follows `before`. */
export function told<P extends Numbered>(history: History<P>, before: Said | null, now: Told<P>): History<P> {
  if (relived(before, now)) return { points: [], frontier: 0, wanted: everything(now.run) };
  const first = now.recent[0];
  const last = now.recent.at(-1);
  if (!first || !last || last.episode <= history.frontier) return history;
  if (first.episode > history.frontier + 1) {
    // a hole: `recent` will come again, so nothing is kept until the hole is filled
    if (history.wanted) return history;
    const missed = first.episode - history.frontier;
    return { ...history, wanted: { kind: "history", run: now.run, after: missed > MOST_MISSED ? 0 : history.frontier } };
  }
  return { ...history, points: merge(history.points, now.recent), frontier: last.episode };
}

/** Episodes were taken back: what the page remembers of the run is no longer its history. */
function relived(before: Said | null, now: Said): boolean {
  if (!before) return false;
  const diverged = (update: Said) => update.marks.filter((mark) => mark.kind === "diverged").length;
  return now.episode < before.episode || diverged(now) > diverged(before);
}

/** With the answer to what was wanted; `null` when it answers something that is not wanted any more. */
export function answered<P extends Numbered>(history: History<P>, answer: { run: string; after: number; points: P[] }): History<P> | null {
  const wanted = history.wanted;
  if (wanted?.kind !== "history" || wanted.run !== answer.run || wanted.after !== answer.after) return null;
  const last = answer.points.at(-1)?.episode ?? 0;
  if (answer.after === 0) return { points: answer.points, frontier: last, wanted: null };
  return { points: merge(history.points, answer.points), frontier: Math.max(history.frontier, last), wanted: null };
}
