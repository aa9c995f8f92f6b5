/** Where a key takes somebody who stands at an episode. */

/** `null`: to now; `undefined`: the key means nothing here. `at` null: now, episode `last`. */
export function moved(key: string, far: boolean, at: number | null, last: number): number | null | undefined {
  const page = Math.max(10, Math.round(last / 50));
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -page, PageUp: page };
  if (key === "Escape" || key === "End") return null;
  if (key === "Home") return 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  const to = (at ?? last) + step * (far ? 10 : 1);
  if (to >= last && step > 0) return null; // past the newest lies now
  return Math.max(1, Math.min(last, to));
}
