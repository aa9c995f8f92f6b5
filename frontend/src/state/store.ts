/** The state as Vue sees it: one shallow reference, changed by `dispatch` alone. */

import { shallowRef, type ShallowRef } from "vue";
import { reduce } from "./reducer";
import { nothing, type Input, type State } from "./state";

export interface Store {
  state: Readonly<ShallowRef<State>>;
  dispatch: (input: Input) => void;
}

export function createStore(initial: State = nothing): Store {
  const state = shallowRef(initial);
  return {
    state,
    dispatch: (input) => {
      state.value = reduce(state.value, input);
    },
  };
}
