/** The only place where the page's state changes: `(State, Input) → State`, pure. */

import * as dialogue from "./dialogue";
import { answered } from "./history";
import { single } from "./points";
import { nothing, WORLDS, type Input, type State, type World } from "./state";
import * as town from "./town";

export function reduce(state: State, input: Input): State {
  switch (input.type) {
    case "connection":
      return { ...state, connection: input.connection, greeted: [] };
    case "hello":
      return { ...open(state, "town"), town: town.greeted(state.town, input) };
    case "dialogue_hello":
      return { ...open(state, "dialogue"), dialogue: dialogue.greeted(state.dialogue, input) };
    case "state_update": {
      const now = settled(state);
      return within(now, "town", town.updated(now.town, input));
    }
    case "dialogue_update": {
      const now = settled(state);
      return within(now, "dialogue", dialogue.updated(now.dialogue, input));
    }
    case "stage_frame":
      return within(state, "town", town.stepped(state.town, input));
    case "dialogue_frame":
      return within(state, "dialogue", dialogue.spoken(state.dialogue, input));
    case "history": {
      const history = answered(state.town, { ...input, points: input.points.map(single) });
      return history ? { ...state, town: { ...state.town, ...history } } : state;
    }
    case "series": {
      const { stretches, checkpoints } = input.series;
      const history = answered(state.town, { run: input.run, after: 0, points: stretches });
      return history ? { ...state, town: { ...state.town, ...history, checkpoints } } : state;
    }
    case "calls": {
      const history = answered(state.dialogue, input);
      return history ? { ...state, dialogue: { ...state.dialogue, ...history } } : state;
    }
    default:
      return state; // a newer server may say more than this page knows
  }
}

function open(state: State, world: World): State {
  const greeted = state.greeted.includes(world) ? state.greeted : [...state.greeted, world];
  return { ...state, connection: { status: "open" }, greeted };
}

function within<W extends World>(state: State, world: W, part: State[W]): State {
  return state[world] === part ? state : { ...state, [world]: part };
}

/** A connection begins with every greeting: a world that has not said hello by now is not there any more. */
function settled(state: State): State {
  const gone = WORLDS.filter((world) => state[world].hello !== null && !state.greeted.includes(world));
  return gone.reduce((left, world) => ({ ...left, [world]: nothing[world] }), state);
}
