import { keepSession } from "./cache.js";
import { ButtonizeError } from "./error.js";
import type { Source } from "./request.js";
import type { ButtonizeCredentialProvider, ButtonizeOptions } from "./types.js";

/**
 * Makes a credential provider for clients of the AWS SDK for JavaScript v3:
 * `new LambdaClient({ region, credentials: buttonizeCredentials({ … }) })`. Make one for each app and
 * person, and share it among clients. It holds its session in memory only.
 * @throws ButtonizeError with `invalid_options` where an option cannot be right.
 */
export function buttonizeCredentials(options: ButtonizeOptions): ButtonizeCredentialProvider {
  const session = keepSession(sourceOf(options));
  return Object.assign(
    async (...[request]: Parameters<ButtonizeCredentialProvider>) => {
      const held = await session(request?.forceRefresh);
      held.correct(request?.callerClientConfig);
      return held.credentials();
    },
    { session: async () => (await session()).view, memoized: true as const },
  );
}

function sourceOf(options: ButtonizeOptions): Source {
  const { organizationId, appId, getAccessToken, localDevelopment } = options;
  let url: URL | undefined;
  try {
    url = new URL(options.url);
  } catch {
    // Said below.
  }
  if (
    !url ||
    !(url.protocol === "https:" || (url.protocol === "http:" && loopback(url.hostname))) ||
    url.username + url.password + url.search + url.hash
  ) {
    throw wrong(
      "'url' must be the control plane's address, such as https://buttonize.example.com; http is for loopback hosts only",
    );
  }
  for (const [name, id] of Object.entries({ organizationId, appId })) {
    if (typeof id !== "string" || !/^[\w-]{21}$/.test(id)) {
      throw wrong(`'${name}' must be the 21 characters of A-Za-z0-9_- that the control plane gave`);
    }
  }
  if (typeof getAccessToken !== "function") {
    throw wrong("'getAccessToken' must be a function that gives the person's access token");
  }
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, "")}/v1/organizations/${organizationId}/apps/${appId}/credentials`,
    body: JSON.stringify(localDevelopment ? { localDevelopment: true } : {}),
    getAccessToken,
  };
}

function loopback(host: string): boolean {
  return /^(.+\.)?localhost$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(host);
}

function wrong(detail: string): ButtonizeError {
  return new ButtonizeError("invalid_options", `${detail}.`);
}
