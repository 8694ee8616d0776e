import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const EXAMPLE = join(__dirname, "../../../docs/examples/discount-codes");
const env = { account: "123456789012", region: "eu-central-1" };

/** By an address that the compiler does not see: the example has its own dependencies. */
async function load(path: string): Promise<any> {
  const address = pathToFileURL(join(EXAMPLE, path)).href;
  return import(/* @vite-ignore */ address);
}

describe("the example", () => {
  // To update the template: npx vitest run test/example.test.ts -u
  it("synthesizes to the template that is checked in, but for the hashes of its files", async () => {
    const { context } = await load("cdk.json");
    const { DiscountCodesStack } = await load("lib/discount-codes-stack.ts");
    const stack: Stack = new DiscountCodesStack(new App({ context }), "DiscountCodes", { env });

    const text = JSON.stringify(Template.fromStack(stack).toJSON(), null, 2);
    const withoutHashes = text.replace(/[0-9a-f]{64}\.zip/g, "HASH.zip");

    await expect(`${withoutHashes}\n`).toMatchFileSnapshot(join(EXAMPLE, "template.json"));
  });

  it("has functions that do what they say", async () => {
    const { handler: generate } = await load("functions/generate/index.mjs");
    const { handler: redeem } = await load("functions/redeem/index.mjs");

    const { code, ...rest } = await generate({ customer: "Jane", percent: 30 });
    expect(rest).toEqual({ customer: "Jane", percent: 30 });
    expect(await redeem({ code })).toEqual({ valid: true, percent: 30 });
    expect((await generate({})).code).toMatch(/^SAVE10-/);
    await expect(redeem({ code: "free" })).rejects.toThrow("'free' is no discount code");
    await expect(redeem()).rejects.toThrow("is no discount code");
  });
});
