import { describe, expect, test, vi } from "vitest";
import { problem, raw, TOKEN } from "./control-plane.js";
import { plane, world } from "./in-world.js";
import { minutes, until } from "./world.js";

/** Waits until a renewal behind somebody's back is over. */
const idle = async () => {
  await new Promise((resolve) => setImmediate(resolve));
  await until(() => plane.inFlight === 0 && vi.getTimerCount() === 0);
  await new Promise((resolve) => setImmediate(resolve));
};

test("gives what the AWS SDK expects, and a page a view of it without secrets", async () => {
  const provider = plane.provider();

  expect(await provider()).toEqual({
    accessKeyId: "ASIA1",
    secretAccessKey: "secret-1",
    sessionToken: "token-1",
    expiration: new Date(world.now() + minutes(15)),
    accountId: "123456789012",
  });
  const session = await provider.session();
  expect(session).toMatchObject({
    region: "eu-central-1",
    accountId: "123456789012",
    assumedRoleArn: "arn:aws:sts::123456789012:assumed-role/Demo-ExecutionRole/btnz__u__ada",
    sourceIdentity: "btnz__u__ada",
    expiration: new Date(world.now() + minutes(15)),
  });
  expect(session.remainingMilliseconds()).toBe(minutes(15));
  expect(JSON.stringify(session) + Object.keys(provider).join()).not.toMatch(/secret|token/);
  expect(plane.arrived).toHaveLength(1);
});

describe("one request", () => {
  test("serves fifty who ask at once", async () => {
    plane.holding = true;
    const provider = plane.provider();
    const asking = Array.from({ length: 50 }, (_, n) => (n % 2 ? provider() : provider.session()));
    await until(() => plane.inFlight === 1);
    plane.release();

    await Promise.all(asking);
    expect(plane.arrived).toHaveLength(1);
  });

  test("fails fifty who ask at once, and the next one asks anew", async () => {
    plane.queue.push(problem(403, "member_suspended"));
    const provider = plane.provider();

    const results = await Promise.allSettled(Array.from({ length: 50 }, () => provider()));
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    expect(plane.arrived).toHaveLength(1);
    expect((await provider()).accessKeyId).toBe("ASIA1");
  });

  test("is not shared by two providers: nothing is global", async () => {
    const [one, other] = [plane.provider(), plane.provider()];

    expect((await one()).accessKeyId).not.toBe((await other()).accessKeyId);
  });

  test("more is made where a new session is asked for", async () => {
    const provider = plane.provider();
    await provider();

    expect((await provider({ forceRefresh: true })).accessKeyId).toBe("ASIA2");
    expect((await provider()).accessKeyId).toBe("ASIA2");
    plane.queue.push(problem(500, "internal_error"));
    await expect(provider({ forceRefresh: true })).rejects.toMatchObject({
      code: "internal_error",
    });
    expect((await provider()).accessKeyId).toBe("ASIA2");
  });
});

describe("renewal", () => {
  test("waits for the last five minutes", async () => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(10) - 1);
    await provider();

    expect(plane.arrived).toHaveLength(1);
  });

  test("goes on behind the back of whoever asks, once for all of them", async () => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(11));
    plane.holding = true;

    const asked = await Promise.all(Array.from({ length: 50 }, () => provider()));
    expect(new Set(asked.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(["ASIA1"]));
    await until(() => plane.inFlight === 1);
    plane.holding = false;
    plane.release();
    await until(async () => (await provider()).accessKeyId === "ASIA2");
    expect(plane.arrived).toHaveLength(2);
  });

  test("is waited for in the last minute", async () => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(14) + 1);

    expect((await provider()).accessKeyId).toBe("ASIA2");
  });

  test("is not made again and again where sessions begin with little time", async () => {
    plane.queue.push(...Array.from({ length: 9 }, () => plane.session(minutes(4))));
    const provider = plane.provider();
    for (let n = 0; n < 20; n++) {
      await provider();
    }
    await world.pass(29_000);
    await provider();

    expect(plane.arrived).toHaveLength(1);
    await world.pass(1000);
    await provider();
    await until(() => plane.issued === 2);
  });

  test.each([
    ["is throttled", 100, problem(503, "sts_throttled", { "Retry-After": "100" })],
    ["meets a fault", 30, problem(500, "internal_error")],
    ["meets a stranger", 30, raw(403, "<html>blocked</html>")],
  ])("that %s leaves the valid session, and is left alone for %i s", async (_, quiet, answer) => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(11));
    plane.queue.push(answer);
    expect((await provider()).accessKeyId).toBe("ASIA1");
    await idle();

    for (const wait of [0, quiet * 1000 - 1]) {
      await world.pass(wait);
      for (let n = 0; n < 20; n++) {
        expect((await provider()).accessKeyId).toBe("ASIA1");
      }
    }
    await idle();
    expect(plane.arrived).toHaveLength(2);
    await world.pass(1);
    await provider();
    await idle();
    expect((await provider()).accessKeyId).toBe("ASIA2");
  });

  test("that is refused in the last minute is refused to whoever waits", async () => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(14.5));
    plane.queue.push(problem(403, "member_suspended"));

    await expect(provider()).rejects.toMatchObject({ code: "member_suspended" });
  });

  test("that fails in the last minute leaves the session until it is over", async () => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(14.5));
    plane.queue.push(...[1, 2].map(() => problem(503, "sts_unavailable", { "Retry-After": "60" })));

    expect((await provider()).accessKeyId).toBe("ASIA1");
    await world.pass(minutes(0.5));
    await expect(provider()).rejects.toMatchObject({ code: "sts_unavailable", retryAfter: 60 });
    expect((await provider()).accessKeyId).toBe("ASIA2");
  });

  test.each([
    [403, "member_suspended"],
    [404, "not_found"],
    [409, "app_suspended"],
  ])("that is refused with %i ends the session at hand", async (status, code) => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(11));
    plane.queue.push(problem(status, code), problem(status, code));
    await provider();
    await idle();

    await expect(provider()).rejects.toMatchObject({ code });
  });

  test("for which there is no token ends the session at hand", async () => {
    let signedIn = true;
    const provider = plane.provider({ getAccessToken: () => (signedIn ? TOKEN : "") });
    await provider();
    await world.pass(minutes(11));
    signedIn = false;
    await provider();
    await idle();

    await expect(provider()).rejects.toMatchObject({ code: "no_access_token" });
  });
});
