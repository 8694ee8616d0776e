import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      // The client of this repository, from its source: one build makes the page.
      "buttonize-browser": fileURLToPath(
        new URL("../buttonize-browser/src/index.ts", import.meta.url),
      ),
    },
  },
  build: {
    target: "es2022",
    // The content security policy allows no inlined file either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5174,
    // `npm run dev` beside a running launcher: the page anew at each change, everything else from the control plane.
    proxy: { "/v1": "http://localhost:5080", "/console": "http://localhost:5080" },
  },
});
