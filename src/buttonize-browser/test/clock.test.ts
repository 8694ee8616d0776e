import { describe, expect, test } from "vitest";
import { problem } from "./control-plane.js";
import { plane, world } from "./in-world.js";
import { minutes, until } from "./world.js";

describe("a clock", () => {
  test.each([-30, -6, 0, 6, 30])("that is wrong by %i minutes does no harm", async (wrong) => {
    world.setClock(minutes(wrong));
    const provider = plane.provider();

    expect((await provider()).expiration.getTime() - Date.now()).toBe(minutes(15));
    const session = await provider.session();
    expect(session.expiration.getTime() - world.now()).toBe(minutes(15));
    await world.pass(minutes(9));
    expect((await provider()).expiration.getTime() - Date.now()).toBe(minutes(6));
    expect(session.remainingMilliseconds()).toBe(minutes(6));
    expect(plane.arrived).toHaveLength(1);
    await world.pass(minutes(7));
    expect(session.remainingMilliseconds()).toBe(0);
    expect((await provider()).accessKeyId).toBe("ASIA2");
  });

  test("counts from the moment the request began", async () => {
    plane.holding = true;
    const provider = plane.provider();
    const asking = provider();
    await until(() => plane.inFlight === 1);
    plane.holding = false;
    const answer = plane.session();
    await world.pass(4000);
    plane.release(answer);

    expect((await asking).expiration.getTime() - Date.now()).toBe(minutes(15) - 4000);
  });

  test.each([-30, 30])("that is set by %i minutes meanwhile makes it measure anew", async (by) => {
    const provider = plane.provider();
    const client = { systemClockOffset: 0 };
    await provider({ callerClientConfig: client });
    expect(client.systemClockOffset).toBe(0);
    world.setClock(minutes(by));

    const credentials = await provider({ callerClientConfig: client });
    expect(credentials.accessKeyId).toBe("ASIA2");
    expect(credentials.expiration.getTime() - Date.now()).toBe(minutes(15));
    expect(client.systemClockOffset).toBe(minutes(-by));
    expect(Date.now() + client.systemClockOffset).toBe(world.now());
  });

  test("that slept with the machine is not believed", async () => {
    const provider = plane.provider();
    const session = await provider.session();
    world.sleep(minutes(14));

    expect(session.remainingMilliseconds()).toBe(minutes(1));
    expect((await provider()).accessKeyId).toBe("ASIA2");
    world.sleep(minutes(16));
    expect((await provider()).accessKeyId).toBe("ASIA3");
  });

  test("that was set back, with no control plane to ask, leaves the session its right time", async () => {
    const provider = plane.provider();
    await provider();
    await world.pass(minutes(5));
    world.setClock(minutes(-30));
    plane.queue.push(...[1, 2].map(() => problem(503, "sts_unavailable", { "Retry-After": "60" })));

    const credentials = await provider();
    expect(credentials.accessKeyId).toBe("ASIA1");
    expect(credentials.expiration.getTime() - Date.now()).toBe(minutes(10));
    await world.pass(minutes(10));
    await expect(provider()).rejects.toMatchObject({ code: "sts_unavailable" });
  });

  test("of a client is corrected once for each session, and only where the client has one", async () => {
    world.setClock(minutes(30));
    const provider = plane.provider();
    const client = { systemClockOffset: 0 };
    const other = {};
    await provider({ callerClientConfig: client });
    await provider({ callerClientConfig: other });
    expect(client.systemClockOffset).toBe(minutes(-30));
    expect(other).toEqual({});

    client.systemClockOffset = minutes(-29);
    await provider({ callerClientConfig: client });
    expect(client.systemClockOffset).toBe(minutes(-29));
  });
});
