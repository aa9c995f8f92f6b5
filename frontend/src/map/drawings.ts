/**
 * The town's buildings and the needs in the thought bubble, drawn as paths.
 *
 * Buildings stand in a box of 64 × 64 with the ground at y = 56; needs in one of 24 × 24.
 * `part` says how a path is painted: wall (paper), roof, glow (lamplight), leaf, line, smoke.
 */

export interface Stroke {
  part: "wall" | "roof" | "glow" | "leaf" | "line" | "smoke" | "thick";
  d: string;
}

function strokes(...pairs: [Stroke["part"], string][]): Stroke[] {
  return pairs.map(([part, d]) => ({ part, d }));
}

const BUILDINGS: Record<string, Stroke[]> = {
  Bed: strokes(
    ["wall", "M12 30V56H52V30L32 13Z"],
    ["roof", "M5 33L32 10L59 33L55 36L32 16L9 36Z"],
    ["glow", "M25 41h10q8 0 8 6H25z"],
    ["line", "M19 52V37M19 47H45M45 52V47"],
    ["wall", "M20 42.5q0-2 2-2h2.5q2 0 2 2V47H20z"],
    ["glow", "M56 6a7 7 0 1 0 5 10a6 6 0 0 1-5-10z"],
  ),
  Shower: strokes(
    ["wall", "M12 28H52V56H12Z"],
    ["roof", "M7 29C13 8 51 8 57 29Z"],
    ["line", "M32 13V7M32 7h5"],
    ["line", "M22 52V38q0-4 4-4h8q3 0 3 3"],
    ["glow", "M32 40q0-3.5 5-3.5t5 3.5z"],
    ["line", "M33 44v3M37 44v3M41 44v3M33 50v2.5M37 50v2.5M41 50v2.5"],
  ),
  Fridge: strokes(
    ["smoke", "M47 10q-4-3 0-5.5t1-5"],
    ["wall", "M43 24V13h7V30Z"],
    ["wall", "M12 31V56H52V31L32 14Z"],
    ["roof", "M5 34L32 12L59 34L55 37L32 18L9 37Z"],
    ["glow", "M26 36H39V55H26Z"],
    ["line", "M26 43.5H39M29.5 39v2M29.5 47v4"],
  ),
  LuxuryBed: strokes(
    ["wall", "M10 26V56H54V26Z"],
    ["roof", "M5 28Q6 12 18 10H46Q58 12 59 28Z"],
    ["wall", "M27 10V3M27 3l9 3l-9 3z"],
    ["line", "M17 53V33Q17 29 22 29H42Q47 29 47 33V53M17 48H47"],
    ["glow", "M22 40q0-3 3-3h6v5h-9zM33 42v-5h6q3 0 3 3v2z"],
    ["glow", "M20 42H44V48H20z"],
    ["line", "M20 18h5M29.5 18h5M39 18h5"],
  ),
  HomeMeal: strokes(
    ["smoke", "M25 34q-3-3 0-5.5t0-5M32 34q-3-3 0-5.5t0-5M39 34q-3-3 0-5.5t0-5"],
    ["wall", "M12 30V56H52V30L32 13Z"],
    ["roof", "M5 33L32 10L59 33L55 36L32 16L9 36Z"],
    ["line", "M27 35q-2-2.5 0-4.5M32 35q-2-2.5 0-4.5M37 35q-2-2.5 0-4.5"],
    ["glow", "M21 39H43V46q0 5-5 5H26q-5 0-5-5z"],
    ["line", "M17 42h4M43 42h4M19 39H45"],
  ),
  FastFood: strokes(
    ["wall", "M10 28V56H54V28Z"],
    ["line", "M10 45H54"],
    ["glow", "M27 45l1-8h8l1 8zM26.5 37h11"],
    ["line", "M33 37l2-5"],
    ["roof", "M9 17H55L60 29a4.67 4.5 0 0 1-9.33 0a4.67 4.5 0 0 1-9.33 0a4.67 4.5 0 0 1-9.33 0a4.67 4.5 0 0 1-9.33 0a4.67 4.5 0 0 1-9.33 0a4.67 4.5 0 0 1-9.33 0Z"],
    ["line", "M18 17L13.3 29M25 17L22.7 29M32 17V29M39 17L41.3 29M46 17L50.7 29"],
    ["wall", "M23 10q0-7 9-7t9 7zM22 13H42"],
  ),
  Job: strokes(
    ["smoke", "M53 8q-5-3 0-6t1-6"],
    ["wall", "M48 56V12h9V56Z"],
    ["wall", "M6 56V34L20 22V34L34 22V34L48 22V56Z"],
    ["roof", "M6 34L20 22V34L34 22V34L48 22V31L34 40V34L20 40V34L6 42Z"],
    ["glow", "M11 44h6v5h-6zM22 44h6v5h-6z"],
    ["line", "M34 56V45h8V56"],
  ),
  Labor: strokes(
    ["line", "M14 56V8M20 56V8M14 16L20 24M20 16L14 24M14 32L20 40M20 32L14 40M14 48L20 56"],
    ["thick", "M6 8H52"],
    ["line", "M17 8V3L44 8M45 8V20"],
    ["glow", "M39 20h12v8H39z"],
    ["wall", "M28 56V44H56V56Z"],
    ["roof", "M28 50V44H37V50ZM46 44H56V50H46ZM37 50H46V56H37Z"],
    ["line", "M28 50H56"],
  ),
  Gym: strokes(
    ["wall", "M8 27V56H56V27Z"],
    ["roof", "M4 28L11 16H53L60 28Z"],
    ["thick", "M21 41H43"],
    ["thick", "M21 34V48M43 34V48"],
    ["line", "M16.5 37V45M47.5 37V45"],
  ),
  Bar: strokes(
    ["wall", "M8 30V56H44V30L26 16Z"],
    ["roof", "M2 33L26 13L50 33L46 36L26 19L6 36Z"],
    ["glow", "M13 38h7v6h-7z"],
    ["line", "M16.5 38v6M13 41h7"],
    ["line", "M27 56V45a5 5 0 0 1 10 0V56"],
    ["line", "M53 56V14M48 18H64"],
    ["glow", "M54 23h10l-5 6.5z"],
    ["line", "M59 29.5V36M55.5 36h7M59 18v3"],
  ),
  Park: strokes(
    ["leaf", "M24 6c9 0 11 6 10 9c6 2 6 12 0 15c-3 5-17 5-20 0c-6-3-6-13 0-15c-1-3 1-9 10-9z"],
    ["line", "M24 56V26M24 38l7-6M24 34l-6-5"],
    ["line", "M38 43H60M38 48H60M41 48V56M57 48V56M41 43V40M57 43V40"],
    ["smoke", "M6 56q2-5 4 0M14 56q1-4 3 0M31 56q2-4 4 0"],
  ),
  Recreation: strokes(
    ["roof", "M6 26Q19 22 32 6Q45 22 58 26Z"],
    ["wall", "M10 26V56H54V26Z"],
    ["roof", "M10 26H22Q22 42 10 50ZM54 26H42Q42 42 54 50Z"],
    ["line", "M32 6V1M32 1l7 2l-7 2.5"],
    ["glow", "M32 33l2.3 5l5.4 .6l-4 3.7l1.1 5.4l-4.8-2.7l-4.8 2.7l1.1-5.4l-4-3.7l5.4-.6z"],
  ),
  Therapist: strokes(
    ["wall", "M12 30V56H52V30L32 14Z"],
    ["roof", "M5 33L32 11L59 33L55 36L32 17L9 36Z"],
    ["glow", "M19 41Q19 33.5 32 33.5Q45 33.5 45 41Q45 48.5 32 48.5L26 53L26.5 48Q19 47 19 41Z"],
    ["line", "M26.5 41h.1M32 41h.1M37.5 41h.1"],
  ),
  Doctor: strokes(
    ["wall", "M12 30V56H52V30L32 14Z"],
    ["roof", "M5 33L32 11L59 33L55 36L32 17L9 36Z"],
    ["line", "M23 33v6a6 6 0 0 0 12 0v-6M29 45v2a6 6 0 0 0 12 0"],
    ["glow", "M41 43.5a2.8 2.8 0 1 1-.01 0z"],
  ),
  Hospital: strokes(
    ["wall", "M16 56V14H48V56Z"],
    ["wall", "M4 56V34H16V56ZM48 56V34H60V56Z"],
    ["roof", "M13 14V9H51V14ZM2 34V30H16V34ZM48 34V30H62V34Z"],
    ["glow", "M28.5 18H35.5V24.5H42V31.5H35.5V38H28.5V31.5H22V24.5H28.5Z"],
    ["line", "M27 56V45H37V56M32 45V56M8 40h4M8 47h4M52 40h4M52 47h4"],
  ),
};

const HOUSE = strokes(
  ["wall", "M13 29V56H51V29L32 14Z"],
  ["roof", "M6 33L32 11L58 33L54 36L32 17L10 36Z"],
  ["line", "M27 56V44h10V56"],
  ["glow", "M32 27a4 4 0 1 1-.01 0z"],
);

export function building(name: string): Stroke[] {
  return BUILDINGS[name] ?? HOUSE;
}

const NEEDS: Record<string, string> = {
  energy: "M5 7h7l-7 8h7M14 12h5l-5 6h5",
  hygiene: "M12 4q6 7.5 6 11a6 6 0 0 1-12 0q0-3.5 6-11zM9.5 15a2.5 2.5 0 0 0 2.5 2.5",
  satiation: "M7 4v5q0 2 2 2t2-2V4M9 4v16M16 20V4q-3.5 3-3 9h3",
  money: "M12 4a8 8 0 1 1-.01 0zM14.5 9q-1-1.5-3-1.3t-2 2t2.5 2.3t2.5 2.3t-2.5 2t-3-1.5M12 6.5v11",
  mood: "M12 4a8 8 0 1 1-.01 0zM8.5 16q3.5-4 7 0M9.5 9.5v1M14.5 9.5v1",
  health: "M12 20C4 14 3.5 9.5 5 7q3-3.5 7 .5q4-4 7-.5q1.5 2.5-7 13zM12 9.5v6M9 12.5h6",
  fitness: "M8 12h8M8 7.5v9M16 7.5v9M5 9.5v5M19 9.5v5",
  social: "M8.5 5.5a3 3 0 1 1-.01 0zM3.5 19q0-6 5-6t5 6M16 6.5a2.5 2.5 0 1 1-.01 0zM15.5 13.2q5-.7 5 5.3",
};

export function needIcon(need: string): string {
  return NEEDS[need] ?? "M12 5v9M12 18v.5";
}
