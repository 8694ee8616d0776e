import { describe, expect, test, vi } from "vitest";
import { failure, problem, raw } from "./control-plane.js";
import { plane, world } from "./in-world.js";

describe("refusals", () => {
  test.each([
    [400, "validation_failed"],
    [403, "wrong_principal"],
    [403, "forbidden"],
    [403, "member_suspended"],
    [404, "not_found"],
    [409, "app_not_verified"],
    [409, "app_suspended"],
    [409, "role_refused"],
    [409, "sts_region_disabled"],
    [409, "session_too_large"],
    [500, "internal_error"],
    [418, "a_code_of_a_later_version"],
  ])("%i %s comes through, after one request", async (status, code) => {
    plane.queue.push(problem(status, code));

    expect(await failure(plane.provider()())).toMatchObject({
      code,
      status,
      detail: `What to do about ${code}.`,
      message: `What to do about ${code}.`,
      traceId: "trace-1",
      retryAfter: undefined,
    });
    expect(plane.arrived).toHaveLength(1);
  });

  test.each([
    [429, "rate_limited"],
    [503, "sts_unavailable"],
    [503, "sts_throttled"],
    [503, "storage_unavailable"],
    [503, "control_plane_credentials"],
    [503, "identity_provider_unavailable"],
    [408, "request_timeout"],
  ])("%i %s comes through, after four requests", async (status, code) => {
    plane.queue.push(
      ...Array.from({ length: 5 }, () => problem(status, code, { "Retry-After": "2" })),
    );

    const failing = failure(plane.provider()());
    for (const n of [1, 2, 3]) {
      await world.passWait(n);
    }

    expect(await failing).toMatchObject({ code, status, retryAfter: 2 });
    expect(plane.arrived).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [404, "<html>not here</html>", { "Content-Type": "text/html" }],
    [403, '{"code":"forbidden","detail":"x"}', { "Content-Type": "application/json" }],
    [400, "{", { "Content-Type": "application/problem+json" }],
    [400, '{"detail":"no code"}', { "Content-Type": "application/problem+json" }],
    [400, '{"code":7,"detail":"x"}', { "Content-Type": "application/problem+json" }],
    [400, "null", { "Content-Type": "application/problem+json" }],
    [204, "", {}],
    [200, "", {}],
    [200, "<html>signed out</html>", { "Content-Type": "text/html" }],
    [200, "[]", {}],
  ])(
    "an answer that no control plane gives is invalid_answer: %i %j",
    async (status, body, headers) => {
      plane.queue.push(raw(status, body, headers));

      expect(await failure(plane.provider()())).toMatchObject({ code: "invalid_answer", status });
      expect(plane.arrived).toHaveLength(1);
    },
  );

  test.each([
    "credentials",
    "region",
    "accountId",
    "assumedRoleArn",
    "sourceIdentity",
    "serverTime",
    "credentials.accessKeyId",
    "credentials.secretAccessKey",
    "credentials.sessionToken",
    "credentials.expiration",
  ])("a session without %s, or with a wrong one, is invalid_answer", async (path) => {
    for (const value of [undefined, null, "", 7, {}]) {
      const alter = (body: Record<string, unknown>) => {
        const [first = "", second] = path.split(".");
        const parent = second ? (body[first] as Record<string, unknown>) : body;
        parent[second ?? first] = value;
      };
      plane.queue.push(plane.session(900_000, alter));

      const error = await failure(plane.provider()());
      expect(error).toMatchObject({ code: "invalid_answer", status: 200 });
      expect(JSON.stringify(error) + String(error)).not.toMatch(/secret-|token-\d|ASIA/);
    }
  });

  test("a session that is over, or whose times are none, is invalid_answer", async () => {
    plane.queue.push(
      plane.session(0),
      plane.session(900_000, (body) => (body.serverTime = "soon")),
      plane.session(
        900_000,
        (body) => ((body.credentials as { expiration: string }).expiration = "x"),
      ),
    );

    for (let n = 0; n < 3; n++) {
      expect((await failure(plane.provider()())).code).toBe("invalid_answer");
    }
  });

  test("a proxy's 502 without a document is tried again", async () => {
    plane.queue.push(raw(502, "<html>bad gateway</html>", { "Content-Type": "text/html" }));

    const credentials = plane.provider()();
    await world.passWait(1);

    expect((await credentials).accessKeyId).toBe("ASIA1");
  });
});
