// A certified OpenID provider (panva's oidc-provider) for one test: it listens on a free port of loopback, writes its issuer to standard
// output, changes its keys on the line "rotate", and ends with its standard input.
import { createServer } from "node:http";
import { generateKeyPair, randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const packages = process.argv[2];
const { Provider } = await import(
  pathToFileURL(`${packages}/node_modules/oidc-provider/lib/index.js`)
);

const API = "https://buttonize.example/api";
const people = new Map(
  ["ada", "grace"].map((name) => [
    name,
    {
      accountId: `person-${name}`,
      claims: async () => ({
        sub: `person-${name}`,
        preferred_username: name,
        email: `${name}@example.com`,
        email_verified: name === "ada",
      }),
    },
  ]),
);
const findAccount = (_, id) => [...people.values()].find((p) => p.accountId === id);

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

async function newKey() {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "ES256", use: "sig" };
}

async function start() {
  const provider = new Provider(issuer, {
    jwks: { keys: [await newKey()] },
    cookies: { keys: [randomUUID()] },
    findAccount,
    clients: [
      {
        client_id: "console",
        token_endpoint_auth_method: "none",
        redirect_uris: ["https://console.example/callback"],
        grant_types: ["authorization_code"],
        response_types: ["code"],
        id_token_signed_response_alg: "ES256",
      },
    ],
    claims: { email: ["email", "email_verified"], profile: ["preferred_username"] },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "buttons",
          audience: API,
          accessTokenFormat: "jwt",
          accessTokenTTL: 3600,
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid profile email");
      grant.addResourceScope(API, "buttons");
      await grant.save();
      return grant;
    },
  });

  // The library's UserInfo endpoint takes only tokens that are for no API. Those of Auth0 and Cognito are for both, so a token that was
  // issued for the API is exchanged here for one of the same grant; who it is and what is said of them is the library's.
  const issued = new Map();
  provider.on("access_token.issued", (token) => issued.set(token.jti, token));
  provider.use(async (ctx, next) => {
    const token = /^Bearer [^.]+\.([^.]+)\./i.exec(ctx.get("authorization"));
    if (ctx.path === "/me" && token) {
      const { jti } = JSON.parse(Buffer.from(token[1], "base64url"));
      const { accountId, grantId, clientId } = issued.get(jti);
      const opaque = new provider.AccessToken({
        accountId,
        grantId,
        client: await provider.Client.find(clientId),
        scope: "openid profile email",
        gty: "authorization_code",
      });
      ctx.req.headers.authorization = `Bearer ${await opaque.save()}`;
    }
    await next();
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) {
      return next();
    }
    // The form of a sign-in page, already filled in.
    const person = people.get(ctx.query.username);
    await provider.interactionFinished(
      ctx.req,
      ctx.res,
      { login: { accountId: person.accountId } },
      { mergeWithLastSubmission: false },
    );
    ctx.respond = false;
  });
  return provider.callback();
}

let handle = await start();
server.on("request", (request, response) => handle(request, response));
console.log(JSON.stringify({ issuer, audience: API }));
createInterface({ input: process.stdin })
  .on("line", async (line) => {
    if (line === "rotate") {
      handle = await start();
      console.log(JSON.stringify({ rotated: true }));
    }
  })
  .on("close", () => process.exit(0));
