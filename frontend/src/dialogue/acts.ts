/** A collector's acts as rows of choices, in their fixed order. */

import { lengths, type Choice } from "../components/choices";
import { actWords } from "../words/dialogue";
import { signed } from "../words/format";

/** `chosen`: position in `acts`, or −1. */
export function actChoices(acts: string[], values: number[], mask: boolean[], chosen: number): Choice[] {
  const bars = lengths(values, mask);
  return acts.map((name, index) => {
    const value = values[index];
    const masked = mask[index] === false;
    return {
      name: actWords(name),
      mark: "",
      masked,
      chosen: chosen === index,
      text: masked ? "forbidden" : value === undefined ? "–" : signed(value),
      length: bars[index] ?? 0,
    };
  });
}
