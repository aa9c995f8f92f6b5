import { expect, it } from "vitest";
import { read } from "./settings";

it("reads the address, and takes what it does not know as unsaid", () => {
  expect(read("?kiosk=1&theme=night&layer=visits&episode=420")).toMatchObject({ kiosk: true, theme: "night", layer: "visits", episode: 420 });
  expect([read("?theme=dark").theme, read("?theme=light").theme]).toEqual(["night", "day"]);
  expect(read("?theme=puce&layer=7&episode=-3&at=x")).toEqual({ kiosk: false, theme: null, layer: "paths", episode: null, recording: null, at: 0 });
});
