import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Setting } from "../src/configuration";
import { SignIn, SignInEnded } from "../src/signIn";

type TokenAnswer = { status?: number; body: Record<string, unknown> };

let server: Server;
let issuer: string;
/** What the token endpoint answers, and what it was asked. */
let answer: (grant: URLSearchParams) => TokenAnswer | Promise<TokenAnswer>;
let grants: URLSearchParams[];
/** The tab: its address, and what is kept in it. */
let tab: { address: URL; left: URL | null; storage: Map<string, string> };

beforeEach(async () => {
  grants = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const grant = new URLSearchParams(Buffer.concat(chunks).toString());
    grants.push(grant);
    const { status = 200, body } = await answer(grant);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tab = { address: new URL("http://localhost:5080/#/org/app"), left: null, storage: new Map() };
  vi.stubGlobal("location", {
    get href() {
      return tab.address.href;
    },
    get hash() {
      return tab.address.hash;
    },
    origin: "http://localhost:5080",
    assign: (to: URL) => (tab.left = to),
  });
  vi.stubGlobal("history", {
    replaceState: (_: unknown, __: string, to: string) => (tab.address = new URL(to)),
  });
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => tab.storage.get(key) ?? null,
    setItem: (key: string, value: string) => tab.storage.set(key, value),
    removeItem: (key: string) => tab.storage.delete(key),
  });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function setting(clockOffset = 0): Setting {
  return {
    clockOffset,
    configuration: {
      clientId: "page",
      issuer,
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      idTokenSigningAlgorithms: ["ES256"],
      scope: "openid offline_access",
      authorizationParameters: { audience: "https://api.example" },
      allowInsecureRequests: true,
      lambdaEndpoint: null,
      serverTime: new Date().toISOString(),
    },
  };
}

/** An ID token: over a direct connection to the provider its signature need not be checked (OpenID Connect Core, 3.1.3.7). */
function idToken(nonce: string | null): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: issuer, sub: "ada", aud: "page", iat: now, exp: now + 300, nonce };
  return `${part({ alg: "ES256" })}.${part(claims)}.${part("signature")}`;
}

const expiring = { refresh_token: "refresh-1", expires_in: 30 };

/** Goes to the provider and comes back with a code, for which these tokens are given. */
async function signedIn(tokens: Record<string, unknown>): Promise<SignIn> {
  const signIn = new SignIn(setting());
  await signIn.leave(null);
  const asked = tab.left!.searchParams;
  answer = () => ({
    body: {
      access_token: "token-1",
      token_type: "Bearer",
      id_token: idToken(asked.get("nonce")),
      ...tokens,
    },
  });
  tab.address = new URL(`http://localhost:5080/?code=c&state=${asked.get("state")}`);
  expect(await signIn.comeBack()).toEqual({ failure: null, draft: null });
  return signIn;
}

const renewedBy = (): TokenAnswer => ({
  body: { access_token: "token-2", token_type: "Bearer", expires_in: 3600 },
});

test("asks for a code with PKCE and what the provider needs, and comes back to where the person was", async () => {
  const signIn = await signedIn({ expires_in: 3600 });

  expect(Object.fromEntries(tab.left!.searchParams)).toMatchObject({
    response_type: "code",
    client_id: "page",
    redirect_uri: "http://localhost:5080/",
    scope: "openid offline_access",
    audience: "https://api.example",
    code_challenge_method: "S256",
  });
  expect(tab.left!.searchParams.has("prompt")).toBe(false);
  expect(tab.address.href).toBe("http://localhost:5080/#/org/app");
  expect(tab.storage.size).toBe(0);
  expect(grants[0]!.get("code_verifier")).toMatch(/^[\w-]{43}$/);
  expect(await signIn.accessToken({ forceRefresh: false })).toBe("token-1");
});

test("a clock that is half an hour wrong does not spoil the ID token", async () => {
  const wrong = Date.now() + 30 * 60_000;
  const signIn = new SignIn(setting(-30 * 60_000));
  await signIn.leave(null);
  const asked = tab.left!.searchParams;
  const token = idToken(asked.get("nonce"));
  answer = () => ({ body: { access_token: "t", token_type: "Bearer", id_token: token } });
  tab.address = new URL(`http://localhost:5080/?code=c&state=${asked.get("state")}`);
  vi.spyOn(Date, "now").mockReturnValue(wrong);

  expect((await signIn.comeBack()).failure).toBeNull();
  vi.restoreAllMocks();
});

test.each([
  ["another state", (asked: URLSearchParams) => ({ state: "other", nonce: asked.get("nonce") })],
  ["another nonce", (asked: URLSearchParams) => ({ state: asked.get("state"), nonce: "other" })],
])("an answer with %s signs nobody in", async (_, change) => {
  const signIn = new SignIn(setting());
  await signIn.leave({ userId: "ada", payload: "typed" });
  const { state, nonce } = change(tab.left!.searchParams);
  answer = () => ({ body: { access_token: "t", token_type: "Bearer", id_token: idToken(nonce) } });
  tab.address = new URL(`http://localhost:5080/?code=c&state=${state}`);

  const { failure, draft } = await signIn.comeBack();

  expect(failure).toContain("did not succeed");
  expect(draft).toEqual({ userId: "ada", payload: "typed" });
  expect(signIn.isSignedIn()).toBe(false);
});

test("a token that is about to end is renewed once, however many ask", async () => {
  const signIn = await signedIn(expiring);
  answer = renewedBy;

  const asked = Array.from({ length: 20 }, () => signIn.accessToken({ forceRefresh: false }));

  expect(new Set(await Promise.all(asked))).toEqual(new Set(["token-2"]));
  expect(grants.filter((g) => g.get("grant_type") === "refresh_token")).toHaveLength(1);
});

test("a refresh token that is not exchanged stays good", async () => {
  const signIn = await signedIn(expiring);
  answer = renewedBy;
  await signIn.accessToken({ forceRefresh: true });
  await signIn.accessToken({ forceRefresh: true });

  expect(grants.slice(1).map((g) => g.get("refresh_token"))).toEqual(["refresh-1", "refresh-1"]);
});

test("a provider that refuses the refresh token ends the sign-in", async () => {
  const signIn = await signedIn(expiring);
  answer = () => ({ status: 400, body: { error: "invalid_grant" } });

  await expect(signIn.accessToken({ forceRefresh: true })).rejects.toBeInstanceOf(SignInEnded);
  expect(signIn.isSignedIn()).toBe(false);
});

test("a provider that falters ends nothing; the token is used while it lasts", async () => {
  const signIn = await signedIn(expiring);
  answer = () => ({ status: 503, body: {} });

  expect(await signIn.accessToken({ forceRefresh: false })).toBe("token-1");
  await expect(signIn.accessToken({ forceRefresh: true })).rejects.not.toBeInstanceOf(SignInEnded);
  expect(signIn.isSignedIn()).toBe(true);
});

test("without a refresh token the token is used to its end, and then the sign-in is over", async () => {
  const signIn = await signedIn({ expires_in: 30 });

  expect(await signIn.accessToken({ forceRefresh: false })).toBe("token-1");
  await expect(signIn.accessToken({ forceRefresh: true })).rejects.toBeInstanceOf(SignInEnded);
});

test("a renewal that comes in after the sign-out signs nobody in", async () => {
  const signIn = await signedIn(expiring);
  answer = () => {
    signIn.signOut();
    return renewedBy();
  };

  await expect(signIn.accessToken({ forceRefresh: true })).rejects.toBeInstanceOf(SignInEnded);
  expect(signIn.isSignedIn()).toBe(false);
});

test("after a sign-out the provider asks who it is", async () => {
  const signIn = await signedIn({ expires_in: 3600 });
  signIn.signOut();

  await signIn.leave(null);

  expect(tab.left!.searchParams.get("prompt")).toBe("login");
});
