import { describe, expect, test, vi } from "vitest";
import { broken, problem, raw } from "./control-plane.js";
import { plane, world } from "./in-world.js";
import { minutes, until } from "./world.js";

describe("whatever happens in whatever order", () => {
  const random = (seed: number) => () => {
    // Park and Miller's generator: the same steps in every run.
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };

  test.each(Array.from({ length: 30 }, (_, n) => n + 1))("case %i", async (seed) => {
    const chance = random(seed * 7919);
    const pick = <T>(...items: T[]): T => items[Math.floor(chance() * items.length)] as T;
    plane.holding = true;
    const provider = plane.provider();
    const checks: Promise<unknown>[] = [];
    let open = 0;
    let served = 0;
    const ask = () => {
      open++;
      const asked = provider(chance() < 0.1 ? { forceRefresh: true } : undefined);
      checks.push(
        asked
          .then(
            ({ accessKeyId }) => {
              served++;
              expect(plane.ends.get(accessKeyId)).toBeGreaterThan(world.now());
            },
            (error: unknown) => expect(error).toHaveProperty("name", "ButtonizeError"),
          )
          .finally(() => open--),
      );
    };
    const give = () => plane.release(plane.session(minutes(pick(15, 12, 10, 2))));
    const refuse = () =>
      plane.release(
        pick(
          problem(403, "forbidden"),
          problem(500, "internal_error"),
          problem(429, "rate_limited", { "Retry-After": "50" }),
          problem(503, "sts_throttled", { "Retry-After": "1" }),
          raw(200, "{"),
        ),
      );

    for (let step = 0; step < 60; step++) {
      pick(ask, ask, ask, give, refuse, () => world.setClock(minutes(pick(-40, 40))))();
      await new Promise((resolve) => setImmediate(resolve));
      if (chance() < 0.3) {
        // Little enough that no attempt runs out of time, which the server would learn of too late.
        await world.pass(plane.inFlight ? 100 : 500);
      } else if (plane.inFlight === 0 && vi.getTimerCount() === 0) {
        await world.pass(minutes(pick(1, 4, 9, 16)));
      }
      expect(plane.mostInFlight).toBeLessThanOrEqual(1);
    }
    await until(async () => {
      plane.release(broken);
      if (vi.getTimerCount() > 0) {
        await vi.advanceTimersToNextTimerAsync();
      }
      return open === 0;
    });
    await Promise.all(checks);
    expect(served).toBeGreaterThan(0);
    expect(plane.mostInFlight).toBeLessThanOrEqual(1);
  });
});
