/** Day or night: what the address says, else what was chosen here before, else what the system prefers. */

import { ref, watchEffect, type Ref } from "vue";
import { settings, type Theme } from "./settings";

const KEY = "hamlet-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Nothing where the browser forbids pages to remember. */
function memory(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function chosen(): Theme | null {
  const kept = memory()?.getItem(KEY);
  return settings.theme ?? (kept === "day" || kept === "night" ? kept : null);
}

export const theme: Ref<Theme> = ref(chosen() ?? (system.matches ? "night" : "day"));

system.addEventListener("change", () => {
  if (!chosen()) theme.value = system.matches ? "night" : "day";
});

watchEffect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function toggleTheme(): void {
  theme.value = theme.value === "day" ? "night" : "day";
  memory()?.setItem(KEY, theme.value);
}
