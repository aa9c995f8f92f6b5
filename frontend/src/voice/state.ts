/** What is known of a talk by voice, as a fold of what the server and the browser say. */

/** What comes over the session's socket besides sound; `hamlet/voice/transport.py` has the same. */
export type News =
  | { type: "state"; state: "idle" | "listening" | "processing" | "speaking"; ending: string }
  | { type: "caption"; who: "debtor" | "collector"; text: string; final: boolean; clear: boolean }
  | { type: "stopped"; heard: string; resumed: boolean }
  | Latency
  | { type: "note"; text: string }
  | { type: "flush" };

export interface Latency {
  type: "latency";
  end_of_turn: number;
  recognised: number;
  answered: number;
  first_sound: number;
  whole: number;
}

export type Line = "off" | "asking" | "loading" | "open" | "refused" | "none" | "lost" | "failed";

export interface Voice {
  line: Line;
  state: "idle" | "listening" | "processing" | "speaking";
  /** What is being said, while it is; final ones stand in the talk. */
  caption: string;
  /** What was heard of the collector's words before it was interrupted, or "". */
  heard: string;
  note: string;
  latencies: Latency[];
  /** Milliseconds from the end of speech to the loudspeaker of this page, for each turn. */
  toLoudspeaker: number[];
}

export const quiet: Voice = { line: "off", state: "idle", caption: "", heard: "", note: "", latencies: [], toLoudspeaker: [] };

export type VoiceInput = News | { type: "line"; line: Line; note?: string } | { type: "sounded"; ms: number };

export function reduce(voice: Voice, input: VoiceInput): Voice {
  switch (input.type) {
    case "line":
      return input.line === "asking" ? { ...quiet, line: "asking" } : { ...voice, line: input.line, caption: "", note: input.note ?? voice.note };
    case "state":
      return { ...voice, line: "open", state: input.state, caption: input.state === "processing" ? voice.caption : "" };
    case "caption":
      if (input.who === "collector") return { ...voice, heard: "" };
      return { ...voice, caption: input.text };
    case "stopped":
      return { ...voice, heard: input.resumed ? "" : input.heard };
    case "latency":
      return { ...voice, latencies: [...voice.latencies, input].slice(-200) };
    case "note":
      return { ...voice, note: input.text };
    case "sounded":
      return { ...voice, toLoudspeaker: [...voice.toLoudspeaker, input.ms].slice(-200) };
    case "flush":
      return voice;
  }
}

/** The value that a share of all are no larger than; null without any. */
export function percentile(values: number[], share: number): number | null {
  if (!values.length) return null;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** The line as a sentence. */
export function told(voice: Voice): string {
  switch (voice.line) {
    case "off":
      return "";
    case "asking":
      return "The browser asks whether this page may hear you.";
    case "loading":
      return "The recogniser is being loaded: some seconds.";
    case "refused":
      return "The browser does not let this page hear you. Allow the microphone beside the address, then try again; typing works as before.";
    case "none":
      return "No microphone was found. Plug one in, then try again; typing works as before.";
    case "lost":
      return "The line was lost. What was said so far stands; try again, or type.";
    case "failed":
      return voice.note || "The voice is not available here; typing works as before.";
    case "open":
      return { idle: "", listening: "Listening.", processing: "Thinking.", speaking: "Speaking: talk over it to interrupt." }[voice.state];
  }
}
