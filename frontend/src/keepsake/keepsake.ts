/** A life or a call in a file of its own: what was recorded stands in the page, and nothing is fetched. */

import type { Line } from "../state/recording";
import type { DialogueFrame, DialogueHello, Hello, Life } from "../wire";

export type Keepsake =
  | { kind: "life"; hello: Hello; life: Life; config: string }
  | { kind: "call"; hello: DialogueHello; frame: DialogueFrame; name: string };

/** Seconds to read a turn, and the end of a call. */
const TURN = 3;

export function kept(text: string): Keepsake {
  return JSON.parse(text) as Keepsake;
}

/** The call turn by turn, as the socket would have told of it. */
export function told(hello: DialogueHello, whole: DialogueFrame): Line[] {
  const lines: Line[] = [{ at: 0, input: hello }];
  for (let turns = 0; turns <= whole.turns.length; turns++) {
    const over = turns === whole.turns.length;
    const next = whole.turns[turns];
    const frame: DialogueFrame = {
      ...whole,
      turns: whole.turns.slice(0, turns),
      act: next?.act ?? -1,
      q_values: next?.q_values ?? [],
      mask: next?.mask ?? [],
      ended: over ? whole.ended : "",
      success: over && whole.success,
    };
    lines.push({ at: turns * TURN, input: frame });
  }
  return lines;
}
