import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { handler, type CustomResourceEvent } from "../../src/handler/index.js";
import { FakeControlPlane, STATEMENT, problem } from "./fakeControlPlane.js";
import { API_KEY, EXTERNAL_ID, FakeServer, ROLE, World, type Reaction } from "./world.js";

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

const ID = "an_app".padEnd(21, "-");

function properties(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ControlPlaneUrl: plane.url,
    ApiKey: API_KEY,
    Name: "Discount codes",
    Stage: "production",
    ExecutionRoleArn: ROLE,
    ExecutionRoleExternalId: EXTERNAL_ID,
    Region: "eu-central-1",
    ...changed,
  };
}

function creation(changed: Record<string, unknown> = {}): CustomResourceEvent {
  return world.event({ RequestType: "Create", ResourceProperties: properties(changed) });
}

/** The same thing asked in the three ways. */
function threeEvents(): CustomResourceEvent[] {
  const known = { PhysicalResourceId: ID, ResourceProperties: properties() };
  return [
    creation(),
    world.event({ RequestType: "Update", ...known, OldResourceProperties: properties() }),
    world.event({ RequestType: "Delete", ...known }),
  ];
}

describe("a control plane in trouble", () => {
  const troubles: Record<string, Reaction> = {
    "cuts the line": "cut",
    "answers 503": problem(503, "storage_unavailable", "Try again."),
    "answers 500 without a body": { status: 500 },
    "answers 502 from a proxy": { status: 502, body: "<html>Bad Gateway</html>" },
    throttles: { status: 429, body: { code: "rate_limited" }, headers: { "retry-after": "7" } },
    "is still at work": problem(409, "request_in_progress", "Wait."),
  };

  for (const [name, reaction] of Object.entries(troubles)) {
    it(`${name} for two minutes: the deployment is late by hardly more than that`, async () => {
      for (const event of threeEvents()) {
        const better = world.clock.now() + 120_000;
        plane.interfere = () => (world.clock.now() < better ? reaction : undefined);
        expect(await world.answer(event)).toMatchObject({ Status: "SUCCESS" });
        expect(world.clock.now() - better).toBeGreaterThanOrEqual(0);
        expect(world.clock.now() - better).toBeLessThan(25_000);
      }
    });
  }

  it("is down for two minutes while the verdict is awaited", async () => {
    const asked = world.clock.now();
    plane.trust = () => (world.clock.now() < asked + 60_000 ? "refuses" : "good");
    plane.interfere = ({ method }) =>
      method === "GET" && world.clock.now() < asked + 120_000 ? "cut" : undefined;
    expect(await world.answer(creation())).toMatchObject({ Status: "SUCCESS" });
    expect(plane.apps.size).toBe(1);
  });

  it("is not there at all: says so in time, whatever was asked", async () => {
    await plane.stop();
    for (const event of threeEvents()) {
      const answer = await world.answer(event);
      const id = event.RequestType === "Create" ? "__custom-resource-error__" : ID;
      expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
      expect(answer.Reason).toMatch(/did not serve .* within 8\d\d s; at last: ECONNREFUSED/);
      expect(answer.Reason).toContain(`${plane.url}/health/ready`);
    }
  });

  it("takes calls and never answers: each call ends by itself, and the answer comes in time", async () => {
    for (const event of threeEvents()) {
      const before = plane.calls.length;
      plane.interfere = () => {
        world.clock.advance(30_000);
        return "hang";
      };
      const answer = await world.answer(event);
      expect(answer.Status).toBe("FAILED");
      expect(answer.Reason).toContain("TimeoutError");
      expect(plane.calls.length - before).toBeGreaterThan(10);
    }
  });

  it("loses the answer to a registration: the next try finds the app that was made", async () => {
    plane.lose = (_, reaction) => (plane.calls.length === 1 ? "cut" : reaction);
    expect(await world.answer(creation())).toMatchObject({ Status: "SUCCESS" });
    expect(plane.apps.size).toBe(1);
  });

  it("honours Retry-After, up to a minute", async () => {
    const waits = ["7", "3600"];
    plane.interfere = () => {
      const wait = waits.shift();
      return wait === undefined ? undefined : { status: 429, headers: { "retry-after": wait } };
    };
    expect(await world.answer(creation())).toMatchObject({ Status: "SUCCESS" });
    const [first, second] = world.clock.sleeps;
    expect(first).toBeGreaterThanOrEqual(7_000);
    expect(first).toBeLessThan(12_000);
    expect(second).toBeGreaterThanOrEqual(60_000);
    expect(second).toBeLessThan(95_000);
  });

  it("does not follow a redirect, which could lead the API key away", async () => {
    const elsewhere = await FakeServer.start(() => ({ status: 200, body: {} }));
    try {
      const location = `${elsewhere.url}/v1/apps`;
      plane.interfere = () => ({ status: 307, headers: { location } });
      const answer = await world.answer(creation());
      expect(answer.Reason).toContain("redirect (307), which is not followed");
      expect(plane.calls).toHaveLength(1);
      expect(elsewhere.calls).toEqual([]);
    } finally {
      await elsewhere.stop();
    }
  });

  for (const body of ["<html>Welcome</html>", "[]", "{}", '{"appId":7}', `{"appId":"${ID}"}`]) {
    it(`is something else that answers ${body}`, async () => {
      plane.interfere = () => ({ status: 200, body });
      const answer = await world.answer(creation());
      expect(answer.Status).toBe("FAILED");
      expect(answer.Reason).toContain("Check 'controlPlaneUrl'");
    });
  }

  it("is given up on at once where the refusal is for good", async () => {
    for (const [status, code] of [
      [400, "validation_failed"],
      [401, "unauthenticated"],
      [403, "wrong_principal"],
      [409, "name_taken"],
      [422, "idempotency_key_reused"],
    ] as const) {
      plane.interfere = () => problem(status, code, `Do this about ${code}.`);
      const answer = await world.answer(creation());
      expect(answer.Reason).toContain(`(${status} ${code}). Do this about ${code}.`);
    }
    expect(world.clock.sleeps).toEqual([]);
  });
});

describe("secrets", () => {
  it("are not told, also where the control plane echoes them", async () => {
    const echo = `Bearer ${API_KEY} ${EXTERNAL_ID} ${encodeURIComponent(`${EXTERNAL_ID}`)}`;
    plane.interfere = () =>
      problem(422, `code-${EXTERNAL_ID}`, echo, {
        traceId: API_KEY,
        errors: { [EXTERNAL_ID]: [echo] },
        checks: [{ name: API_KEY, passed: false, detail: echo }],
      });
    const answer = await world.answer(creation());
    expect(answer.Reason).toContain("[redacted]");
  });

  it("are not sent where they do not belong", async () => {
    for (const ControlPlaneUrl of [
      "http://buttonize.example.com",
      "ftp://localhost",
      "https://user:password@buttonize.example.com",
      "https://buttonize.example.com?x=1",
      "http://127.0.0.1.example.com",
      "http://localhost.example.com",
      "buttonize.example.com",
      "",
      undefined,
      7,
    ]) {
      const answer = await world.answer(creation({ ControlPlaneUrl }));
      expect(answer).toMatchObject({ Status: "FAILED" });
      expect(answer.Reason).toContain("'controlPlaneUrl' must be the https address");
    }
    expect(plane.calls).toEqual([]);
  });

  it("are not quoted by the fault that an API key with a line break would cause", async () => {
    const answer = await world.answer(creation({ ApiKey: `${API_KEY}\n` }));
    expect(answer.Reason).toContain("Give 'apiKey' the key alone");
  });
});

describe("the reason", () => {
  it("keeps check and statement however much else there is to say, in 4,096 bytes", async () => {
    const errors = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [
        `functionArns[${i}]`,
        ['must "be" an ARN. '.repeat(5)],
      ]),
    );
    const detail = "Ü".repeat(3_000);
    const long = `${"So much to say. ".repeat(300)}${STATEMENT}`;
    plane.interfere = () =>
      problem(422, "trust_check_failed", detail, {
        errors,
        checks: [
          { name: "without-external-id", passed: true, detail },
          { name: "wrong-external-id", passed: null, detail },
          { name: "assume", passed: false, detail: long },
        ],
      });
    const answer = await world.answer(creation());
    expect(answer.Reason).toContain("422 trust_check_failed");
    expect(answer.Reason).toContain(STATEMENT);
    expect(answer.Reason).toContain("(traceId trace-1)");
  });
});

describe("events", () => {
  it("of an unknown type get one answer", async () => {
    const answer = await world.answer({ ...creation(), ResourceType: "Custom::Other" });
    expect(answer).toMatchObject({
      Status: "FAILED",
      PhysicalResourceId: "__custom-resource-error__",
    });
    expect(answer.Reason).toContain("does not know the resource type 'Custom::Other'");
  });

  it("that are malformed get one answer", async () => {
    const { ResourceProperties: _, ...without } = creation();
    const malformed: object[] = [
      { ...creation(), RequestType: "Replace" },
      { ...creation(), RequestType: "Update" },
      { ...creation(), RequestType: "Delete" },
      creation({ Name: undefined }),
      creation({ ExecutionRoleArn: ["no", "text"] }),
      creation({ ApiKey: undefined }),
      without,
    ];
    for (const event of malformed) {
      const answer = await world.answer(event as CustomResourceEvent);
      expect(answer).toMatchObject({ Status: "FAILED" });
    }
    expect(plane.calls).toEqual([]);
  });

  it("are never answered at an address without https", async () => {
    for (const ResponseURL of ["http://example.com/answer", "file:///etc/passwd", "", undefined]) {
      const event = { ...creation(), ResponseURL } as CustomResourceEvent;
      await expect(world.run(event)).rejects.toThrow("no ResponseURL with https");
    }
    expect(world.answers).toEqual([]);
  });
});

describe("the answer", () => {
  it("is sent again until CloudFormation has taken it", async () => {
    world.answerReactions.push({ status: 503 }, "cut", { status: 500 });
    const event = creation();
    await world.run(event);
    expect(world.answers).toHaveLength(4);
    expect(new Set(world.answers.map((answer) => answer.text)).size).toBe(1);
    expect(world.check(world.answers.at(-1)!, event)).toMatchObject({ Status: "SUCCESS" });
    expect(plane.apps.size).toBe(1);
  });

  it("is left to Lambda's repetition where it cannot be sent, which comes to the same", async () => {
    world.answerReactions.push("cut", "cut", "cut", "cut", "cut");
    const event = creation();
    await expect(world.run(event)).rejects.toThrow("Lambda will run this event again");
    expect(await world.answer(event)).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: [...plane.apps.keys()][0]!,
    });
    expect(plane.apps.size).toBe(1);
  });

  it("is sent before the function's end whatever hangs", async () => {
    const verdict = { status: "pending", checks: [] };
    plane.interfere = () => ({ status: 201, body: { appId: ID, verification: verdict } });
    const answer = await world.answer(creation(), {
      sleep: (ms) => {
        world.clock.advance(ms + 14 * 60_000 + 30_000);
        return new Promise(() => undefined);
      },
    });
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: ID });
    expect(answer.Reason).toContain("time was up");
  });

  it("is in time also where the function has only seconds", async () => {
    plane.interfere = () => "cut";
    const answer = await world.answer(creation(), {}, 10_001);
    expect(answer.Status).toBe("FAILED");
  });
});

it("works with the real clock", async () => {
  const event = creation();
  await handler(event, { getRemainingTimeInMillis: () => 59_999 });
  expect(world.check(world.answers[0]!, event)).toMatchObject({ Status: "SUCCESS" });
});
