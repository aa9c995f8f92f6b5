/** A viewer's own hand on the stage: slower, faster, paused, step by step. What is shared stays shared. */

import { computed, onUnmounted, ref, watch, type ComputedRef, type Ref } from "vue";
import type { StageFrame } from "../wire";
import { moment, type Moment } from "./moment";

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
/** Milliseconds that a step of the stage stands. */
export const STEP = 200;

/** Frames to play. `shown`: how many there have been altogether, of which `frames` are the newest. `live`: more come,
 * and who has caught up with them follows. */
export interface Reel {
  frames: StageFrame[];
  shown: number;
  live: boolean;
}

export interface Player {
  moment: ComputedRef<Moment>;
  /** Follows what comes. */
  following: ComputedRef<boolean>;
  paused: Ref<boolean>;
  speed: Ref<number>;
  /** Steps behind the newest, and how many there are to go through. */
  behind: ComputedRef<number>;
  at: ComputedRef<number>;
  length: ComputedRef<number>;
  toggle: () => void;
  step: (by: number) => void;
  seek: (index: number) => void;
  /** To where more comes. */
  follow: () => void;
}

export function usePlayer(reel: () => Reel): Player {
  /** The number of the frame on show; `null`: the newest, whichever it is. */
  const held = ref<number | null>(null);
  const paused = ref(false);
  const speed = ref(1);

  const first = computed(() => reel().shown - reel().frames.length);
  const last = computed(() => reel().shown - 1);
  const shown = computed(() => Math.min(last.value, Math.max(first.value, held.value ?? last.value)));
  const at = computed(() => shown.value - first.value);
  const now = computed(() => moment(reel().frames, at.value));
  const behind = computed(() => last.value - shown.value);
  const following = computed(() => held.value === null && reel().live);

  function seek(index: number): void {
    held.value = Math.min(last.value, Math.max(first.value, first.value + index));
  }

  function step(by: number): void {
    paused.value = true;
    seek(at.value + by);
  }

  function follow(): void {
    held.value = null;
    paused.value = false;
    speed.value = 1;
  }

  function toggle(): void {
    const atEnd = !reel().live && behind.value === 0;
    if (atEnd && (paused.value || held.value === null)) {
      seek(0); // a life that is over begins again
      paused.value = false;
    } else {
      paused.value = !paused.value;
      held.value = shown.value;
    }
  }

  let timer: ReturnType<typeof setInterval> | undefined;
  function tick(): void {
    if (held.value === null || paused.value) return;
    if (held.value < last.value) held.value = shown.value + 1;
    else if (reel().live) {
      if (speed.value >= 1) held.value = null;
    } else paused.value = true;
  }
  watch(
    speed,
    () => {
      clearInterval(timer);
      timer = setInterval(tick, STEP / speed.value);
      if (speed.value < 1) held.value ??= shown.value; // slower than what comes: it falls behind
    },
    { immediate: true },
  );
  onUnmounted(() => clearInterval(timer));

  return { moment: now, following, paused, speed, behind, at, length: computed(() => reel().frames.length), toggle, step, seek, follow };
}
