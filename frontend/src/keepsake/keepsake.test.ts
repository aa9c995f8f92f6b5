import { expect, it } from "vitest";
import { dialogueFrame, dialogueHello, turn } from "../fixtures/dialogue";
import { createStore } from "../state/store";
import { told } from "./keepsake";

it("tells a call turn by turn, as the socket would, and ends as it ended", () => {
  const whole = dialogueFrame({ turns: [turn(), turn(), turn()], act: -1, ended: "promise_kept", success: true });
  const lines = told(dialogueHello(), whole);
  const store = createStore();
  const seen = lines.map((line) => {
    store.dispatch(line.input);
    return store.state.value.dialogue.frame?.turns.length ?? -1;
  });
  expect(seen).toEqual([-1, ...Array.from({ length: whole.turns.length + 1 }, (_, turns) => turns)]);
  expect(store.state.value.dialogue.frame?.ended).toBe(whole.ended);
});
