/** What the address says: `?kiosk=1 &theme=dark &layer=visits &episode=420`; `recording` and `at` in development only. */

export const LAYERS = ["paths", "graph", "visits", "novelty", "film", "none"] as const;
export type Layer = (typeof LAYERS)[number];
export type Theme = "day" | "night";

export interface Settings {
  /** Nothing to click: for streams and screenshots. */
  kiosk: boolean;
  theme: Theme | null;
  layer: Layer;
  /** The views as of this episode; `null`: as of now. */
  episode: number | null;
  recording: string | null;
  at: number;
}

const THEMES: Record<string, Theme> = { day: "day", light: "day", night: "night", dark: "night" };

export function read(query: string): Settings {
  const said = new URLSearchParams(query);
  const episode = Number(said.get("episode"));
  return {
    kiosk: said.get("kiosk") === "1",
    theme: THEMES[said.get("theme") ?? ""] ?? null,
    layer: LAYERS.find((layer) => layer === said.get("layer")) ?? "paths",
    episode: Number.isInteger(episode) && episode > 0 ? episode : null,
    recording: said.get("recording"),
    at: Number(said.get("at") ?? 0) || 0,
  };
}

export const settings = read(location.search);
