import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// One script and one stylesheet with everything in it, which `export` puts into a file that plays anywhere.
export default defineConfig({
  plugins: [vue()],
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    target: "es2022",
    outDir: "dist/keepsake",
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    lib: { entry: "src/keepsake/main.ts", formats: ["iife"], name: "keepsake", fileName: () => "keepsake.js", cssFileName: "keepsake" },
  },
});
