import { ButtonizeError } from "./error.js";
import { requestSession, type Source } from "./request.js";
import type { HeldSession } from "./session.js";
import type { ButtonizeCredentialProvider, ButtonizeOptions } from "./types.js";

/**
 * A session with less than this is renewed, behind the back of whoever asks, in milliseconds. It is
 * where the AWS SDK, too, begins to ask for new credentials.
 */
const RENEW_BELOW = 300_000;
/** With less than this, whoever asks waits for a new one, so that a call and its retries still fit. */
const WAIT_BELOW = 60_000;
/** The least time between two renewals behind somebody's back, in milliseconds. */
const QUIET = 30_000;

/**
 * Makes a credential provider for clients of the AWS SDK for JavaScript v3:
 * `new LambdaClient({ region, credentials: buttonizeCredentials({ … }) })`. Make one for each app and
 * person, and share it among clients. It holds its session in memory only.
 * @throws ButtonizeError with `invalid_options` where an option cannot be right.
 */
export function buttonizeCredentials(options: ButtonizeOptions): ButtonizeCredentialProvider {
  const source = sourceOf(options);
  let current: HeldSession | undefined;
  let pending: Promise<HeldSession> | undefined;
  let quietUntil = 0;

  const renew = () =>
    (pending ??= requestSession(source)
      .then(
        (session) => {
          quietUntil = performance.now() + QUIET;
          return (current = session);
        },
        (error: ButtonizeError) => {
          quietUntil = performance.now() + Math.max(QUIET, (error.retryAfter ?? 0) * 1000);
          if (final(error)) {
            current = undefined;
          }
          throw error;
        },
      )
      .finally(() => (pending = undefined)));

  const session = async (forceRefresh = false): Promise<HeldSession> => {
    const held = forceRefresh ? undefined : current;
    const remaining = held?.view.remainingMilliseconds() ?? 0;
    if (held && remaining > WAIT_BELOW && !held.moved()) {
      if (remaining <= RENEW_BELOW && performance.now() >= quietUntil) {
        // Nobody waits for it; a refusal shows at the next call, which finds no session.
        renew().catch(() => {});
      }
      return held;
    }
    try {
      return await renew();
    } catch (error) {
      if (held && held === current && held.view.remainingMilliseconds() > 0) {
        return held;
      }
      throw error;
    }
  };

  return Object.assign(
    async (...[request]: Parameters<ButtonizeCredentialProvider>) => {
      const held = await session(request?.forceRefresh);
      held.correct(request?.callerClientConfig);
      return held.credentials();
    },
    { session: async () => (await session()).view, memoized: true as const },
  );
}

/**
 * Whether the control plane, or the person's sign-in, says no; then the session at hand is not used
 * any more either. What something in between says does not count.
 */
function final({ code, status = 0 }: ButtonizeError): boolean {
  const refused = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return code === "no_access_token" || (refused && code !== "invalid_answer");
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
