import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const PACKAGE = join(__dirname, "..");
const run = promisify(execFile);

const CHECK = `
  import * as imported from "buttonize-cdk";
  import { createRequire } from "node:module";
  const required = createRequire(import.meta.url)("buttonize-cdk");
  const names = Object.keys(required).filter((name) => name !== "__esModule").sort();
  const same = names.filter((name) => imported[name] === required[name]);
  console.log(JSON.stringify({ names, same, more: Object.keys(imported).filter((name) => !Object.hasOwn(required, name)) }));
`;
const SOURCE = `
  import { App, Stack } from "aws-cdk-lib";
  import { Action, B, Buttonize, ButtonizeApp, Display, type ButtonizeAppProps } from "buttonize-cdk";
  const stack = new Stack(new App(), "S");
  Buttonize.init(stack, { apiKey: "k", controlPlaneUrl: "u", controlPlaneAccountId: "1" });
  const props: ButtonizeAppProps = { tags: ["a"] };
  export const app: ButtonizeApp = new ButtonizeApp(stack, "A", props).page("P", {
    body: [Display.text(B.if(B.eq("a", "b"), "c", "d"))],
  });
  export const change = Action.buttonize.app.changePage("P");
`;

/** Needs the build: \`npm run build\`. */
describe("the built package", () => {
  let user: string;

  /** A package that uses it, as one that installed it. */
  beforeAll(() => {
    user = mkdtempSync(join(tmpdir(), "user-"));
    mkdirSync(join(user, "node_modules"));
    symlinkSync(PACKAGE, join(user, "node_modules/buttonize-cdk"));
    for (const peer of ["aws-cdk-lib", "constructs"]) {
      symlinkSync(join(PACKAGE, "node_modules", peer), join(user, "node_modules", peer));
    }
  });

  it("is one module for import and require", async () => {
    const file = join(user, "both.mjs");
    writeFileSync(file, CHECK);

    const { stdout } = await run(process.execPath, [file]);
    const { names, same, more } = JSON.parse(stdout);

    expect(names).toEqual(expect.arrayContaining(["Buttonize", "ButtonizeApp", "Display", "B"]));
    expect(same).toEqual(names);
    // What Node.js itself adds to every CommonJS module that is imported.
    expect(more.filter((n: string) => n !== "default" && n !== "module.exports")).toEqual([]);
  });

  it.each(["mts", "cts"])("has types for .%s", async (extension) => {
    const file = join(user, `use.${extension}`);
    writeFileSync(file, SOURCE);
    const options = { module: "Node16", strict: true, noEmit: true, skipLibCheck: true, types: [] };
    const project = join(user, `tsconfig.${extension}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions: options, files: [file] }));

    const tsc = join(PACKAGE, "node_modules/typescript/bin/tsc");
    const compiled = run(process.execPath, [tsc, "-p", project]);

    await expect(compiled).resolves.toMatchObject({ stdout: "" });
  });
});
