import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CustomResourceEvent } from "../../src/handler/index.js";
import { FakeControlPlane, STATEMENT, problem } from "./fakeControlPlane.js";
import { API_KEY, EXTERNAL_ID, FUNCTION, OTHER_ROLE, ROLE, World } from "./world.js";

const GONE = "gone_app".padEnd(21, "-");
const NEW_EXTERNAL_ID = "Yw8-another-external-id-of-the-role";
const OTHER_KEY = "btnz_ABCDEFGHIJ0123456789abcdefghij000000";

let world: World;
let plane: FakeControlPlane;

beforeEach(async () => {
  world = await World.start();
  plane = await FakeControlPlane.start(world.clock);
  world.secrets.add(NEW_EXTERNAL_ID).add(OTHER_KEY);
});

afterEach(async () => {
  await plane.stop();
  await world.stop();
});

function properties(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ServiceToken: "arn:aws:lambda:eu-central-1:123456789012:function:handler",
    ControlPlaneUrl: plane.url,
    ApiKey: API_KEY,
    Name: "Discount codes",
    Description: "",
    Stage: "production",
    Tags: ["support"],
    ExecutionRoleArn: ROLE,
    ExecutionRoleExternalId: EXTERNAL_ID,
    Region: "eu-central-1",
    FunctionArns: [FUNCTION],
    RestrictSessionToFunctions: "false",
    ...changed,
  };
}

function creation(changed: Record<string, unknown> = {}): CustomResourceEvent {
  return world.event({ RequestType: "Create", ResourceProperties: properties(changed) });
}

function update(
  id: string,
  from: Record<string, unknown>,
  to: Record<string, unknown>,
): CustomResourceEvent {
  return world.event({
    RequestType: "Update",
    PhysicalResourceId: id,
    OldResourceProperties: properties(from),
    ResourceProperties: properties(to),
  });
}

function deletion(id: string, changed: Record<string, unknown> = {}): CustomResourceEvent {
  const ResourceProperties = properties(changed);
  return world.event({ RequestType: "Delete", PhysicalResourceId: id, ResourceProperties });
}

async function created(changed: Record<string, unknown> = {}): Promise<string> {
  const answer = await world.answer(creation(changed));
  expect(answer).toMatchObject({ Status: "SUCCESS" });
  return answer.PhysicalResourceId;
}

describe("create", () => {
  it("registers the app under CloudFormation's request id and answers with the app's id", async () => {
    const event = creation({ RestrictSessionToFunctions: "true" });
    const answer = await world.answer(event);

    const id = [...plane.apps.keys()][0]!;
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
      Data: { AppId: id },
      NoEcho: false,
    });
    expect(plane.lines).toEqual(["POST /v1/apps?wait=20"]);
    expect(plane.calls[0]!.headers).toMatchObject({
      authorization: `Bearer ${API_KEY}`,
      "idempotency-key": event.RequestId,
      "content-type": "application/json",
    });
    expect(plane.calls[0]!.json).toEqual({
      name: "Discount codes",
      description: "",
      stage: "production",
      tags: ["support"],
      executionRoleArn: ROLE,
      externalId: EXTERNAL_ID,
      region: "eu-central-1",
      functionArns: [FUNCTION],
      restrictSessionToFunctions: true,
    });
  });

  it("makes one app of one event that comes twice", async () => {
    const event = creation();
    const [first, second] = [await world.answer(event), await world.answer(event)];
    expect(second).toEqual(first);
    expect(plane.apps.size).toBe(1);
  });

  it("logs a line per call that has no secret and no body", async () => {
    await created();
    expect(world.log.map((line) => JSON.parse(line) as unknown)).toEqual([
      { method: "POST", path: "/v1/apps?wait=20", status: 201 },
      { method: "PUT", path: "ResponseURL", status: 200 },
    ]);
  });

  it("waits for a verdict that takes a minute", async () => {
    const ready = world.clock.now() + 60_000;
    plane.trust = () => (world.clock.now() < ready ? "refuses" : "good");
    const id = await created();
    expect(plane.apps.get(id)!.status).toBe("verified");
    expect(world.clock.now() - ready).toBeLessThan(15_000);
  });

  it("fails with the failed check and its statement, and leaves CloudFormation the app to delete", async () => {
    plane.trust = () => "refuses";
    const answer = await world.answer(creation());
    const id = [...plane.apps.keys()][0]!;
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain("Check 'assume' failed: AWS STS refused the role for lack of");
    expect(answer.Reason).toContain(STATEMENT);

    expect(await world.answer(deletion(id))).toMatchObject({ Status: "SUCCESS" });
    expect(plane.apps.size).toBe(0);
  });

  it("fails in time where the verdict never comes", async () => {
    plane.trust = () => "refuses";
    const answer = await world.answer(creation(), {}, 5 * 60_000);
    expect(answer).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: [...plane.apps.keys()][0]!,
    });
    expect(answer.Reason).toMatch(/has not confirmed .* within 2\d\d s/);
    expect(answer.Reason).toContain(STATEMENT);
  });

  it("fails where the role is open, with nothing to delete, once IAM must know it by now", async () => {
    plane.trust = () => "open";
    const answer = await world.answer(creation());
    expect(answer).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: "__custom-resource-error__",
    });
    expect(answer.Reason).toContain("422 trust_check_failed");
    expect(answer.Reason).toContain("Check 'without-external-id' failed");
    expect(answer.Reason).toContain(STATEMENT);
    expect(world.clock.sleeps).toEqual([1250, 2500, 5000, 10_000]);

    plane.interfere = () => "cut";
    const rolledBack = await world.answer(deletion("__custom-resource-error__"));
    expect(rolledBack).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: "__custom-resource-error__",
    });
    expect(plane.calls).toHaveLength(5);
  });

  it("waits for a role that was open, and is seen as it was for some seconds", async () => {
    let asked = 0;
    plane.trust = () => (++asked <= 2 ? "open" : "good");

    expect((await world.answer(creation())).Status).toBe("SUCCESS");
    expect(plane.apps.size).toBe(1);
  });

  it("tells each wrong member", async () => {
    plane.interfere = () =>
      problem(400, "validation_failed", "Some members are not valid.", {
        errors: { name: ["'name' is too long."], "tags[0]": ["'tags' must not be empty."] },
      });
    const answer = await world.answer(creation());
    expect(answer.Reason).toContain("name: 'name' is too long.");
    expect(answer.Reason).toContain("tags[0]: 'tags' must not be empty.");
    expect(answer.Reason).toContain("(traceId trace-1)");
  });
});

describe("update", () => {
  it("changes the name only", async () => {
    const id = await created();
    const answer = await world.answer(update(id, {}, { Name: "Vouchers" }));
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
      Data: { AppId: id },
    });
    expect(plane.apps.get(id)).toMatchObject({
      definition: { name: "Vouchers", executionRoleArn: ROLE },
      externalId: EXTERNAL_ID,
    });
    expect(plane.lines.at(-1)).toBe(`PUT /v1/apps/${id}?wait=20`);
  });

  it("changes the role, once the new one is proven", async () => {
    const id = await created();
    const ready = world.clock.now() + 60_000;
    plane.trust = (role) => (role === OTHER_ROLE && world.clock.now() < ready ? "refuses" : "good");
    const change = { ExecutionRoleArn: OTHER_ROLE, ExecutionRoleExternalId: NEW_EXTERNAL_ID };
    const answer = await world.answer(update(id, {}, change));
    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(world.clock.now()).toBeGreaterThanOrEqual(ready);
    expect(plane.apps.get(id)).toMatchObject({
      definition: { executionRoleArn: OTHER_ROLE },
      externalId: NEW_EXTERNAL_ID,
      replacement: null,
    });
  });

  it("comes out the same when it comes twice", async () => {
    const id = await created();
    const event = update(id, {}, { ExecutionRoleArn: OTHER_ROLE });
    const [first, second] = [await world.answer(event), await world.answer(event)];
    expect(second).toEqual(first);
    expect(plane.apps.get(id)!.definition).toMatchObject({ executionRoleArn: OTHER_ROLE });
  });

  it("fails where the new role refuses, and rolls back to the old one", async () => {
    const id = await created();
    plane.trust = (role) => (role === OTHER_ROLE ? "refuses" : "good");
    const change = { ExecutionRoleArn: OTHER_ROLE, ExecutionRoleExternalId: NEW_EXTERNAL_ID };
    const answer = await world.answer(update(id, {}, change));
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain(STATEMENT);
    expect(plane.apps.get(id)!.replacement).not.toBeNull();

    const rolledBack = await world.answer(update(id, change, {}));
    expect(rolledBack).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(plane.apps.get(id)).toMatchObject({
      definition: { executionRoleArn: ROLE },
      externalId: EXTERNAL_ID,
      replacement: null,
    });
  });

  it("rolls back also where somebody broke the old role meanwhile, for nothing is different", async () => {
    const id = await created();
    plane.trust = () => "refuses";
    const failed = await world.answer(update(id, {}, { Name: "Vouchers" }));
    expect(failed).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });

    const rolledBack = await world.answer(update(id, { Name: "Vouchers" }, {}));
    expect(rolledBack).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(plane.apps.get(id)!.definition).toMatchObject({ name: "Discount codes" });
    expect(plane.apps.get(id)!.replacement!.definition).toMatchObject({ name: "Discount codes" });
  });

  it("does not take what serves for what is wanted where the External ID changes", async () => {
    const id = await created();
    plane.trust = () => "refuses";
    const change = { ExecutionRoleExternalId: NEW_EXTERNAL_ID };
    const answer = await world.answer(update(id, {}, change));
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
  });

  it("fails at once where the new role is open, and the old one serves on", async () => {
    const id = await created();
    plane.trust = (role) => (role === OTHER_ROLE ? "open" : "good");
    const answer = await world.answer(update(id, {}, { ExecutionRoleArn: OTHER_ROLE }));
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain(STATEMENT);
    expect(plane.apps.get(id)!.definition).toMatchObject({ executionRoleArn: ROLE });
  });

  it("registers an app anew that is gone, once though the event comes twice", async () => {
    const event = update(GONE, {}, { Name: "Vouchers" });
    const answer = await world.answer(event);
    const [id] = [...plane.apps.keys()];
    expect(id).not.toBe(GONE);
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id!,
      Data: { AppId: id! },
    });
    expect(await world.answer(event)).toEqual(answer);
    expect(plane.apps.size).toBe(1);
  });

  it("deletes what it registered anew and could not prove, since CloudFormation never hears of it", async () => {
    plane.apiKeys.add(OTHER_KEY);
    plane.trust = () => "refuses";
    const answer = await world.answer(update(GONE, {}, { ApiKey: OTHER_KEY }));
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: GONE });
    expect(answer.Reason).toContain(STATEMENT);
    expect(answer.Reason).toContain("If the new API key is of another organization");
    expect(plane.apps.size).toBe(0);
  });

  it("names what it could not delete", async () => {
    plane.trust = () => "refuses";
    plane.interfere = ({ method }) => (method === "DELETE" ? "cut" : undefined);
    const answer = await world.answer(update(GONE, {}, {}));
    const [id] = [...plane.apps.keys()];
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: GONE });
    expect(answer.Reason).toContain(`could not be deleted again: DELETE /v1/apps/${id}`);
  });

  it("registers anew at another control plane, and deletes at the old one afterwards", async () => {
    const id = await created();
    const other = await FakeControlPlane.start(world.clock);
    try {
      const answer = await world.answer(update(id, {}, { ControlPlaneUrl: `${other.url}/` }));
      expect(answer.Status).toBe("SUCCESS");
      expect(other.lines).toEqual([`PUT /v1/apps/${id}?wait=20`, "POST /v1/apps?wait=20"]);
      expect(plane.apps.has(id)).toBe(true);

      await world.answer(deletion(id));
      expect(plane.apps.size).toBe(0);
      expect(other.apps.size).toBe(1);
    } finally {
      await other.stop();
    }
  });

  it("keeps the app where only the control plane's address has changed", async () => {
    const id = await created();
    const renamed = plane.url.replace("127.0.0.1", "localhost");

    const answer = await world.answer(update(id, {}, { ControlPlaneUrl: renamed }));

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(plane.apps.size).toBe(1);
  });

  it("does not fail a rollback because the role was opened by hand meanwhile", async () => {
    const id = await created();
    plane.trust = () => "open";

    const answer = await world.answer(update(id, { Name: "Vouchers" }, {}));

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
  });

  it("does fail a change while the role is open", async () => {
    const id = await created();
    plane.trust = () => "open";

    const answer = await world.answer(update(id, {}, { Name: "Vouchers" }));

    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain("without-external-id");
  });

  it("does not take a 404 of something else for the app being gone", async () => {
    const id = await created();
    plane.interfere = () => ({ status: 404, body: "<html>nginx</html>" });
    const answer = await world.answer(update(id, {}, { Name: "Vouchers" }));
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain("404 without an error code");
    expect(plane.lines.filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });
});

describe("delete", () => {
  it("deletes the app, also when it is asked to twice", async () => {
    const id = await created();
    const event = deletion(id);
    const answer = await world.answer(event);
    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(plane.apps.size).toBe(0);
    expect(await world.answer(event)).toEqual(answer);
  });

  it("does nothing for what was never an app", async () => {
    for (const id of ["..", "demo-App-1ABCDEF", "2024/01/01/[$LATEST]0123456789"]) {
      const answer = await world.answer(deletion(id));
      expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    }
    expect(plane.calls).toEqual([]);
  });

  it("does not bring the app back when the creation comes again", async () => {
    const event = creation();
    const { PhysicalResourceId: id } = await world.answer(event);
    await world.answer(deletion(id));
    expect(await world.answer(event)).toMatchObject({ Status: "FAILED" });
    expect(plane.apps.size).toBe(0);
  });

  it("fails where the API key is refused, so that the app is not forgotten", async () => {
    const id = await created();
    const answer = await world.answer(deletion(id, { ApiKey: OTHER_KEY }));
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain("401 unauthenticated");
  });
});
