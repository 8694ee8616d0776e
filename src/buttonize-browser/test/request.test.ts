import { describe, expect, test, vi } from "vitest";
import type { AccessTokenRequest } from "../src/index.js";
import { APP, broken, failure, ORGANIZATION, problem, raw, TOKEN } from "./control-plane.js";
import { plane, world } from "./in-world.js";
import { until } from "./world.js";

describe("the request", () => {
  test.each([
    [undefined, "{}"],
    [false, "{}"],
    [true, '{"localDevelopment":true}'],
  ])("goes to the app's credentials, with the token; localDevelopment %s", async (mark, body) => {
    await plane.provider(mark === undefined ? {} : { localDevelopment: mark })();

    const [request] = plane.arrived;
    expect(request).toMatchObject({
      method: "POST",
      path: `/v1/organizations/${ORGANIZATION}/apps/${APP}/credentials`,
      body,
    });
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
      "cache-control": "no-cache",
    });
    expect(request?.headers).not.toHaveProperty("cookie");
  });

  test.each(["/", "//", "/base", "/base/"])(
    "works below an address that ends in %s",
    async (end) => {
      await plane.provider({ url: plane.url + end })();

      const base = end.startsWith("/base") ? "/base" : "";
      expect(plane.arrived[0]?.path).toBe(
        `${base}/v1/organizations/${ORGANIZATION}/apps/${APP}/credentials`,
      );
    },
  );

  test("sends and keeps nothing but what it says, and follows no redirect", async () => {
    const fetch = vi.spyOn(globalThis, "fetch");
    plane.queue.push(...Array.from({ length: 4 }, () => raw(307, "", { Location: "/elsewhere" })));

    const failing = failure(plane.provider()());
    for (const n of [1, 2, 3]) {
      await world.passWait(n);
    }

    expect((await failing).code).toBe("network_error");
    expect(plane.arrived.every(({ path }) => path?.endsWith("/credentials"))).toBe(true);
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
  });

  test.each([
    { url: "http://buttonize.example.com" },
    { url: "ftp://localhost" },
    { url: "http://localhost.example.com" },
    { url: "http://127.0.0.1.example.com" },
    { url: "https://user:pass@buttonize.example.com" },
    { url: "https://buttonize.example.com/?a" },
    { url: "/v1" },
    { url: "" },
    { organizationId: "" },
    { organizationId: `${ORGANIZATION}\n` },
    { organizationId: "../../../../v1/me?0123" },
    { appId: "abcdefghijklmnopqrst/" },
    { appId: undefined as unknown as string },
    { getAccessToken: TOKEN as unknown as () => string },
  ])("is refused at once with %j", (wrong) => {
    expect(() => plane.provider(wrong)).toThrowError(
      expect.objectContaining({ code: "invalid_options", name: "ButtonizeError" }),
    );
    expect(plane.arrived).toHaveLength(0);
  });

  test.each([
    "https://b.example.com",
    "http://localhost:5080",
    "http://[::1]:1",
    "http://a.localhost",
  ])("may go to %s", (url) => {
    expect(plane.provider({ url })).toBeTypeOf("function");
  });
});

describe("waiting", () => {
  test.each([0, 0.5, 0.999])(
    "is never less than Retry-After asks for (chance %d)",
    async (chance) => {
      vi.spyOn(Math, "random").mockReturnValue(chance);
      plane.queue.push(problem(429, "rate_limited", { "Retry-After": "7" }));

      const credentials = plane.provider()();
      await world.passWait(1);
      await credentials;

      const [first, second] = plane.arrived;
      expect(world.waits).toEqual([7000 + chance * 250]);
      expect(second!.at - first!.at).toBeGreaterThanOrEqual(7000);
    },
  );

  test("takes a date as Retry-After, by the server's clock", async () => {
    world.setClock(-30 * 60_000);
    vi.spyOn(Math, "random").mockReturnValue(0);
    plane.queue.push(
      problem(503, "sts_throttled", {
        Date: "Sun, 01 Mar 2026 12:00:00 GMT",
        "Retry-After": "Sun, 01 Mar 2026 12:00:05 GMT",
      }),
    );

    const credentials = plane.provider()();
    await world.passWait(1);
    await credentials;

    expect(world.waits).toEqual([5000]);
  });

  test.each(["", "soon", "-1", "Sun, 01 Mar 1970 12:00:05 GMT"])(
    "grows by itself where Retry-After is %j",
    async (retryAfter) => {
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      plane.queue.push(
        ...[1, 2, 3].map(() => problem(503, "sts_throttled", { "Retry-After": retryAfter })),
      );

      const credentials = plane.provider()();
      for (const n of [1, 2, 3]) {
        await world.passWait(n);
      }
      await credentials;

      expect(world.waits).toEqual([375, 750, 1500]);
    },
  );

  test("is not begun where it would take too long: the caller hears when to come back", async () => {
    plane.queue.push(problem(429, "rate_limited", { "Retry-After": "45" }));

    expect(await failure(plane.provider()())).toMatchObject({
      code: "rate_limited",
      retryAfter: 45,
    });
    expect(plane.arrived).toHaveLength(1);
    expect(world.waits).toEqual([]);
  });

  test("a broken connection is tried again", async () => {
    plane.queue.push(broken);

    const credentials = plane.provider()();
    await world.passWait(1);

    expect((await credentials).accessKeyId).toBe("ASIA1");
    expect(plane.arrived).toHaveLength(2);
  });

  test("ends after half a minute where no answer comes", async () => {
    plane.holding = true;
    let settled = false;
    const began = performance.now();
    const failing = failure(plane.provider()()).finally(() => (settled = true));

    await until(async () => {
      if (vi.getTimerCount() > 0) {
        await vi.advanceTimersToNextTimerAsync();
      }
      return settled;
    });

    expect(await failing).toMatchObject({ code: "network_error", status: undefined });
    expect(performance.now() - began).toBeGreaterThan(20_000);
    expect(performance.now() - began).toBeLessThanOrEqual(30_001);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the access token", () => {
  const asked = (tokens: string[]) => {
    const requests: AccessTokenRequest[] = [];
    const getAccessToken = (request: AccessTokenRequest) => {
      requests.push(request);
      return Promise.resolve(tokens[requests.length - 1] ?? "last");
    };
    return { requests, getAccessToken };
  };

  test("is asked for before every request", async () => {
    const { requests, getAccessToken } = asked(["first", "second"]);
    plane.queue.push(problem(503, "sts_unavailable", { "Retry-After": "1" }));

    const credentials = plane.provider({ getAccessToken })();
    await world.passWait(1);
    await credentials;

    expect(requests).toEqual([{ forceRefresh: false }, { forceRefresh: false }]);
    expect(plane.arrived.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer first",
      "Bearer second",
    ]);
  });

  test("is asked for anew, once, after a 401", async () => {
    const { requests, getAccessToken } = asked(["old", "new"]);
    plane.queue.push(problem(401, "unauthenticated"));

    expect((await plane.provider({ getAccessToken })()).accessKeyId).toBe("ASIA1");
    expect(requests).toEqual([{ forceRefresh: false }, { forceRefresh: true }]);
  });

  test("after a second 401, the caller hears of it", async () => {
    const { requests, getAccessToken } = asked(["old", "new"]);
    plane.queue.push(problem(401, "unauthenticated"), problem(401, "unauthenticated"));

    expect(await failure(plane.provider({ getAccessToken })())).toMatchObject({
      code: "unauthenticated",
      status: 401,
    });
    expect(requests).toHaveLength(2);
    expect(plane.arrived).toHaveLength(2);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("signed out");
      },
    ],
    ["rejects", () => Promise.reject(new Error("signed out"))],
    ["gives nothing", () => undefined as unknown as string],
    ["gives an empty one", () => ""],
    ["gives one that no header can hold", () => "line\nbreak"],
    ["gives one with its scheme", () => `Bearer ${TOKEN}`],
  ])("where getAccessToken %s, nothing is sent", async (_, getAccessToken) => {
    const error = await failure(plane.provider({ getAccessToken })());

    expect(error.code).toBe("no_access_token");
    expect(error.message).not.toContain(TOKEN);
    expect(plane.arrived).toHaveLength(0);
  });

  test("is in no error", async () => {
    for (const answer of [problem(403, "forbidden"), raw(200, TOKEN), raw(500, TOKEN)]) {
      plane.queue.push(answer);
      const error = await failure(plane.provider()());
      expect([error.stack, JSON.stringify(error), String(error.cause)].join()).not.toContain(TOKEN);
    }
  });
});
