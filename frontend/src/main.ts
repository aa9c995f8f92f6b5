import "./styles/page.css";
import { createApp } from "vue";
import App from "./App.vue";
import { settings } from "./settings";
import { connect, type Live } from "./state/socket";
import { createStore } from "./state/store";

const store = createStore();
let live: Live | null = null;

if (import.meta.env.DEV && settings.recording) {
  const { recordings } = await import("./fixtures/recordings");
  const { parse, play } = await import("./state/recording");
  play(store, parse(await recordings(settings.recording)), settings.at);
} else {
  live = connect(store);
  addEventListener("online", () => live?.retry());
}

createApp(App, { state: store.state, onRetry: () => live?.retry() }).mount("#app");
