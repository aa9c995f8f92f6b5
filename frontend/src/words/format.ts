/** Numbers as people read them. */

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** 7214 → "7,214" */
export function count(value: number): string {
  return whole.format(value);
}

/** 18400 → "18.4 k" */
export function rate(value: number): string {
  if (value >= 999_950) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1000 ? `${(value / 1000).toFixed(1)} k` : whole.format(value);
}

/** .712 → "71 %" */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** −0.2 → "−0.20", with a true minus, and none before nought */
export function signed(value: number): string {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

/** Exact to the cent, but without cents when there are none. */
export function money(dollars: number): string {
  const cents = Math.round(dollars * 100);
  return `$${cents % 100 === 0 ? whole.format(cents / 100) : (cents / 100).toFixed(2)}`;
}

/** configs/town/village.yaml → "town/village" */
export function configName(path: string): string {
  return path.replace(/^configs\//, "").replace(/\.yaml$/, "");
}

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/** 2 → "two"; figures from 13 on. */
export function numeral(value: number): string {
  return NUMBERS[value] ?? whole.format(value);
}

/** 2, "step" → "two steps" */
export function several(value: number, noun: string): string {
  return `${numeral(value)} ${noun}${value === 1 ? "" : "s"}`;
}
