import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Platform, SecretReference } from "../../src/handler/index.js";
import { FakeControlPlane } from "./fakeControlPlane.js";
import { API_KEY, World, type ToldAnswer } from "./world.js";

const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:buttonize/api-key-AbCdEf";
const ResourceType = "Custom::ButtonizeExternalId";

let world: World;
let plane: FakeControlPlane;

beforeEach(async () => {
  world = await World.start();
  plane = await FakeControlPlane.start(world.clock);
});

afterEach(async () => {
  await plane.stop();
  await world.stop();
});

/** Makes an External ID with an API key that is given by this text, from secrets that answer like this. */
function create(apiKey: string, readSecret: Platform["readSecret"]): Promise<ToldAnswer> {
  const event = world.event({
    RequestType: "Create",
    ResourceType,
    ResourceProperties: { ControlPlaneUrl: plane.url, ApiKey: apiKey },
  });
  return world.answer(event, { readSecret });
}

describe("an API key in Secrets Manager, which CloudFormation leaves to this function to read", () => {
  it.each<[string, string, SecretReference]>([
    ["{{resolve:secretsmanager:buttonize/api-key}}", API_KEY, { SecretId: "buttonize/api-key" }],
    [
      "{{resolve:secretsmanager:buttonize/api-key:SecretString:::}}",
      `${API_KEY}\n`,
      { SecretId: "buttonize/api-key" },
    ],
    [
      `{{resolve:secretsmanager:${ARN}:SecretString:key::}}`,
      JSON.stringify({ key: API_KEY }),
      { SecretId: ARN },
    ],
    [
      `{{resolve:secretsmanager:${ARN}:SecretString:key:AWSPREVIOUS:}}`,
      JSON.stringify({ key: API_KEY }),
      { SecretId: ARN, VersionStage: "AWSPREVIOUS" },
    ],
    [
      `{{resolve:secretsmanager:${ARN}:SecretString:::0b8a2b6e-1111-2222-3333-444455556666}}`,
      API_KEY,
      { SecretId: ARN, VersionId: "0b8a2b6e-1111-2222-3333-444455556666" },
    ],
  ])("%s", async (reference, text, asked) => {
    const seen: SecretReference[] = [];

    const answer = await create(reference, async (secret) => {
      seen.push(secret);
      return text;
    });

    expect(answer.Status).toBe("SUCCESS");
    expect(seen).toEqual([asked]);
    expect(plane.calls.map((call) => call.headers.authorization)).toEqual([`Bearer ${API_KEY}`]);
  });

  it("that cannot be read fails with its name and the mend, and without what the SDK says", async () => {
    const denied = Object.assign(new Error("User is not authorized, and much more"), {
      name: "AccessDeniedException",
    });

    const answer = await create("{{resolve:secretsmanager:buttonize/api-key}}", () =>
      Promise.reject(denied),
    );

    expect(answer.Status).toBe("FAILED");
    expect(answer.Reason).toContain("'buttonize/api-key'");
    expect(answer.Reason).toContain("AccessDeniedException");
    expect(answer.Reason).not.toContain("much more");
    expect(plane.calls).toEqual([]);
  });

  it("is read again while IAM does not know yet that this function may", async () => {
    let tries = 0;
    const answer = await create("{{resolve:secretsmanager:buttonize/api-key}}", () => {
      tries++;
      return tries < 4
        ? Promise.reject(Object.assign(new Error(), { name: "AccessDeniedException" }))
        : Promise.resolve(API_KEY);
    });

    expect(answer.Status).toBe("SUCCESS");
    expect(world.clock.sleeps).toEqual([2_000, 4_000, 8_000]);
  });

  it("that is not there is not waited for", async () => {
    const missing = Object.assign(new Error(), { name: "ResourceNotFoundException" });

    const answer = await create("{{resolve:secretsmanager:buttonize/api-key}}", () =>
      Promise.reject(missing),
    );

    expect(answer.Status).toBe("FAILED");
    expect(world.clock.sleeps).toEqual([]);
  });

  it.each([
    ["{{resolve:secretsmanager:buttonize:SecretString:key::}}", "no JSON"],
    ["{{resolve:secretsmanager:buttonize:SecretString:key::}}", '{"other":"x"}'],
    ["{{resolve:secretsmanager:buttonize}}", " "],
    ["{{resolve:secretsmanager:buttonize}}", undefined],
  ])("of which %s is %j, fails before anything is called", async (reference, text) => {
    const answer = await create(reference, () => Promise.resolve(text));

    expect(answer.Status).toBe("FAILED");
    expect(answer.Reason).toContain("Put the API key there");
    expect(plane.calls).toEqual([]);
  });

  it("that is gone at a deletion does no harm where there is nothing to delete", async () => {
    const event = world.event({
      RequestType: "Delete",
      ResourceType,
      PhysicalResourceId: "__custom-resource-error__",
      ResourceProperties: {
        ControlPlaneUrl: plane.url,
        ApiKey: "{{resolve:secretsmanager:gone}}",
      },
    });

    expect(await world.answer(event)).toMatchObject({ Status: "SUCCESS" });
  });
});
