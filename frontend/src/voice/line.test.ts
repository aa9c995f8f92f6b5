import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openLine } from "./line";
import type { VoiceInput } from "./state";

class Port {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  given: unknown[] = [];
  postMessage(value: unknown): void {
    this.given.push(value);
  }
}

class Node {
  static all = new Map<string, Node>();
  port = new Port();
  connect = vi.fn();
  constructor(_: unknown, name: string) {
    Node.all.set(name, this);
  }
}

class Socket {
  static OPEN = 1;
  static all: Socket[] = [];
  readyState = 1;
  sent: unknown[] = [];
  closed = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly path: string) {
    Socket.all.push(this);
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
}

const stop = vi.fn();
const stream = { getTracks: () => [{ stop }] };
let asked: [string, string][];
let contexts: { closed: boolean }[];
let answer: { ok: boolean; status: number; json: () => Promise<unknown> };
let microphone: () => Promise<unknown>;

beforeEach(() => {
  asked = [];
  contexts = [];
  Socket.all = [];
  Node.all.clear();
  stop.mockClear();
  microphone = async () => stream;
  answer = { ok: true, status: 201, json: async () => ({ name: "N", talk: "T", transport: "websocket", url: "/api/voice/N", token: "" }) };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => microphone() } });
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("AudioWorkletNode", Node);
  vi.stubGlobal("AudioContext", class {
    audioWorklet = { addModule: async () => undefined };
    destination = {};
    closed = false;
    constructor() {
      contexts.push(this);
    }
    createMediaStreamSource = () => ({ connect: () => undefined });
    async close() {
      this.closed = true;
    }
  });
  vi.stubGlobal("fetch", async (path: string, { method }: RequestInit) => {
    asked.push([method!, path]);
    return answer;
  });
});

afterEach(() => vi.unstubAllGlobals());

async function open() {
  const told: VoiceInput[] = [];
  const line = openLine("LINK", (input) => told.push(input));
  await vi.waitFor(() => expect(Socket.all.length + told.filter((input) => input.type === "line" && !["asking", "loading"].includes(input.line)).length).toBe(1));
  return { line, told, socket: Socket.all[0]!, microphone: Node.all.get("hamlet-microphone")!, loudspeaker: Node.all.get("hamlet-loudspeaker")! };
}

const lines = (told: VoiceInput[]) => told.flatMap((input) => (input.type === "line" ? [input.line] : []));

it("sends what the microphone hears and plays what comes", async () => {
  const { told, socket, microphone, loudspeaker } = await open();
  const [heard, said] = [new ArrayBuffer(640), new ArrayBuffer(320)];
  expect(socket.path).toMatch(/^ws:\/\/.*\/api\/voice\/N$/);
  microphone.port.onmessage!({ data: heard });
  socket.onmessage!({ data: said });
  loudspeaker.port.onmessage!({ data: 0.02 });
  expect(socket.sent).toEqual([heard, JSON.stringify({ played: 0.02 })]);
  expect(loudspeaker.port.given).toEqual([said]);
  socket.readyState = 3;
  microphone.port.onmessage!({ data: heard });
  expect(socket.sent).toHaveLength(2);
  expect(lines(told)).toEqual(["asking", "loading"]);
});

it("forgets what is not played yet when it is interrupted, and times the first sound of an answer once", async () => {
  const { told, socket, loudspeaker } = await open();
  socket.onmessage!({ data: JSON.stringify({ type: "flush" }) });
  expect(loudspeaker.port.given).toEqual(["flush"]);
  const latency = { type: "latency", end_of_turn: 500, recognised: 0, answered: 2, first_sound: 8, whole: 510 };
  socket.onmessage!({ data: JSON.stringify(latency) });
  for (const played of [0.1, 0.2]) loudspeaker.port.onmessage!({ data: played });
  const sounded = told.filter((input) => input.type === "sounded");
  expect(sounded).toHaveLength(1);
  expect(sounded[0]!.ms).toBeGreaterThanOrEqual(510);
  expect(told.filter((input) => input.type === "latency")).toEqual([latency]);
});

it("hangs up: everything is let go of, the session too, and what comes later changes nothing", async () => {
  const { line, told, socket } = await open();
  line.close();
  expect([socket.closed, contexts[0]!.closed, stop.mock.calls.length]).toEqual([true, true, 1]);
  expect(asked).toEqual([["POST", "/api/voice/sessions"], ["DELETE", "/api/voice/sessions/N"]]);
  socket.onclose!({ code: 1006 });
  expect(lines(told)).toEqual(["asking", "loading"]);
});

it.each([[1000, "off"], [1006, "lost"]])("a socket that closes with %i is %s, and the session is not asked to end", async (code, line) => {
  const { told, socket } = await open();
  socket.onclose!({ code });
  expect(lines(told).at(-1)).toBe(line);
  expect(stop).toHaveBeenCalledOnce();
  expect(asked).toEqual([["POST", "/api/voice/sessions"]]);
});

it.each([["NotAllowedError", "refused"], ["NotFoundError", "none"]])("a microphone with %s is %s, and no session is asked for", async (name, line) => {
  microphone = async () => {
    throw new DOMException("", name);
  };
  expect(lines((await open()).told)).toEqual(["asking", line]);
  expect(asked).toEqual([]);
});

it("says why the server gives no session, and lets the microphone go", async () => {
  answer = { ok: false, status: 429, json: async () => ({ detail: "two talk already" }) };
  expect((await open()).told.at(-1)).toEqual({ type: "line", line: "failed", note: "two talk already" });
  answer = { ok: false, status: 502, json: async () => Promise.reject(new Error("no JSON")) };
  expect((await open()).told.at(-1)).toEqual({ type: "line", line: "failed", note: "the server answered 502" });
  expect(stop).toHaveBeenCalledTimes(2);
});

it("says where a browser gives no microphone", async () => {
  vi.stubGlobal("navigator", {});
  expect((await open()).told.at(-1)).toMatchObject({ line: "failed", note: expect.stringContaining("over https") });
});

it("closed while the microphone is asked for or a session is: nothing stays open", async () => {
  let allow: (value: unknown) => void = () => undefined;
  microphone = () => new Promise((resolve) => (allow = resolve));
  const told: VoiceInput[] = [];
  openLine("LINK", (input) => told.push(input)).close();
  allow(stream);
  await vi.waitFor(() => expect(stop).toHaveBeenCalledOnce());
  expect(asked).toEqual([]);
  microphone = async () => stream;
  let give: (value: unknown) => void = () => undefined;
  answer.json = () => new Promise((resolve) => (give = resolve));
  const line = openLine("LINK", (input) => told.push(input));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  line.close();
  give({ name: "N", transport: "websocket", url: "/x" });
  await vi.waitFor(() => expect(asked.at(-1)).toEqual(["DELETE", "/api/voice/sessions/N"]));
  expect(Socket.all).toEqual([]);
});
