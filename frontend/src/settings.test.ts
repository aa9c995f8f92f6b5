import { expect, it } from "vitest";
import { read } from "./settings";

it("reads the address, and takes what it does not know as unsaid", () => {
  expect(read("?kiosk=1&theme=night&layer=visits")).toMatchObject({ kiosk: true, theme: "night", layer: "visits" });
  expect(read("?theme=puce&layer=7&at=x")).toEqual({ kiosk: false, theme: null, layer: "paths", recording: null, at: 0 });
});
