// Lambda's Node.js runtime, as far as a handler can tell: the event on standard input, the answer on standard output, the log on
// standard error, and an exception as {errorType, errorMessage}.
// node lambda-runtime.mjs <folder of the code> <file.export> [seconds]
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, handlerName, seconds = "900"] = process.argv.slice(2);
console.log = console.info = console.debug = console.error;
const [file, name] = handlerName.split(".");
const path = ["js", "mjs", "cjs"].map((e) => join(folder, `${file}.${e}`)).find(existsSync);
const module = path.endsWith(".mjs")
  ? await import(pathToFileURL(path))
  : createRequire(import.meta.url)(path);

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const ends = Date.now() + Number(seconds) * 1000;
const context = {
  awsRequestId: process.env.LAMBDA_RUNTIME_AWS_REQUEST_ID ?? "",
  getRemainingTimeInMillis: () => ends - Date.now(),
};
try {
  const answer = await module[name](JSON.parse(Buffer.concat(chunks).toString("utf8")), context);
  process.stdout.write(JSON.stringify(answer ?? null), () => process.exit(0));
} catch (error) {
  const told = { errorType: error?.name ?? "Error", errorMessage: error?.message ?? String(error) };
  process.stdout.write(JSON.stringify(told), () => process.exit(1));
}
