import { expect, it, vi } from "vitest";
import { talkOptions, talkState } from "../fixtures/talk";
import { connect } from "./client";
import type { TalkInput } from "./state";

class Line {
  static all: Line[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly path: string) {
    Line.all.push(this);
  }
  close(): void {}
}

function server(answers: Record<string, [number, unknown]>) {
  Line.all = [];
  const told: TalkInput[] = [];
  const asked: [string, string, unknown][] = [];
  const fetch = async (path: string, { method, body }: RequestInit) => {
    asked.push([method!, path, body ? JSON.parse(body as string) : null]);
    const [status, answer] = answers[`${method} ${path}`] ?? [404, { detail: "nothing here" }];
    return { ok: status < 400, status, json: async () => answer };
  };
  const client = connect((input) => told.push(input), { fetch: fetch as unknown as typeof globalThis.fetch, open: (path) => new Line(path) as unknown as WebSocket });
  return { client, told, asked };
}

const OPTIONS: [number, unknown] = [200, talkOptions()];

it("begins a talk, follows it, and says what is said", async () => {
  const talk = talkState();
  const { client, told, asked } = server({ "GET /api/talks/options": OPTIONS, "POST /api/talks": [201, { link: "L", state: talk }], "POST /api/talks/L/say": [200, { ...talk, revision: 2 }] });
  await client.begin({ play: "debtor", persona: null, seed: null, collector: null, episode: null, keep: true });
  await client.say("L", "hello");
  expect(told.map(({ type }) => type)).toEqual(["sent", "options", "opened", "talk", "sent", "talk"]);
  expect(asked.at(-1)).toEqual(["POST", "/api/talks/L/say", { text: "hello" }]);
  expect(Line.all.map(({ path }) => path)).toEqual(["/api/talks/L/ws"]);
});

it("tells trouble in a sentence", async () => {
  const { client, told } = server({ "GET /api/talks/options": OPTIONS, "POST /api/talks/L/act": [400, { detail: "act: expected one of these" }] });
  await client.act("L", "shout");
  expect(told.at(-1)).toEqual({ type: "trouble", text: "Act: expected one of these." });
});

it("comes back after a break, and asks what became of a talk that is not there", async () => {
  vi.useFakeTimers();
  const { client, told } = server({ "GET /api/talks/options": OPTIONS, "GET /api/talks/L": [404, { detail: "it was cut off" }] });
  client.open("L");
  Line.all[0]!.onclose!({ code: 1006 });
  vi.advanceTimersByTime(1000);
  expect(Line.all).toHaveLength(2);
  Line.all[1]!.onmessage!({ data: JSON.stringify(talkState()) });
  Line.all[1]!.onclose!({ code: 1008 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Line.all).toHaveLength(2);
  expect(told.at(-1)).toEqual({ type: "gone", link: "L", told: "It was cut off." });
  client.close();
  vi.useRealTimers();
});
