/** One talk by voice: microphone → server → loudspeaker. */

import type { VoiceOpened } from "../wire";
import type { News, VoiceInput } from "./state";

export interface VoiceLine {
  close: () => void;
}

/** Opens a line for the talk of `link`; everything that happens is told to `dispatch`. */
export function openLine(link: string, dispatch: (input: VoiceInput) => void): VoiceLine {
  let closed = false;
  let socket: WebSocket | null = null;
  let stream: MediaStream | null = null;
  let context: AudioContext | null = null;
  let leave: (() => void) | null = null; // a room of LiveKit
  let name = "";

  function close(): void {
    closed = true;
    socket?.close();
    leave?.();
    stream?.getTracks().forEach((track) => track.stop());
    void context?.close();
    if (name) void fetch(`/api/voice/sessions/${name}`, { method: "DELETE", keepalive: true }).catch(() => undefined);
    socket = stream = context = leave = null;
    name = "";
  }

  function end(input: VoiceInput): void {
    if (closed) return;
    close();
    dispatch(input);
  }

  async function begin(): Promise<void> {
    dispatch({ type: "line", line: "asking" });
    if (!navigator.mediaDevices) return end({ type: "line", line: "failed", note: "A browser gives a microphone only to pages on localhost or over https." });
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } });
    } catch (error) {
      return end({ type: "line", line: (error as DOMException).name === "NotAllowedError" ? "refused" : "none" });
    }
    if (closed) return close();
    dispatch({ type: "line", line: "loading" });
    const answer = await fetch("/api/voice/sessions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ talk: link, transport: null }),
    });
    if (!answer.ok) {
      const said = (await answer.json().catch(() => ({}))) as { detail?: string };
      return end({ type: "line", line: "failed", note: said.detail ?? `the server answered ${answer.status}` });
    }
    const opened = (await answer.json()) as VoiceOpened;
    name = opened.name;
    if (closed) return close();
    if (opened.transport === "livekit") {
      const { join } = await import("./livekit");
      const left = await join(opened, stream, dispatch, (line) => end({ type: "line", line }));
      if (closed) return left();
      leave = left;
      return;
    }
    context = new AudioContext({ latencyHint: "interactive" });
    await context.audioWorklet.addModule("/voice-worklet.js");
    if (closed || !context || !stream) return close();
    const microphone = new AudioWorkletNode(context, "hamlet-microphone");
    const loudspeaker = new AudioWorkletNode(context, "hamlet-loudspeaker", { numberOfInputs: 0, outputChannelCount: [1] });
    context.createMediaStreamSource(stream).connect(microphone);
    loudspeaker.connect(context.destination);
    attach(opened.url, microphone, loudspeaker);
  }

  function attach(path: string, microphone: AudioWorkletNode, loudspeaker: AudioWorkletNode): void {
    const mine = (socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`));
    mine.binaryType = "arraybuffer";
    let answering: { at: number; whole: number } | null = null; // the turn whose first sound has not been heard yet
    microphone.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      if (mine.readyState === WebSocket.OPEN) mine.send(data);
    };
    loudspeaker.port.onmessage = ({ data }: MessageEvent<number>) => {
      if (mine.readyState === WebSocket.OPEN) mine.send(JSON.stringify({ played: data }));
      if (answering) {
        dispatch({ type: "sounded", ms: answering.whole + performance.now() - answering.at });
        answering = null;
      }
    };
    mine.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data !== "string") return loudspeaker.port.postMessage(data, [data]);
      const news = JSON.parse(data) as News;
      if (news.type === "flush") loudspeaker.port.postMessage("flush");
      if (news.type === "latency") answering = { at: performance.now(), whole: news.whole };
      dispatch(news);
    };
    mine.onclose = ({ code }: CloseEvent) => {
      name = "";
      end({ type: "line", line: code === 1000 ? "off" : "lost" });
    };
  }

  begin().catch(() => end({ type: "line", line: "lost" }));
  return { close };
}
