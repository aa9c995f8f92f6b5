import { beforeEach, expect, it, vi } from "vitest";
import type { VoiceOpened } from "../wire";
import type { Line, VoiceInput } from "./state";

type Handler = (...given: unknown[]) => void;

const made = vi.hoisted(() => ({ rooms: [] as { handlers: Map<string, Handler>; connect: unknown; published: unknown[]; left: boolean }[] }));

vi.mock("livekit-client", () => ({
  RoomEvent: { DataReceived: "data", TrackSubscribed: "track", ParticipantDisconnected: "gone", Disconnected: "closed" },
  Track: { Kind: { Audio: "audio" }, Source: { Microphone: "microphone" } },
  Room: class {
    handlers = new Map<string, Handler>();
    published: unknown[] = [];
    connect = vi.fn(async () => undefined);
    startAudio = vi.fn(async () => undefined);
    left = false;
    localParticipant = { publishTrack: async (...given: unknown[]) => this.published.push(given) };
    constructor() {
      made.rooms.push(this);
    }
    on(event: string, handler: Handler) {
      this.handlers.set(event, handler);
    }
    removeAllListeners() {
      this.handlers.clear();
    }
    async disconnect() {
      this.left = true;
    }
  },
}));

const { join } = await import("./livekit");
const opened: VoiceOpened = { name: "n", talk: "t", transport: "livekit", url: "ws://rooms", token: "pass" };
const microphone = { kind: "audio" };
const stream = { getAudioTracks: () => [microphone] } as unknown as MediaStream;

function news(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

beforeEach(() => {
  made.rooms.length = 0;
});

it("joins with the microphone, tells the news, and leaves", async () => {
  const told: VoiceInput[] = [];
  const leave = await join(opened, stream, (input) => told.push(input), () => undefined);
  const [room] = made.rooms;
  expect(room!.connect).toHaveBeenCalledWith("ws://rooms", "pass");
  expect(room!.published).toEqual([[microphone, { source: "microphone" }]]);
  room!.handlers.get("data")!(news({ type: "note", text: "hello" }));
  expect(told).toEqual([{ type: "note", text: "hello" }]);
  leave();
  expect(room!.left).toBe(true);
  expect(room!.handlers.size).toBe(0);
});

it("says whether the talk was over when the collector left, or lost", async () => {
  const ends: Line[] = [];
  await join(opened, stream, () => undefined, (line) => ends.push(line));
  made.rooms[0]!.handlers.get("closed")!();
  await join(opened, stream, () => undefined, (line) => ends.push(line));
  made.rooms[1]!.handlers.get("data")!(news({ type: "state", state: "idle", ending: "agreed" }));
  made.rooms[1]!.handlers.get("gone")!();
  expect(ends).toEqual(["lost", "off"]);
});
