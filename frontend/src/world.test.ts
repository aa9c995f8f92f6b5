import { nextTick } from "vue";
import { expect, it } from "vitest";
import { asked, read } from "./world";

it("reads the world from the address, and follows it", async () => {
  expect([read("#dialogue"), read("#town"), read("#weather"), read("")]).toEqual(["dialogue", "town", null, null]);
  location.hash = "#dialogue";
  dispatchEvent(new Event("hashchange"));
  await nextTick();
  expect(asked.value).toBe("dialogue");
});
