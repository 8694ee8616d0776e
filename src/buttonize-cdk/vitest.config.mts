import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // The example is outside of this package, and is tested with what this package has installed.
    alias: [
      { find: /^buttonize-cdk$/, replacement: here("src/index.ts") },
      { find: /^(aws-cdk-lib|constructs)(\/.*)?$/, replacement: here("node_modules/$1$2") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/scratch.ts",
    testTimeout: 30_000,
  },
});
