import { expect, it } from "vitest";
import { go, PAGES, PATHS, read, route } from "./route";

it("reads a page from its path, and from nothing else", () => {
  expect(PAGES.map((page) => read(PATHS[page]))).toEqual([...PAGES]);
  expect(["/talk/", "/talk?x", "/Talk", "/talk/more", "", "/x/"].map(read)).toEqual(["talk", null, null, null, null, null]);
});

it("goes to a page and back, and takes the links of before", async () => {
  go("dialogue");
  expect([location.pathname, route.value]).toEqual(["/dialogue", "dialogue"]);
  go("talk", "#abc");
  expect([location.pathname, location.hash, route.value]).toEqual(["/talk", "#abc", "talk"]);
  history.replaceState(null, "", "/#dialogue");
  dispatchEvent(new Event("hashchange"));
  expect([location.pathname, location.hash, route.value]).toEqual(["/dialogue", "", "dialogue"]);
});
