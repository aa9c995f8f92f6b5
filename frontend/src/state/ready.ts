/** Whether there is nothing more to wait for before a picture is taken: `<body data-ready>`. */

import { onUnmounted, shallowReactive, watch } from "vue";
import type { State, World } from "./state";

/** How long a picture waits for somebody on the stage: a run that has no policy yet has nobody. */
export const PATIENCE = 3_000;

const holds = shallowReactive(new Set<() => boolean>());

/** A part of the page that fetches something of its own: a picture waits while `waiting()`. */
export function holdPicture(waiting: () => boolean): void {
  holds.add(waiting);
  onUnmounted(() => holds.delete(waiting));
}

/** What is known suffices to draw the whole page; somebody on the stage is wanted besides, but not for ever. */
export function told(state: State, world: World): boolean {
  const { hello, update, wanted } = state[world];
  return hello !== null && update !== null && wanted === null && ![...holds].some((waiting) => waiting());
}

export function staged(state: State, world: World): boolean {
  return state[world].frame !== null;
}

/** Sets `data-ready` on the body once `known()` and either `complete()` or `PATIENCE` later, and all of it is drawn. */
export function announceReady(known: () => boolean, complete: () => boolean): void {
  let patience: ReturnType<typeof setTimeout> | undefined;
  const stop = watch(
    [known, complete],
    () => {
      if (!known()) return;
      if (complete()) finish();
      else patience ??= setTimeout(finish, PATIENCE);
    },
    { immediate: true },
  );
  onUnmounted(() => clearTimeout(patience));

  function finish(): void {
    clearTimeout(patience);
    queueMicrotask(() => stop());
    void drawn().then(() => {
      document.body.dataset.ready = "";
    });
  }
}

/** The fonts are there, and two frames have been painted since. */
async function drawn(): Promise<void> {
  await document.fonts?.ready;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  await frame();
}
