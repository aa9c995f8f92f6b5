/** What the address says: `?kiosk=1 &theme=night &layer=visits`; `recording` and `at` in development only. */

export const LAYERS = ["paths", "visits", "none"] as const;
export type Layer = (typeof LAYERS)[number];
export type Theme = "day" | "night";

export interface Settings {
  /** Nothing to click: for streams and screenshots. */
  kiosk: boolean;
  theme: Theme | null;
  layer: Layer;
  recording: string | null;
  at: number;
}

export function read(query: string): Settings {
  const said = new URLSearchParams(query);
  const theme = said.get("theme");
  return {
    kiosk: said.get("kiosk") === "1",
    theme: theme === "day" || theme === "night" ? theme : null,
    layer: LAYERS.find((layer) => layer === said.get("layer")) ?? "paths",
    recording: said.get("recording"),
    at: Number(said.get("at") ?? 0) || 0,
  };
}

export const settings = read(location.search);
