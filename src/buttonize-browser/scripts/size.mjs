// Measures what the package adds to a page: its bundle, minified and compressed.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";

const LIMIT = 3000;
const { outputFiles } = await build({
  entryPoints: ["src/index.ts"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  write: false,
});
const bundle = outputFiles[0].contents;
const size = gzipSync(bundle, { level: 9 }).length;
console.log(`buttonize-browser: ${size} bytes compressed (${bundle.length} minified), of ${LIMIT}`);
if (size > LIMIT) {
  console.error("Too large: make it smaller, or think about why it has to grow.");
  process.exit(1);
}
