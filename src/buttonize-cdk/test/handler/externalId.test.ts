import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CustomResourceEvent } from "../../src/handler/index.js";
import { FakeControlPlane } from "./fakeControlPlane.js";
import { API_KEY, World, type ToldAnswer } from "./world.js";

const NEXT_KEY = "btnz_ABCDEFGHIJ0123456789abcdefghij000000";
const FORGED = `external-id-sealed-${Buffer.alloc(100, 7).toString("base64url")}`;

let world: World;
let plane: FakeControlPlane;

beforeEach(async () => {
  world = await World.start();
  plane = await FakeControlPlane.start(world.clock);
  plane.apiKeys.add(NEXT_KEY);
  world.secrets.add(NEXT_KEY);
});

afterEach(async () => {
  await plane.stop();
  await world.stop();
});

describe("an External ID generated in the account", () => {
  const ResourceType = "Custom::ButtonizeExternalIdGenerator";

  it("has 160 bits as hexadecimal, is another one each time, and stays off the control plane", async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const answer = await world.answer(world.event({ RequestType: "Create", ResourceType }));
      expect(answer).toMatchObject({ Status: "SUCCESS", NoEcho: true });
      expect(answer.Data!["SecretValue"]).toMatch(/^[0-9a-f]{40}$/);
      expect(answer.PhysicalResourceId).not.toContain(answer.Data!["SecretValue"]);
      seen.add(answer.Data!["SecretValue"]!);
    }
    expect(seen.size).toBe(20);
    expect(plane.calls).toEqual([]);
  });

  it("has nothing to delete", async () => {
    const made = await world.answer(world.event({ RequestType: "Create", ResourceType }));
    const { PhysicalResourceId } = made;
    const event = world.event({ RequestType: "Delete", ResourceType, PhysicalResourceId });
    expect(await world.answer(event)).toMatchObject({ Status: "SUCCESS", PhysicalResourceId });
  });
});

describe("an External ID of the control plane", () => {
  const ResourceType = "Custom::ButtonizeExternalId";

  function properties(ApiKey = API_KEY, ControlPlaneUrl = plane.url): Record<string, unknown> {
    return {
      ServiceToken: "arn:aws:lambda:eu-central-1:123456789012:function:h",
      ApiKey,
      ControlPlaneUrl,
    };
  }

  const secretOf = (answer: ToldAnswer): string => answer.Data!["SecretValue"]!;

  async function take(event: CustomResourceEvent): Promise<ToldAnswer> {
    const answer = await world.answer(event);
    expect(answer).toMatchObject({ Status: "SUCCESS", NoEcho: true });
    world.secrets.add(secretOf(answer));
    world.check(world.answers.at(-1)!, event);
    expect(Buffer.byteLength(answer.PhysicalResourceId)).toBeLessThanOrEqual(1024);
    return answer;
  }

  const create = (): Promise<ToldAnswer> =>
    take(world.event({ RequestType: "Create", ResourceType, ResourceProperties: properties() }));

  const update = (
    PhysicalResourceId: string,
    OldResourceProperties: Record<string, unknown>,
    ResourceProperties: Record<string, unknown>,
  ): Promise<ToldAnswer> =>
    take(
      world.event({
        RequestType: "Update",
        ResourceType,
        PhysicalResourceId,
        OldResourceProperties,
        ResourceProperties,
      }),
    );

  it("is taken from there, and is nowhere but in the answer's data", async () => {
    const answer = await create();
    expect(secretOf(answer)).toBe(plane.externalIds[0]);
    expect(plane.lines).toEqual(["POST /v1/external-ids"]);
    const sealed = Buffer.from(answer.PhysicalResourceId.split("-").at(-1)!, "base64url");
    expect(sealed.toString("latin1")).not.toContain(secretOf(answer));
  });

  it("outlives a rotated API key, and the rollback of it", async () => {
    const made = await create();
    const rotated = await update(made.PhysicalResourceId, properties(), properties(NEXT_KEY));
    expect(secretOf(rotated)).toBe(secretOf(made));
    expect(rotated.PhysicalResourceId).not.toBe(made.PhysicalResourceId);

    for (const from of [rotated, made]) {
      const back = await update(from.PhysicalResourceId, properties(NEXT_KEY), properties());
      expect(secretOf(back)).toBe(secretOf(made));
    }
    const again = await update(
      rotated.PhysicalResourceId,
      properties(NEXT_KEY),
      properties(NEXT_KEY),
    );
    expect(again.PhysicalResourceId).toBe(rotated.PhysicalResourceId);
    expect(plane.calls).toHaveLength(1);
  });

  it("answers an update that comes twice with the same one", async () => {
    const made = await create();
    const event = world.event({
      RequestType: "Update",
      ResourceType,
      PhysicalResourceId: made.PhysicalResourceId,
      OldResourceProperties: properties(),
      ResourceProperties: properties(NEXT_KEY),
    });
    const [first, second] = [await take(event), await take(event)];
    expect([secretOf(first), secretOf(second)]).toEqual([secretOf(made), secretOf(made)]);
  });

  it("is another one at another control plane, and the former one after the rollback", async () => {
    const made = await create();
    const other = await FakeControlPlane.start(world.clock);
    other.apiKeys = new Set([NEXT_KEY]);
    try {
      const there = properties(NEXT_KEY, other.url);
      const moved = await update(made.PhysicalResourceId, properties(), there);
      expect(secretOf(moved)).toBe(other.externalIds[0]);
      expect(other.calls).toHaveLength(1);

      const back = await update(moved.PhysicalResourceId, there, properties());
      expect(secretOf(back)).toBe(secretOf(made));
      expect(plane.calls).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });

  it("is taken anew where the sealed one does not open", async () => {
    const made = await create();
    for (const id of ["something-else", FORGED, "external-id-sealed-", "external-id-sealed-AAAA"]) {
      const answer = await update(id, properties(), properties());
      expect(secretOf(answer)).not.toBe(secretOf(made));
    }
    const foreign = await update(
      made.PhysicalResourceId,
      properties(NEXT_KEY),
      properties(NEXT_KEY),
    );
    expect(secretOf(foreign)).not.toBe(secretOf(made));
  });

  it("has nothing to delete", async () => {
    const made = await create();
    const event = world.event({
      RequestType: "Delete",
      ResourceType,
      PhysicalResourceId: made.PhysicalResourceId,
      ResourceProperties: properties(),
    });
    plane.interfere = () => "cut";
    expect(await world.answer(event)).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: made.PhysicalResourceId,
    });
    expect(plane.calls).toHaveLength(1);
  });

  it("fails where the control plane refuses the key", async () => {
    plane.apiKeys.clear();
    const ResourceProperties = properties();
    const event = world.event({ RequestType: "Create", ResourceType, ResourceProperties });
    const answer = await world.answer(event);
    expect(answer).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: "__custom-resource-error__",
    });
    expect(answer.Reason).toContain("Check 'apiKey'");
  });
});
