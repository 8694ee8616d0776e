import type { LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect, test } from "vitest";
import { ButtonizeError } from "../src/index.js";
import { ControlPlane, problem } from "./control-plane.js";
import { invoke, Lambda, signedAt } from "./lambda.js";
import type { Arrived } from "./server.js";
import { minutes, World } from "./world.js";

let world: World;
let plane: ControlPlane;
let lambda: Lambda;
const clients: LambdaClient[] = [];

const start = async ({ clockError = 0, showsDate = false } = {}) => {
  world = new World();
  world.setClock(clockError);
  plane = await new ControlPlane(world).start();
  lambda = await new Lambda(plane, showsDate).start();
};
const client = (...credentials: Parameters<Lambda["client"]>) => {
  clients.push(lambda.client(...credentials));
  return clients.at(-1)!;
};
const refused = (request: Arrived) => Math.abs(signedAt(request) - world.now()) > minutes(5);
afterEach(async () => {
  clients.splice(0).forEach((one) => one.destroy());
  world.end();
  await Promise.all([plane.stop(), lambda.stop()]);
});

test("LambdaClient takes the provider as it is", async () => {
  await start();
  await invoke(client(plane.provider()));

  const [request] = lambda.arrived;
  expect(request?.headers).toMatchObject({
    "x-amz-date": "20260301T120000Z",
    "x-amz-security-token": "token-1",
  });
  expect(request?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=ASIA1\/20260301\/eu-central-1\/lambda\/aws4_request, /,
  );
});

test("fifty calls of two clients need one session", async () => {
  await start();
  const provider = plane.provider();
  const two = [client(provider), client(provider)];
  await Promise.all(Array.from({ length: 50 }, (_, n) => invoke(two[n % 2]!)));

  expect(plane.arrived).toHaveLength(1);
  expect(lambda.arrived).toHaveLength(50);
});

describe.each([-30, -6, 0, 6, 30])("where the browser's clock is wrong by %i minutes", (wrong) => {
  test("every signature is right, the first one too, and nothing is sent twice", async () => {
    await start({ clockError: minutes(wrong) });
    const aws = client(plane.provider());
    for (let n = 0; n < 8; n++) {
      await invoke(aws);
      expect(signedAt(lambda.arrived[n]!)).toBe(world.now());
      await world.pass(minutes(4));
    }

    expect(lambda.arrived).toHaveLength(8);
    expect(plane.arrived.length).toBeLessThanOrEqual(4);
  });

  test("and is set right meanwhile, signatures go on being right", async () => {
    await start({ clockError: minutes(wrong) });
    const aws = client(plane.provider());
    await invoke(aws);
    world.setClock(minutes(-wrong));
    await invoke(aws);

    expect(lambda.arrived.map(signedAt)).toEqual([world.now(), world.now()]);
  });

  test("a client made later is right at once, too", async () => {
    await start({ clockError: minutes(wrong) });
    const provider = plane.provider();
    await invoke(client(provider));
    await invoke(client(provider));

    expect(lambda.arrived).toHaveLength(2);
  });
});

describe("an AWS SDK that is told less", () => {
  // What earlier versions do: they keep what a provider gave, by the browser's clock, and pass it nothing.
  const plain = () => {
    const provider = plane.provider();
    return () => provider();
  };

  test.each([-30, 30])("corrects itself where it sees Date (clock wrong by %i)", async (wrong) => {
    await start({ clockError: minutes(wrong), showsDate: true });
    const aws = client(plain());
    await world.settled(invoke(aws));
    await invoke(aws);

    expect(lambda.arrived.map(refused)).toEqual([true, false, false]);
  });

  test("is refused where it does not", async () => {
    await start({ clockError: minutes(30) });

    await expect(world.settled(invoke(client(plain())))).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
  });

  test.each([-30, 0, 30])("asks anew in time (clock wrong by %i)", async (wrong) => {
    await start({ clockError: minutes(wrong) });
    const provider = plane.provider();
    let asked = 0;
    // Keeps what it got, as an SDK does that does not know the provider's mark.
    const aws = client((request) => {
      asked++;
      return provider(request);
    });
    await invoke(aws);
    await world.pass(minutes(9));
    await invoke(aws);
    expect(asked).toBe(1);
    await world.pass(minutes(5.5));
    await invoke(aws);

    expect(asked).toBeGreaterThan(1);
    expect(lambda.arrived.at(-1)?.headers["x-amz-security-token"]).toBe("token-2");
  });
});

test("an error comes through the AWS SDK as it is, and is not tried again there", async () => {
  await start();
  plane.queue.push(problem(409, "app_suspended"));
  const error: unknown = await invoke(client(plane.provider())).catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(ButtonizeError);
  expect(error).toMatchObject({ code: "app_suspended", status: 409, name: "ButtonizeError" });
  expect(plane.arrived).toHaveLength(1);
  expect(lambda.arrived).toHaveLength(0);
});

test("a correction by AWS's own clock stands until the next session", async () => {
  await start({ clockError: minutes(30), showsDate: true });
  // The control plane's clock, too, is wrong, by ten minutes.
  plane.queue.push(
    plane.session(minutes(15), (body) => {
      body.serverTime = new Date(world.now() + minutes(10)).toISOString();
      (body.credentials as { expiration: string }).expiration = new Date(
        world.now() + minutes(25),
      ).toISOString();
    }),
  );
  const aws = client(plane.provider());
  await world.settled(invoke(aws));
  await invoke(aws);

  expect(lambda.arrived.map(refused)).toEqual([true, false, false]);
});
