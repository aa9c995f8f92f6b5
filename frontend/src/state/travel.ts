/** Time travel: which episode is looked at, the views as of then, and its life. `#episode=4230` in the address, and
 * `#life=4230` to see it lived again. */

import { computed, onUnmounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { Life, StateUpdate } from "../wire";

/** Milliseconds that a wish must stand before it is asked for: a drag passes over hundreds. */
export const PAUSE = 40;
/** The life is a bigger thing, and is fetched where somebody stays. */
export const REST = 250;

export interface Travel {
  /** The episode that is looked at; `null`: now. */
  episode: Ref<number | null>;
  /** As of `episode` when it is here, of the one before while it is fetched. */
  past: ShallowRef<StateUpdate | null>;
  life: ShallowRef<Life | null>;
  /** Somebody wants to see it lived from its beginning. */
  reliving: Ref<boolean>;
  /** Why it cannot be had, or "". */
  failure: Ref<string>;
  /** What was wished for is here. */
  arrived: ComputedRef<boolean>;
  go: (episode: number | null) => void;
  relive: (episode: number) => void;
}

export type Get = (path: string, signal: AbortSignal) => Promise<unknown>;

export const fetched: Get = async (path, signal) => {
  const answer = await fetch(path, { signal });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error((body as { detail?: string }).detail ?? `${answer.status}`);
  return body;
};

export function read(hash: string): { episode: number; reliving: boolean } | null {
  const found = /^#(episode|life)=([1-9]\d{0,8})$/.exec(hash);
  return found ? { episode: Number(found[2]), reliving: found[1] === "life" } : null;
}

export function useTravel(run: () => string, start: number | null, get: Get = fetched): Travel {
  const linked = read(location.hash);
  const episode = ref(start ?? linked?.episode ?? null);
  const reliving = ref(start === null && (linked?.reliving ?? false));
  const past = shallowRef<StateUpdate | null>(null);
  const life = shallowRef<Life | null>(null);
  const failure = ref("");
  let under_way: AbortController | null = null;
  const waiting: ReturnType<typeof setTimeout>[] = [];

  function cancel(): void {
    under_way?.abort();
    waiting.splice(0).forEach(clearTimeout);
  }

  function ask<T>(path: string, after: number, signal: AbortSignal, take: (answer: T) => void): void {
    waiting.push(
      setTimeout(() => {
        get(`/api/runs/${encodeURIComponent(run())}/${path}`, signal).then(
          (answer) => {
            if (!signal.aborted) take(answer as T);
          },
          (error: unknown) => {
            if (!signal.aborted) failure.value = error instanceof Error ? error.message : String(error);
          },
        );
      }, after),
    );
  }

  function travel(): void {
    cancel();
    failure.value = "";
    const to = episode.value;
    if (to === null) past.value = null;
    if (life.value?.episode !== to) life.value = null;
    if (to === null || run() === "") return;
    const { signal } = (under_way = new AbortController());
    if (past.value?.episode !== to) ask<StateUpdate>(`at/${to}`, past.value ? PAUSE : 0, signal, (answer) => (past.value = answer));
    if (!life.value) ask<Life>(`episodes/${to}/life`, reliving.value || start !== null ? 0 : REST, signal, (answer) => (life.value = answer));
  }

  function write(): void {
    if (start !== null) return;
    const hash = episode.value === null ? "" : `#${reliving.value ? "life" : "episode"}=${episode.value}`;
    if (hash !== location.hash && (hash !== "" || read(location.hash))) history.replaceState(history.state, "", hash || location.pathname + location.search);
  }

  function followLink(): void {
    const link = read(location.hash);
    if (!link && episode.value === null) return;
    episode.value = link?.episode ?? null;
    reliving.value = link?.reliving ?? false;
  }

  watch([episode, reliving, run], () => {
    travel();
    write();
  });
  travel();
  if (start === null) addEventListener("hashchange", followLink);
  onUnmounted(() => {
    removeEventListener("hashchange", followLink);
    cancel();
  });

  return {
    episode,
    past,
    life,
    reliving,
    failure,
    arrived: computed(() => episode.value === null || failure.value !== "" || (past.value?.episode === episode.value && life.value !== null)),
    go: (to) => {
      reliving.value = false;
      episode.value = to;
    },
    relive: (to) => {
      reliving.value = true;
      episode.value = to;
    },
  };
}
