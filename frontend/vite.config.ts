import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

// The server that `npm run dev` borrows its data from: python main.py all-in-one
const server = process.env.HAMLET_VIZ_PORT ?? "8765";

export default defineConfig({
  plugins: [vue()],
  build: { target: "es2022", assetsInlineLimit: 0 },
  server: {
    proxy: {
      "/ws": { target: `ws://localhost:${server}`, ws: true },
      "/api": `http://localhost:${server}`,
    },
  },
  // the page is compiled as it is first imported, in a hook: on a busy machine that takes longer than the default 10 s
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"], hookTimeout: 60_000 },
});
