/** Which page the address asks for. Each has a path of its own, so that it can be linked and the back button works. */

import { ref, type Ref } from "vue";

export const PAGES = ["town", "dialogue", "talk", "lab", "learn"] as const;
export type PageName = (typeof PAGES)[number];

/** The server answers these with the page, and everything else with 404 (`hamlet/web/frontend.py`). */
export const PATHS: Record<PageName, string> = { town: "/", dialogue: "/dialogue", talk: "/talk", lab: "/lab", learn: "/learn" };
export const NAMES: Record<PageName, string> = { town: "Town", dialogue: "Dialogue", talk: "Talk", lab: "Lab", learn: "Learn" };

/** `null`: there is no such page. */
export function read(path: string): PageName | null {
  const plain = path.length > 1 ? path.replace(/\/$/, "") : path;
  return PAGES.find((page) => PATHS[page] === plain) ?? null;
}

export const route: Ref<PageName | null> = ref(null);

function look(): void {
  // Links of before the pages had paths.
  if (location.hash === "#dialogue" || location.hash === "#town") history.replaceState(null, "", PATHS[location.hash.slice(1) as PageName] + location.search);
  route.value = read(location.pathname);
}

/** Show `page` without loading it anew. */
export function go(page: PageName, hash = ""): void {
  history.pushState(null, "", PATHS[page] + hash);
  look();
  scrollTo(0, 0);
}

look();
addEventListener("popstate", look);
addEventListener("hashchange", look);
