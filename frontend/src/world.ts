/** Which world the address asks for: `#town` or `#dialogue`, so that each can be linked and the back button works. */

import { ref, type Ref } from "vue";
import { WORLDS, type World } from "./state/state";

export function read(hash: string): World | null {
  return WORLDS.find((world) => hash === `#${world}`) ?? null;
}

export const asked: Ref<World | null> = ref(read(location.hash));

addEventListener("hashchange", () => {
  asked.value = read(location.hash);
});
